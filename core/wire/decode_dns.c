/* DNS over UDP and TCP (RFC 1035, 4.2), multicast DNS (RFC 6762), LLMNR (RFC 4795).
 *
 * On its port a header with a readable question is enough; elsewhere the whole message must be
 * one, to the last byte that was captured. */
#include <arpa/inet.h>
#include <stdio.h>

#include "core/wire/decode_app.h"
#include "core/wire/dns.h"

static const char LAYER[] = "Domain Name System";

enum {
    PORT_DNS = 53,
    PORT_MDNS = 5353,
    PORT_LLMNR = 5355,
    OPCODE_MAX = 6, /* IANA, "DNS OpCodes" */
    QUESTIONS_MAX = 256,
    MESSAGES_MAX = 8,
    ENTRIES_MAX = 64,
    TYPE_MX = 15,
    TYPE_TXT = 16,
    TYPE_SRV = 33,
    TYPE_OPT = 41,
};

struct message {
    size_t at;  /* of its header in the packet */
    size_t len; /* that were captured */
    struct dns_header head;
    struct dns_reader reader;
};

/* Every byte is accounted for by what the header claims. */
static bool reads_whole(struct dns_reader reader, size_t len)
{
    struct dns_record record;
    int r = 0;

    for (unsigned n = 0; n <= ENTRIES_MAX && (r = dns_read_record(&reader, &record)) > 0; n++)
        ;
    return r == 0 && reader.c.at == len;
}

static bool plausible(const uint8_t *bytes, size_t len, bool port, bool cut)
{
    struct dns_header h;
    struct dns_reader reader;
    struct dns_question q;
    int r;

    if (len < DNS_HEADER_BYTES)
        return port && cut;
    if (dns_read_header(&reader, bytes, len, &h) < 0 || h.opcode > OPCODE_MAX ||
        h.counts[DNS_QUESTION] > QUESTIONS_MAX)
        return false;
    if (!port && (h.opcode || h.counts[DNS_QUESTION] != 1 || bytes[3] & 0x40 ||
                  (!h.response && (h.counts[DNS_ANSWER] || h.rcode))))
        return false;
    r = dns_read_question(&reader, &q);
    if (port)
        return r >= 0 || cut;
    return r == 1 && (q.class & 0x7fff) == DNS_CLASS_IN && q.type &&
           (cut || reads_whole(reader, len));
}

static bool recognise_datagram(const struct app_data *a)
{
    return plausible(a->bytes + a->at, a->len, app_has_port(a, PORT_DNS), a->cut);
}

static bool recognise_mdns(const struct app_data *a)
{
    return app_has_port(a, PORT_MDNS) && plausible(a->bytes + a->at, a->len, true, a->cut);
}

static bool recognise_llmnr(const struct app_data *a)
{
    return app_has_port(a, PORT_LLMNR) && plausible(a->bytes + a->at, a->len, true, a->cut);
}

static bool recognise_stream(const struct app_data *a)
{
    struct cursor c = app_cursor(a);
    size_t len = cursor_be16(&c), there = cursor_left(&c);
    bool port = app_has_port(a, PORT_DNS);

    if (c.short_read || len < DNS_HEADER_BYTES || (!port && len != there))
        return false;
    return plausible(a->bytes + c.at, len < there ? len : there, port, len > there);
}

/* ---- fields ----------------------------------------------------------------------------- */

static const char *class_name(uint16_t class, char buf[16])
{
    switch (class & 0x7fff) { /* the high bit is mDNS's: RFC 6762, 5.4 and 10.2 */
    case 1:
        return "IN";
    case 3:
        return "CH";
    case 254:
        return "NONE";
    case 255:
        return "ANY";
    default:
        snprintf(buf, 16, "CLASS%u", class);
        return buf;
    }
}

static const char *opcode_name(uint8_t opcode)
{
    static const char *const names[] = {"query",  "inverse query", "status",  "opcode 3",
                                        "notify", "update",        "stateful"};

    return opcode <= OPCODE_MAX ? names[opcode] : "unknown";
}

static void head_fields(struct decoder *k, const struct message *m)
{
    static const char *const counts[DNS_SECTIONS] = {"Questions", "Answer RRs", "Authority RRs",
                                                     "Additional RRs"};
    const struct dns_header *h = &m->head;
    const char *rcode = dns_rcode_name(h->rcode);

    FIELD(k, 0, LAYER, m->at, m->len, "%s%s%s", h->response ? "response" : "query",
          h->response && h->rcode ? ", " : "",
          !h->response || !h->rcode ? ""
          : rcode                   ? rcode
                                    : "unknown");
    FIELD(k, 1, "Transaction ID", m->at, 2, "0x%04x", h->id);
    FIELD(k, 1, "Flags", m->at + 2, 2, "%s%s%s%s%s%s", opcode_name(h->opcode),
          h->response ? ", response" : "", h->authoritative ? ", authoritative" : "",
          h->truncated ? ", truncated" : "", h->recursion_desired ? ", recursion desired" : "",
          h->recursion_available ? ", recursion available" : "");
    if (h->response)
        FIELD(k, 1, "Reply code", m->at + 3, 1, "%u (%s)", h->rcode, rcode ? rcode : "unknown");
    for (size_t i = 0; i < DNS_SECTIONS; i++)
        FIELD(k, 1, counts[i], m->at + 4 + 2 * i, 2, "%u", h->counts[i]);
}

static void question_fields(struct decoder *k, const struct message *m, size_t at,
                            const struct dns_question *q)
{
    size_t len = m->reader.c.at - at;
    char type[DNS_TYPE_BYTES], class[16];

    at += m->at;
    FIELD(k, 1, "Query", at, len, "%s %s", dns_type_name(q->type, type), q->name);
    FIELD(k, 2, "Name", at, len - 4, "%s", q->name);
    FIELD(k, 2, "Type", at + len - 4, 2, "%s (%u)", dns_type_name(q->type, type), q->type);
    FIELD(k, 2, "Class", at + len - 2, 2, "%s (0x%04x)", class_name(q->class, class), q->class);
}

/* Of types that core/wire/dns.h leaves as bytes. */
static void other_data(const struct message *m, const struct dns_record *r, char *buf,
                       size_t size)
{
    struct cursor c = m->reader.c;
    char name[DNS_NAME_BYTES];
    unsigned a, b, port;

    c.at = (size_t)(r->data - c.bytes);
    c.len = c.at + r->data_bytes;
    if (r->type == TYPE_MX) {
        a = cursor_be16(&c);
        if (dns_read_name(&c, name) == 0)
            snprintf(buf, size, "%u %s", a, name);
    } else if (r->type == TYPE_SRV) {
        a = cursor_be16(&c);
        b = cursor_be16(&c);
        port = cursor_be16(&c);
        if (dns_read_name(&c, name) == 0)
            snprintf(buf, size, "%s:%u priority %u weight %u", name, port, a, b);
    } else if (r->type == TYPE_TXT) {
        size_t len = cursor_u8(&c);
        const uint8_t *text = cursor_take(&c, len);

        if (text)
            text_clean(text, len, buf, size);
    } else if (r->type == TYPE_OPT) {
        snprintf(buf, size, "UDP payload size %u%s", r->class,
                 r->ttl_s & 0x8000 ? ", DNSSEC OK" : "");
    }
}

#define DATA_TEXT_BYTES (DNS_NAME_BYTES + 64)

static const char *data_text(const struct message *m, const struct dns_record *r,
                             char buf[DATA_TEXT_BYTES])
{
    snprintf(buf, DATA_TEXT_BYTES, "%u bytes", r->data_bytes);
    switch (r->type) {
    case DNS_A:
        return inet_ntop(AF_INET, r->ip, buf, DATA_TEXT_BYTES);
    case DNS_AAAA:
        return inet_ntop(AF_INET6, r->ip, buf, DATA_TEXT_BYTES);
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
        return r->target;
    case DNS_SOA:
        snprintf(buf, DATA_TEXT_BYTES, "%s serial %u", r->target, r->serial);
        return buf;
    default:
        other_data(m, r, buf, DATA_TEXT_BYTES);
        return buf;
    }
}

static void record_fields(struct decoder *k, const struct message *m, size_t at,
                          const struct dns_record *r, const char *data)
{
    static const char *const sections[DNS_SECTIONS] = {"Query", "Answer", "Authority",
                                                       "Additional"};
    size_t data_at = (size_t)(r->data - m->reader.c.bytes), name_len = data_at - 10 - at;
    char type[DNS_TYPE_BYTES], class[16];

    FIELD(k, 1, sections[r->section], m->at + at, m->reader.c.at - at, "%s %s %s", r->name,
          dns_type_name(r->type, type), data);
    at += m->at;
    data_at += m->at;
    FIELD(k, 2, "Name", at, name_len, "%s", r->name);
    FIELD(k, 2, "Type", data_at - 10, 2, "%s (%u)", dns_type_name(r->type, type), r->type);
    if (r->type != TYPE_OPT) {
        FIELD(k, 2, "Class", data_at - 8, 2, "%s (0x%04x)", class_name(r->class, class),
              r->class);
        FIELD(k, 2, "Time to live", data_at - 6, 4, "%u s", r->ttl_s);
    }
    if (r->data_bytes)
        FIELD(k, 2, "Data", data_at, r->data_bytes, "%s", data);
}

/* ---- one message ------------------------------------------------------------------------ */

static void say_string(struct decoder *k, const char *text)
{
    decode_say(k, text, strlen(text));
}

static void say_answer(struct decoder *k, const struct dns_record *r, const char *data,
                       unsigned *n)
{
    if (r->section != DNS_ANSWER || (*n)++ > 3)
        return;
    say_string(k, *n == 1 ? ": " : ", ");
    decode_say_clean(k, data, strlen(data), 64);
}

static void message_records(struct decoder *k, const struct app_data *a, struct message *m)
{
    struct dns_record record;
    char data[DATA_TEXT_BYTES];
    unsigned answers = 0;
    size_t at = m->reader.c.at;
    int r = 0;

    for (unsigned n = 0; n < ENTRIES_MAX && (r = dns_read_record(&m->reader, &record)) > 0;
         n++) {
        const char *text = data_text(m, &record, data);

        record_fields(k, m, at, &record, text);
        say_answer(k, &record, text, &answers);
        at = m->reader.c.at;
    }
    if (r < 0)
        app_ended(k, a, LAYER, m->at + at);
    else if (m->head.rcode && m->head.response)
        say_answer(k, &(struct dns_record){.section = DNS_ANSWER},
                   dns_rcode_name(m->head.rcode) ? dns_rcode_name(m->head.rcode)
                                                 : "unknown reply code",
                   &answers);
}

static void decode_message(struct decoder *k, const struct app_data *a, struct message *m)
{
    struct dns_question q;
    char type[DNS_TYPE_BYTES];
    unsigned n = 0;
    size_t at;

    if (dns_read_header(&m->reader, a->bytes + m->at, m->len, &m->head) < 0) {
        app_ended(k, a, LAYER, m->at);
        return;
    }
    if (k->what & DECODE_FIELDS)
        head_fields(k, m);
    say_string(k, k->info_len ? "; " : "");
    say_string(k, m->head.opcode     ? opcode_name(m->head.opcode)
                  : m->head.response ? ""
                                     : "query");
    if (m->head.response)
        say_string(k, m->head.opcode ? " response" : "response");
    at = m->reader.c.at;
    while (n++ < ENTRIES_MAX && dns_read_question(&m->reader, &q) > 0) {
        if (k->what & DECODE_FIELDS)
            question_fields(k, m, at, &q);
        SAY(k, " ");
        say_string(k, dns_type_name(q.type, type));
        SAY(k, " ");
        say_string(k, q.name);
        at = m->reader.c.at;
    }
    message_records(k, a, m);
}

static void decode_datagram_dns(struct decoder *k, const struct app_data *a)
{
    struct message m = {.at = a->at, .len = a->len};

    decode_message(k, a, &m);
}

static void decode_stream_dns(struct decoder *k, const struct app_data *a)
{
    struct cursor c = app_cursor(a);

    for (unsigned n = 0; n < MESSAGES_MAX && cursor_left(&c); n++) {
        size_t at = c.at, len = cursor_be16(&c), there = cursor_left(&c);
        struct message m = {.at = c.at, .len = len < there ? len : there};

        if (c.short_read || len < DNS_HEADER_BYTES) {
            app_ended(k, a, LAYER, at);
            return;
        }
        decode_message(k, a, &m);
        FIELD(k, 1, "Length", at, 2, "%zu", len);
        cursor_take(&c, len);
    }
}

const struct app app_dns = {"DNS", recognise_datagram, decode_datagram_dns};
const struct app app_mdns = {"MDNS", recognise_mdns, decode_datagram_dns};
const struct app app_llmnr = {"LLMNR", recognise_llmnr, decode_datagram_dns};
const struct app app_dns_tcp = {"DNS", recognise_stream, decode_stream_dns};
