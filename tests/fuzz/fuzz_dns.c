/* The DNS decoder on any message: it ends, its names are printable, and what it says of a question
 * can be asked again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char name[DNS_NAME_BYTES])
{
    const char *end = memchr(name, '\0', DNS_NAME_BYTES);

    if (!end || end == name)
        abort();
    for (; name < end; name++)
        if (*name <= ' ' || *name > '~')
            abort();
}

static void ask_again(const struct dns_question *q)
{
    uint8_t query[DNS_QUERY_BYTES];
    struct dns_reader r;
    struct dns_header h;
    struct dns_question back;
    size_t len;

    if (dns_encode_query(7, q->name, q->type, query, &len) < 0 ||
        dns_read_header(&r, query, len, &h) < 0 || dns_read_question(&r, &back) != 1)
        abort();
    if (h.id != 7 || back.type != q->type || strcmp(back.name, q->name) != 0)
        abort();
}

/* The first line as a name somebody typed. */
static void encode_typed(const uint8_t *data, size_t size)
{
    uint8_t query[DNS_QUERY_BYTES];
    char *name = malloc(size + 1);
    size_t len = 0;

    if (!name)
        return;
    memcpy(name, data, size);
    name[size] = '\0';
    if (dns_encode_query(1, name, DNS_A, query, &len) == 0 && len > sizeof(query))
        abort();
    free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dns_reader r;
    struct dns_header h;
    struct dns_question q;
    struct dns_record record;
    size_t records = 0;
    int more;

    encode_typed(data, size);
    if (dns_read_header(&r, data, size, &h) < 0)
        return 0;
    while ((more = dns_read_question(&r, &q)) > 0) {
        check_name(q.name);
        ask_again(&q);
    }
    while (more == 0 && (more = dns_read_record(&r, &record)) > 0) {
        check_name(record.name);
        if (record.target[0])
            check_name(record.target);
        if (record.data < data || record.data + record.data_bytes > data + size)
            abort();
        more = 0;
        records++;
    }
    /* A record has at least 11 octets. */
    if (records > size / 11)
        abort();
    return 0;
}
