/* SCTP (RFC 9260): the common header with its CRC32c, and the list of chunks. */
#include <netinet/in.h>

#include "core/wire/decode_internal.h"

static const char LAYER[] = "Stream Control Transmission Protocol";

enum {
    HEADER_BYTES = 12,
    CHUNK_BYTES = 4, /* of its header */
    CHUNKS_MAX = 64,
    CHUNK_DATA = 0,
    CHUNK_INIT = 1,
    CHUNK_INIT_ACK = 2,
    CHUNK_SACK = 3,
    CHUNK_ABORT = 6,
    CHUNK_SHUTDOWN = 7,
    CHUNK_ERROR = 9,
    CHUNK_I_DATA = 64, /* RFC 8260 */
    CHUNK_FORWARD_TSN = 192,
};

static const char *chunk_name(uint8_t type)
{
    static const struct {
        uint8_t type;
        const char *name;
    } names[] = {
        {CHUNK_DATA, "DATA"},
        {CHUNK_INIT, "INIT"},
        {CHUNK_INIT_ACK, "INIT_ACK"},
        {CHUNK_SACK, "SACK"},
        {4, "HEARTBEAT"},
        {5, "HEARTBEAT_ACK"},
        {CHUNK_ABORT, "ABORT"},
        {CHUNK_SHUTDOWN, "SHUTDOWN"},
        {8, "SHUTDOWN_ACK"},
        {CHUNK_ERROR, "ERROR"},
        {10, "COOKIE_ECHO"},
        {11, "COOKIE_ACK"},
        {12, "ECNE"},
        {13, "CWR"},
        {14, "SHUTDOWN_COMPLETE"},
        {15, "AUTH"},
        {CHUNK_I_DATA, "I_DATA"},
        {128, "ASCONF_ACK"},
        {130, "RE_CONFIG"},
        {132, "PAD"},
        {CHUNK_FORWARD_TSN, "FORWARD_TSN"},
        {193, "ASCONF"},
        {194, "I_FORWARD_TSN"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].type == type)
            return names[i].name;
    return "unknown";
}

static const char *cause_name(uint16_t cause)
{
    static const char *const names[] = {
        [1] = "invalid stream identifier",
        [2] = "missing mandatory parameter",
        [3] = "stale cookie",
        [4] = "out of resource",
        [5] = "unresolvable address",
        [6] = "unrecognized chunk type",
        [7] = "invalid mandatory parameter",
        [8] = "unrecognized parameters",
        [9] = "no user data",
        [10] = "cookie received while shutting down",
        [11] = "restart with new addresses",
        [12] = "user initiated abort",
        [13] = "protocol violation",
    };

    return cause && cause < sizeof(names) / sizeof(names[0]) ? names[cause] : "unknown";
}

/* CRC32c (RFC 9260, appendix A), bit by bit: only one packet is looked at at a time. */
static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return crc;
}

static enum field_validity checksum(const struct decoder *k, size_t at, uint32_t value)
{
    static const uint8_t zeros[4];
    const uint8_t *bytes = k->c.bytes + at;
    uint32_t crc;

    if (k->fragment || k->c.len < k->end || k->end < at + HEADER_BYTES)
        return FIELD_UNCHECKED;
    crc = crc_add(0xffffffff, bytes, 8);
    crc = crc_add(crc, zeros, sizeof(zeros));
    crc = ~crc_add(crc, bytes + HEADER_BYTES, k->end - at - HEADER_BYTES);
    if (__builtin_bswap32(crc) == value)
        return FIELD_GOOD;
    return value == 0 ? FIELD_OFFLOADED : FIELD_BAD; /* Linux leaves 0 to the hardware */
}

static void number(struct decoder *k, struct cursor *c, const char *name, bool say)
{
    size_t at = c->at;
    uint32_t value = cursor_be32(c);

    if (c->short_read)
        return;
    FIELD(k, 2, name, at, 4, "%u", value);
    if (say && decode_wants_info(k))
        SAY_NUMBER(k, " ", value);
}

static void number16(struct decoder *k, struct cursor *c, const char *name)
{
    size_t at = c->at;
    uint16_t value = cursor_be16(c);

    if (!c->short_read)
        FIELD(k, 2, name, at, 2, "%u", value);
}

static void data_chunk(struct decoder *k, struct cursor *c, bool interleaved)
{
    number(k, c, "Transmission sequence number", true);
    number16(k, c, "Stream identifier");
    number16(k, c, interleaved ? "Reserved" : "Stream sequence number");
    if (interleaved)
        number(k, c, "Message identifier", false);
    number(k, c, "Payload protocol identifier", false);
    if (!c->short_read && cursor_left(c))
        FIELD(k, 2, "User data", c->at, cursor_left(c), "%zu bytes", cursor_left(c));
}

static void init_chunk(struct decoder *k, struct cursor *c)
{
    number(k, c, "Initiate tag", false);
    number(k, c, "Advertised receiver window credit (a_rwnd)", false);
    number16(k, c, "Number of outbound streams");
    number16(k, c, "Number of inbound streams");
    number(k, c, "Initial TSN", true);
}

static void sack_chunk(struct decoder *k, struct cursor *c)
{
    number(k, c, "Cumulative TSN ACK", true);
    number(k, c, "Advertised receiver window credit (a_rwnd)", false);
    number16(k, c, "Number of gap acknowledgement blocks");
    number16(k, c, "Number of duplicated TSNs");
}

static void cause(struct decoder *k, struct cursor *c)
{
    size_t at = c->at;
    uint16_t code = cursor_be16(c);

    if (c->short_read)
        return;
    FIELD(k, 2, "Cause code", at, 2, "%u (%s)", code, cause_name(code));
    INFO_ADD(k, " (%s)", cause_name(code));
}

static void chunk_body(struct decoder *k, uint8_t type, struct cursor c)
{
    switch (type) {
    case CHUNK_DATA:
    case CHUNK_I_DATA:
        data_chunk(k, &c, type == CHUNK_I_DATA);
        break;
    case CHUNK_INIT:
    case CHUNK_INIT_ACK:
        init_chunk(k, &c);
        break;
    case CHUNK_SACK:
        sack_chunk(k, &c);
        break;
    case CHUNK_SHUTDOWN:
    case CHUNK_FORWARD_TSN:
        number(k, &c, "Cumulative TSN ACK", true);
        break;
    case CHUNK_ABORT:
    case CHUNK_ERROR:
        cause(k, &c);
        break;
    default:
        break;
    }
}

/* One chunk; false when no other one can be found behind it. */
static bool decode_chunk(struct decoder *k)
{
    struct cursor *c = &k->c, body;
    size_t at = c->at, rest = k->end - at, there;
    uint8_t type = cursor_u8(c), flags = cursor_u8(c);
    uint16_t len = cursor_be16(c);
    bool bad;

    if (c->short_read) {
        decode_cut(k, LAYER);
        return false;
    }
    bad = len < CHUNK_BYTES || len > rest;
    there = len < c->len - at ? len : c->len - at;
    FIELD(k, 1, "Chunk", at, there, "%s (%u), flags 0x%02x, %u bytes", chunk_name(type), type,
          flags, len);
    FIELD_CHECKED(k, 2, "Chunk length", at + 2, 2, bad ? FIELD_BAD : FIELD_PLAIN, "%u", len);
    INFO_ADD(k, "%s%s", k->info_len ? ", " : "", chunk_name(type));
    if (bad) {
        if (!k->fragment)
            decode_malformed(k, LAYER);
        return false;
    }
    body = *c;
    body.len = at + there;
    chunk_body(k, type, body);
    c->at = at;
    if (!cursor_take(c, len)) {
        decode_cut(k, LAYER);
        return false;
    }
    /* Up to three bytes bring the next one to a multiple of four. */
    cursor_take(c, cursor_left(c) < (-len & 3U) ? cursor_left(c) : (-len & 3U));
    return true;
}

void decode_sctp(struct decoder *k)
{
    struct cursor *c = &k->c;
    size_t at = c->at, there = cursor_left(c);
    uint16_t source = cursor_be16(c), destination = cursor_be16(c);
    uint32_t tag = cursor_be32(c), sum = cursor_be32(c);

    k->d->protocol = "SCTP";
    if (there >= 4)
        decode_ports(k, IPPROTO_SCTP, source, destination);
    INFO(k, "SCTP");
    FIELD(k, 0, LAYER, at, HEADER_BYTES, "%u -> %u", source, destination);
    FIELD(k, 1, "Source port", at, 2, "%u", source);
    FIELD(k, 1, "Destination port", at + 2, 2, "%u", destination);
    FIELD(k, 1, "Verification tag", at + 4, 4, "0x%08x", tag);
    FIELD_CHECKED(k, 1, "Checksum", at + 8, 4, checksum(k, at, sum), "0x%08x", sum);
    if (c->short_read) {
        decode_cut(k, LAYER);
        return;
    }
    decode_payload(k, c->at);
    k->info_len = 0;
    if (!decode_wants_info(k))
        return;
    for (unsigned n = 0; n < CHUNKS_MAX && c->at < k->end; n++)
        if (!decode_chunk(k))
            return;
}
