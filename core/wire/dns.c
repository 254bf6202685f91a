#include "core/wire/dns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define POINTER 0xc0 /* the two high bits of a length: RFC 1035, 4.1.4 */

/* ---- names ------------------------------------------------------------------------------ */

static size_t put_octet(char *out, uint8_t octet)
{
    if (octet == '.' || octet == '\\') {
        out[0] = '\\';
        out[1] = (char)octet;
        return 2;
    }
    if (octet > ' ' && octet < 0x7f) {
        out[0] = (char)octet;
        return 1;
    }
    out[0] = '\\';
    out[1] = (char)('0' + octet / 100);
    out[2] = (char)('0' + octet / 10 % 10);
    out[3] = (char)('0' + octet % 10);
    return 4;
}

/* Each pointer must lead to before where the last one led, so that there is an end. */
int dns_read_name(struct cursor *c, char ret[DNS_NAME_BYTES])
{
    struct cursor at = *c;
    size_t octets = 1, used = 0, before = c->at;
    bool jumped = false;
    uint8_t len;

    while ((len = cursor_u8(&at)) != 0) {
        const uint8_t *label;

        if ((len & POINTER) == POINTER) {
            size_t target = (size_t)(len & ~POINTER) << 8 | cursor_u8(&at);

            if (at.short_read || target >= before)
                return -EBADMSG;
            if (!jumped)
                c->at = at.at;
            jumped = true;
            before = at.at = target;
            continue;
        }
        octets += 1U + len;
        label = cursor_take(&at, len);
        if (len & POINTER || octets > DNS_NAME_OCTETS || !label)
            return -EBADMSG;
        if (used)
            ret[used++] = '.';
        for (uint8_t i = 0; i < len; i++)
            used += put_octet(ret + used, label[i]);
    }
    if (at.short_read)
        return -EBADMSG;
    if (!jumped)
        c->at = at.at;
    if (!used)
        ret[used++] = '.';
    ret[used] = '\0';
    return 0;
}

/* One character of a name, escaped or not; returns how long it was, 0 when it is broken. */
static size_t take_octet(const char *text, uint8_t *ret)
{
    unsigned value = 0;

    if (text[0] != '\\') {
        *ret = (uint8_t)text[0];
        return 1;
    }
    if (text[1] < '0' || text[1] > '9') {
        *ret = (uint8_t)text[1];
        return text[1] ? 2 : 0;
    }
    for (int i = 1; i <= 3; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *ret = (uint8_t)value;
    return value <= UINT8_MAX ? 4 : 0;
}

/* Returns the octets written, 0 when the name cannot be encoded. */
static size_t put_name(const char *name, uint8_t out[DNS_NAME_OCTETS])
{
    size_t used = 0;

    if (strcmp(name, ".") == 0)
        name++;
    while (*name) {
        size_t length_at = used++;

        for (; *name && *name != '.'; used++) {
            uint8_t octet = 0;
            size_t taken = take_octet(name, &octet);

            /* One octet stays for the end. */
            if (!taken || used >= DNS_NAME_OCTETS - 1 || used - length_at > DNS_LABEL_OCTETS)
                return 0;
            out[used] = octet;
            name += taken;
        }
        if (used == length_at + 1)
            return 0;
        out[length_at] = (uint8_t)(used - length_at - 1);
        name += *name == '.';
    }
    if (used >= DNS_NAME_OCTETS)
        return 0;
    out[used++] = 0;
    return used;
}

bool dns_name_equal(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);

    a_len -= a_len && a[a_len - 1] == '.';
    b_len -= b_len && b[b_len - 1] == '.';
    return a_len == b_len && strncasecmp(a, b, a_len) == 0;
}

const char *dns_reverse_name(const uint8_t *ip, size_t ip_bytes, char buf[DNS_REVERSE_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t used = 0;

    if (ip_bytes == 4) {
        snprintf(buf, DNS_REVERSE_BYTES, "%u.%u.%u.%u.in-addr.arpa", ip[3], ip[2], ip[1],
                 ip[0]);
        return buf;
    }
    for (size_t i = ip_bytes; i-- > 0;) {
        buf[used++] = digits[ip[i] & 15];
        buf[used++] = '.';
        buf[used++] = digits[ip[i] >> 4];
        buf[used++] = '.';
    }
    memcpy(buf + used, "ip6.arpa", sizeof("ip6.arpa"));
    return buf;
}

/* ---- messages --------------------------------------------------------------------------- */

int dns_encode_query(uint16_t id, const char *name, uint16_t type,
                     uint8_t ret_bytes[DNS_QUERY_BYTES], size_t *ret_len)
{
    /* id, flags: recursion desired, one question, no records */
    const uint8_t header[DNS_HEADER_BYTES] = {
        (uint8_t)(id >> 8), (uint8_t)id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
    uint8_t octets[DNS_NAME_OCTETS];
    size_t len = put_name(name, octets);
    uint8_t *at = ret_bytes + DNS_HEADER_BYTES;

    if (!len)
        return -EINVAL;
    memcpy(ret_bytes, header, sizeof(header));
    memcpy(at, octets, len);
    at += len;
    *at++ = (uint8_t)(type >> 8);
    *at++ = (uint8_t)type;
    *at++ = 0;
    *at++ = DNS_CLASS_IN;
    *ret_len = (size_t)(at - ret_bytes);
    return 0;
}

int dns_read_header(struct dns_reader *r, const void *bytes, size_t len, struct dns_header *ret)
{
    struct cursor c = cursor_over(bytes, len);
    struct dns_header h = {.id = cursor_be16(&c)};
    uint16_t flags = cursor_be16(&c);

    for (int i = 0; i < DNS_SECTIONS; i++)
        h.counts[i] = cursor_be16(&c);
    if (c.short_read)
        return -EBADMSG;
    h.response = flags & 0x8000;
    h.opcode = (uint8_t)(flags >> 11 & 15);
    h.authoritative = flags & 0x0400;
    h.truncated = flags & 0x0200;
    h.recursion_desired = flags & 0x0100;
    h.recursion_available = flags & 0x0080;
    h.rcode = (uint8_t)(flags & 15);
    *r = (struct dns_reader){.c = c, .section = DNS_QUESTION, .left = h.counts[DNS_QUESTION]};
    memcpy(r->counts, h.counts, sizeof(r->counts));
    *ret = h;
    return 0;
}

int dns_read_question(struct dns_reader *r, struct dns_question *ret)
{
    if (r->section != DNS_QUESTION || !r->left)
        return 0;
    if (dns_read_name(&r->c, ret->name) < 0)
        return -EBADMSG;
    ret->type = cursor_be16(&r->c);
    ret->class = cursor_be16(&r->c);
    r->left--;
    return r->c.short_read ? -EBADMSG : 1;
}

/* Compressed names look back over the message, so the data is read in place. */
static int read_data(struct cursor *c, struct dns_record *record)
{
    char mailbox[DNS_NAME_BYTES];
    const uint8_t *ip = NULL;
    size_t ip_bytes = record->type == DNS_A ? 4 : 16;

    switch (record->type) {
    case DNS_A:
    case DNS_AAAA:
        ip = cursor_take(c, ip_bytes);
        if (!ip)
            return -EBADMSG;
        memcpy(record->ip, ip, ip_bytes);
        return 0;
    case DNS_CNAME:
    case DNS_NS:
    case DNS_PTR:
        return dns_read_name(c, record->target);
    case DNS_SOA:
        if (dns_read_name(c, record->target) < 0 || dns_read_name(c, mailbox) < 0)
            return -EBADMSG;
        record->serial = cursor_be32(c);
        cursor_take(c, 12); /* refresh, retry, expire */
        record->minimum_s = cursor_be32(c);
        return c->short_read ? -EBADMSG : 0;
    default:
        cursor_take(c, record->data_bytes);
        return 0;
    }
}

static int read_record(struct cursor *c, struct dns_record *ret)
{
    struct cursor data;

    if (dns_read_name(c, ret->name) < 0)
        return -EBADMSG;
    ret->type = cursor_be16(c);
    ret->class = cursor_be16(c);
    ret->ttl_s = cursor_be32(c);
    if (ret->ttl_s > INT32_MAX)
        ret->ttl_s = 0;
    ret->data_bytes = cursor_be16(c);
    data = *c;
    ret->data = cursor_take(c, ret->data_bytes);
    if (c->short_read) /* also where the length itself is cut */
        return -EBADMSG;
    data.len = c->at;
    /* What does not fill its length exactly was not meant to be read so. */
    return read_data(&data, ret) < 0 || data.at != c->at ? -EBADMSG : 0;
}

int dns_read_record(struct dns_reader *r, struct dns_record *ret)
{
    struct dns_question passed;
    int more;

    while ((more = dns_read_question(r, &passed)) > 0)
        ;
    if (more < 0)
        return more;
    while (!r->left) {
        if (r->section == DNS_ADDITIONAL)
            return 0;
        r->section++;
        r->left = r->counts[r->section];
    }
    r->left--;
    *ret = (struct dns_record){.section = r->section};
    return read_record(&r->c, ret) < 0 ? -EBADMSG : 1;
}

/* ---- words ------------------------------------------------------------------------------ */

const char *dns_type_name(uint16_t type, char buf[DNS_TYPE_BYTES])
{
    static const struct {
        uint16_t type;
        const char *name;
    } names[] = {
        {DNS_A, "A"},   {DNS_AAAA, "AAAA"}, {DNS_PTR, "PTR"}, {DNS_CNAME, "CNAME"},
        {DNS_NS, "NS"}, {DNS_SOA, "SOA"},   {13, "HINFO"},    {15, "MX"},
        {16, "TXT"},    {33, "SRV"},        {35, "NAPTR"},    {39, "DNAME"},
        {41, "OPT"},    {43, "DS"},         {44, "SSHFP"},    {46, "RRSIG"},
        {47, "NSEC"},   {48, "DNSKEY"},     {50, "NSEC3"},    {52, "TLSA"},
        {64, "SVCB"},   {65, "HTTPS"},      {251, "IXFR"},    {252, "AXFR"},
        {255, "ANY"},   {257, "CAA"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].type == type)
            return names[i].name;
    snprintf(buf, DNS_TYPE_BYTES, "TYPE%u", type); /* RFC 3597, 5 */
    return buf;
}

static const struct {
    const char *name, *words;
} rcodes[] = {
    {"NOERROR", "no error"},
    {"FORMERR", "the server could not read the question"},
    {"SERVFAIL", "the server failed to find out"},
    {"NXDOMAIN", "no such name"},
    {"NOTIMP", "the server does not do that"},
    {"REFUSED", "the server does not answer this to us"},
    {"YXDOMAIN", "the name exists when it should not"},
    {"YXRRSET", "the records exist when they should not"},
    {"NXRRSET", "the records should exist and do not"},
    {"NOTAUTH", "the server is not responsible for the zone"},
    {"NOTZONE", "the name is outside the zone"},
};

#define N_RCODES (sizeof(rcodes) / sizeof(rcodes[0]))

const char *dns_rcode_name(uint8_t rcode)
{
    return rcode < N_RCODES ? rcodes[rcode].name : NULL;
}

const char *dns_rcode_words(uint8_t rcode)
{
    return rcode < N_RCODES ? rcodes[rcode].words : NULL;
}
