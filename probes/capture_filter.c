#include "probes/capture_filter.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <string.h>

#include "core/base/text.h"

int capture_filter_set(pcap_t *handle, const char *filter, struct err *err)
{
    struct bpf_program program;
    char text[ERR_TEXT_BYTES];
    const char *said;
    int rc;

    if (!filter || !*filter)
        return 0;
    rc = pcap_compile(handle, &program, filter, 1, PCAP_NETMASK_UNKNOWN);
    if (rc == 0) {
        rc = pcap_setfilter(handle, &program);
        pcap_freecode(&program);
    }
    if (rc == 0)
        return 0;
    /* It quotes the filter, which came from outside. */
    said = pcap_geterr(handle);
    text_clean(said, strlen(said), text, sizeof(text));
    return err_set(err, -EINVAL, "capture filter", filter, "%s", text);
}
