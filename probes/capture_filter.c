#include "probes/capture_filter.h"

#include <errno.h>
#include <pcap/pcap.h>

#include "probes/capture_place.h"

int capture_filter_compile(pcap_t *handle, const char *filter, struct bpf_program *ret,
                           struct err *err)
{
    struct bpf_program program;

    if (!filter)
        filter = "";
    if (pcap_compile(handle, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0) {
        capture_place_explain(pcap_datalink(handle), filter, pcap_geterr(handle), err);
        return -EINVAL;
    }
    *ret = program;
    return 0;
}

int capture_filter_set(pcap_t *handle, const char *filter, struct err *err)
{
    struct bpf_program program;
    int rc;

    if (!filter || !*filter)
        return 0;
    rc = capture_filter_compile(handle, filter, &program, err);
    if (rc < 0)
        return rc;
    if (pcap_setfilter(handle, &program) < 0)
        rc = err_set(err, -EINVAL, "capture filter", filter, "%s", pcap_geterr(handle));
    pcap_freecode(&program);
    return rc;
}
