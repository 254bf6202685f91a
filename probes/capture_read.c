/* Packets from a pcap or pcapng file: pcap-savefile(5), opened by libpcap. */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "core/base/text.h"
#include "probes/capture.h"
#include "probes/capture_filter.h"
#include "probes/capture_tap.h"

static int explain(struct err *err, const char *path, const char *pcap_text)
{
    char text[ERR_TEXT_BYTES];

    text_clean(pcap_text, strlen(pcap_text), text, sizeof(text));
    return err_set(err, -EBADMSG, "read", path, "%s", text);
}

static int open_file(const char *path, pcap_t **ret, struct err *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    pcap_t *p;

    if (!file)
        return err_set(err, -errno, "open", path, "the capture file cannot be opened");
    p = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, text);
    if (!p) {
        if (!standard)
            fclose(file);
        return explain(err, path, text);
    }
    *ret = p;
    return 0;
}

int capture_read(const char *path, const char *filter, const struct capture_reader *to,
                 void *ctx, struct err *err)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    pcap_t *p = NULL;
    uint64_t number = 0;
    int got, rc = open_file(path, &p, err);

    if (rc < 0)
        return rc;
    rc = capture_filter_set(p, filter, err);
    if (rc < 0)
        goto out;
    while ((got = pcap_next_ex(p, &header, &bytes)) == 1) {
        struct packet record = {.wall_ns = tap_wall_ns(p, header),
                                .length = header->len,
                                .captured = header->caplen,
                                .link_type = tap_link_type(p)};
        struct packet_facts facts = {
            .number = number++, .packet = &record, .bytes = bytes, .captured = header->caplen};

        if (!to->packet(ctx, &facts))
            break;
    }
    if (got == PCAP_ERROR)
        rc = explain(err, path, pcap_geterr(p));
out:
    pcap_close(p);
    return rc;
}
