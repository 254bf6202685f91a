/* TCP's options: RFC 9293 (EOL, NOP, MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK),
 * RFC 2385 (MD5), RFC 5482 (user timeout), RFC 5925 (authentication), RFC 7413 (fast open), RFC
 * 8684 (Multipath TCP), RFC 6994 (experiments).  Kinds: IANA, "TCP Option Kind Numbers". */
#include "core/wire/decode_internal.h"

static const char LAYER[] = DECODE_TCP_LAYER;

enum {
    EOL = 0,
    NOP = 1,
    MSS = 2,
    WINDOW_SCALE = 3,
    SACK_PERMITTED = 4,
    SACK = 5,
    TIMESTAMPS = 8,
    MD5 = 19,
    USER_TIMEOUT = 28,
    AUTHENTICATION = 29,
    MULTIPATH = 30,
    FAST_OPEN = 34,
    EXPERIMENT_1 = 253,
    EXPERIMENT_2 = 254,
    EXPERIMENT_FAST_OPEN = 0xf989, /* RFC 7413, appendix: before it had a kind of its own */
};

static const char *kind_name(uint8_t kind)
{
    static const struct {
        uint8_t kind;
        const char *name;
    } names[] = {
        {EOL, "TCP Option - End of Option List (EOL)"},
        {NOP, "TCP Option - No-Operation (NOP)"},
        {MSS, "TCP Option - Maximum segment size"},
        {WINDOW_SCALE, "TCP Option - Window scale"},
        {SACK_PERMITTED, "TCP Option - SACK permitted"},
        {SACK, "TCP Option - SACK"},
        {TIMESTAMPS, "TCP Option - Timestamps"},
        {MD5, "TCP Option - TCP MD5 signature"},
        {USER_TIMEOUT, "TCP Option - User Timeout"},
        {AUTHENTICATION, "TCP Option - TCP Authentication Option"},
        {MULTIPATH, "TCP Option - Multipath TCP"},
        {FAST_OPEN, "TCP Option - Fast Open Cookie"},
        {EXPERIMENT_1, "TCP Option - Experimental"},
        {EXPERIMENT_2, "TCP Option - Experimental"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].kind == kind)
            return names[i].name;
    return "TCP Option - Unknown";
}

/* Whether the length is one that the kind can have. */
static bool length_right(const struct option *o)
{
    switch (o->kind) {
    case MSS:
    case USER_TIMEOUT:
        return o->len == 4;
    case WINDOW_SCALE:
    case MULTIPATH:
        return o->kind == MULTIPATH ? o->len >= 3 : o->len == 3;
    case SACK_PERMITTED:
        return o->len == 2;
    case SACK:
        return o->len > 2 && (o->len - 2) % 8 == 0;
    case TIMESTAMPS:
        return o->len == 10;
    case MD5:
        return o->len == 18;
    case AUTHENTICATION:
        return o->len >= 4;
    case FAST_OPEN:
        return o->len == 2 || (o->len >= 6 && o->len <= 18 && o->len % 2 == 0);
    default:
        return true;
    }
}

static void sack(struct decoder *k, struct option *o, struct tcp_facts *t)
{
    struct cursor *b = &o->body;

    FIELD(k, 2, kind_name(o->kind), o->at, o->len, "%zu block%s", (o->len - 2) / 8,
          o->len == 10 ? "" : "s");
    while (cursor_left(b) >= 8 && t->n_sacks < TCP_SACKS) {
        size_t at = o->at + 2 + b->at;
        uint32_t left = cursor_be32(b), right = cursor_be32(b);

        t->sacks[t->n_sacks].left = left;
        t->sacks[t->n_sacks++].right = right;
        FIELD(k, 3, "Left Edge", at, 4, "%u", left);
        FIELD(k, 3, "Right Edge", at + 4, 4, "%u", right);
    }
}

static void multipath(struct decoder *k, struct option *o)
{
    static const char *const subtypes[] = {
        "MP_CAPABLE", "MP_JOIN", "DSS",          "ADD_ADDR",  "REMOVE_ADDR",
        "MP_PRIO",    "MP_FAIL", "MP_FASTCLOSE", "MP_TCPRST",
    };
    unsigned subtype = cursor_u8(&o->body) >> 4;
    const char *name = subtype < sizeof(subtypes) / sizeof(subtypes[0]) ? subtypes[subtype]
                       : subtype == 15                                  ? "MP_EXPERIMENTAL"
                                                                        : "unknown subtype";

    FIELD(k, 2, kind_name(o->kind), o->at, o->len, "%s, %zu bytes", name, o->len);
    FIELD(k, 3, "Multipath TCP subtype", o->at + 2, 1, "%u (%s)", subtype, name);
}

static void fast_open(struct decoder *k, const struct option *o, size_t cookie_at)
{
    static const char name[] = "TCP Option - Fast Open Cookie";
    size_t cookie = o->at + o->len - cookie_at;
    const char *kind = o->kind == FAST_OPEN ? "" : " (experimental)";

    if (cookie)
        FIELD(k, 2, name, o->at, o->len, "cookie of %zu bytes%s", cookie, kind);
    else
        FIELD(k, 2, name, o->at, o->len, "cookie request%s", kind);
}

static void experiment(struct decoder *k, struct option *o)
{
    uint16_t id = cursor_be16(&o->body);

    if (o->body.short_read)
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "kind %u, %zu bytes", o->kind, o->len);
    else if (id == EXPERIMENT_FAST_OPEN)
        fast_open(k, o, o->at + 4);
    else
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "experiment 0x%04x, %zu bytes", id,
              o->len);
}

/* What only the fields tell. */
static void rare_option(struct decoder *k, struct option *o)
{
    const char *name = kind_name(o->kind);
    struct cursor *b = &o->body;
    uint16_t value;

    switch (o->kind) {
    case USER_TIMEOUT:
        value = cursor_be16(b);
        FIELD(k, 2, name, o->at, o->len, "%u %s", value & 0x7fffU,
              value & 0x8000 ? "minutes" : "seconds");
        break;
    case AUTHENTICATION:
        value = cursor_be16(b);
        FIELD(k, 2, name, o->at, o->len, "key %u, next key %u, MAC of %zu bytes", value >> 8,
              value & 0xffU, o->len - 4);
        break;
    case MD5:
        FIELD(k, 2, name, o->at, o->len, "digest of 16 bytes");
        break;
    case MULTIPATH:
        multipath(k, o);
        break;
    case FAST_OPEN:
        fast_open(k, o, o->at + 2);
        break;
    case EXPERIMENT_1:
    case EXPERIMENT_2:
        experiment(k, o);
        break;
    default:
        FIELD(k, 2, name, o->at, o->len, "kind %u, %zu bytes", o->kind, o->len);
    }
}

static void tcp_option(struct decoder *k, struct option *o, struct tcp_facts *t)
{
    struct cursor *b = &o->body;

    switch (o->kind) {
    case EOL:
    case NOP:
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "%s", "");
        break;
    case SACK_PERMITTED:
        t->sack_permitted = true;
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "%s", "");
        break;
    case MSS:
        t->has_mss = true;
        t->mss = cursor_be16(b);
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "%u bytes", t->mss);
        break;
    case WINDOW_SCALE:
        t->has_window_scale = true;
        t->window_scale = cursor_u8(b);
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "%u%s", t->window_scale,
              t->window_scale > 14 ? " (counts as 14)" : "");
        break;
    case TIMESTAMPS:
        t->has_timestamps = true;
        t->ts_value = cursor_be32(b);
        t->ts_echo = cursor_be32(b);
        FIELD(k, 2, kind_name(o->kind), o->at, o->len, "TSval %u, TSecr %u", t->ts_value,
              t->ts_echo);
        break;
    case SACK:
        sack(k, o, t);
        break;
    default:
        if (k->what & DECODE_FIELDS)
            rare_option(k, o);
    }
}

/* Nearly every segment of Linux has just this (RFC 7323, appendix A): two NOPs, timestamps. */
static bool only_timestamps(struct decoder *k, size_t area_end, struct tcp_facts *t)
{
    struct cursor look = k->c;

    if (k->what & DECODE_FIELDS || area_end - look.at != 12 || cursor_left(&look) < 12 ||
        cursor_be32(&look) != 0x0101080a)
        return false;
    t->has_timestamps = true;
    t->ts_value = cursor_be32(&look);
    t->ts_echo = cursor_be32(&look);
    return true;
}

void decode_tcp_options(struct decoder *k, size_t area_end)
{
    struct tcp_facts *t = &k->d->tcp;
    struct option o;
    enum option_result result;
    size_t len = area_end - k->c.at, there = cursor_left(&k->c);

    if (only_timestamps(k, area_end, t))
        return;
    FIELD(k, 1, "Options", k->c.at, there < len ? there : len, "%zu bytes", len);
    while ((result = decode_option(k, area_end, &o)) == OPTION_ONE) {
        if (!length_right(&o)) {
            FIELD_CHECKED(k, 2, kind_name(o.kind), o.at, o.len, FIELD_BAD,
                          "length %zu is none that it can have", o.len);
            decode_malformed(k, LAYER);
            continue;
        }
        tcp_option(k, &o, t);
        if (o.kind == EOL)
            break;
    }
    if (result == OPTION_BAD) {
        FIELD_CHECKED(k, 2, kind_name(o.kind), o.at, 1, FIELD_BAD, "kind %u, length %zu",
                      o.kind, o.len);
        decode_malformed(k, LAYER);
    } else if (result == OPTION_CUT) {
        decode_cut(k, LAYER);
    }
}
