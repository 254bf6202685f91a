/* TLS records (RFC 8446, 5.1; RFC 5246, 6.2), what of a handshake is not encrypted, alerts. */
#include <stdio.h>

#include "core/wire/decode_tls.h"
#include "core/wire/tls_names.h"

static const char LAYER[] = TLS_LAYER;

enum {
    RECORD_BYTES = 5, /* of its header */
    RECORD_MAX = 16384 + 2048,
    RECORDS_MAX = 32,
    MESSAGES_MAX = 8,
    TYPE_CHANGE_CIPHER = 20,
    TYPE_ALERT = 21,
    TYPE_HANDSHAKE = 22,
    TYPE_DATA = 23,
    TYPE_HEARTBEAT = 24,
    HANDSHAKE_BYTES = 4, /* of its header */
};

struct record {
    size_t at, len; /* of its body, which begins at + RECORD_BYTES */
    uint8_t type;
    uint16_t version;
};

static const uint16_t PORTS[] = {443, 465, 563, 636, 853, 990, 992, 993, 995, 5061, 6697, 8443};

/* False when there is no header of a record. */
static bool read_record(struct cursor *c, struct record *ret)
{
    struct record r = {.at = c->at, .type = cursor_u8(c)};

    r.version = cursor_be16(c);
    r.len = cursor_be16(c);
    if (c->short_read || r.type < TYPE_CHANGE_CIPHER || r.type > TYPE_HEARTBEAT ||
        r.version < 0x0300 || r.version > 0x0304 || r.len > RECORD_MAX ||
        (!r.len && r.type != TYPE_DATA))
        return false;
    *ret = r;
    return true;
}

/* What begins where a record ends is another one, as far as it is there. */
static bool chain_holds(struct cursor c, const struct record *r)
{
    struct record next;

    if (!cursor_take(&c, r->len) || !cursor_left(&c))
        return true;
    return cursor_left(&c) < RECORD_BYTES || read_record(&c, &next);
}

/* Handshake messages stand in clear where the first one's length fits the record. */
static bool in_clear(struct cursor c, const struct record *r)
{
    uint8_t type = cursor_u8(&c);
    size_t len = (size_t)cursor_u8(&c) << 16;

    len |= cursor_be16(&c);
    if (c.short_read || !tls_handshake_name(type))
        return false;
    return len + HANDSHAKE_BYTES <= r->len || (len < 65536 && type == 11);
}

static bool recognise(const struct app_data *a)
{
    struct cursor c = app_cursor(a);
    struct record r;
    uint8_t level;

    /* Most payloads are out after one look. */
    if (a->bytes[a->at] < TYPE_CHANGE_CIPHER || a->bytes[a->at] > TYPE_HEARTBEAT)
        return false;
    if (!read_record(&c, &r) || !chain_holds(c, &r))
        return false;
    if (app_has_port_of(a, PORTS, sizeof(PORTS) / sizeof(PORTS[0])))
        return true;
    switch (r.type) {
    case TYPE_CHANGE_CIPHER:
        return r.len == 1 && cursor_u8(&c) == 1;
    case TYPE_ALERT:
        level = cursor_u8(&c);
        return r.len >= 16 || (r.len == 2 && (level == 1 || level == 2));
    case TYPE_HANDSHAKE:
        return in_clear(c, &r) || r.version == 0x0303;
    case TYPE_DATA:
        return r.len >= 16 && r.version <= 0x0303;
    default:
        return false;
    }
}

static const char *type_name(uint8_t type)
{
    static const char *const names[] = {"Change Cipher Spec", "Alert", "Handshake",
                                        "Application Data", "Heartbeat"};

    return names[type - TYPE_CHANGE_CIPHER];
}

static void say(struct decoder *k, const char *words)
{
    if (k->info_len)
        SAY(k, ", ");
    decode_say(k, words, strlen(words));
}

static void alert(struct decoder *k, struct cursor c, const struct record *r)
{
    size_t at = c.at;
    uint8_t level = cursor_u8(&c), description = cursor_u8(&c);
    const char *words = tls_alert_words(description);

    if (r->len != 2 || level < 1 || level > 2) {
        say(k, "encrypted alert");
        FIELD(k, 2, "Encrypted Alert", at, r->len, "%zu bytes", r->len);
        return;
    }
    if (c.short_read)
        return;
    FIELD(k, 2, "Level", at, 1, "%u (%s)", level, level == 1 ? "warning" : "fatal");
    FIELD(k, 2, "Description", at + 1, 1, "%u (%s)", description, words ? words : "unknown");
    say(k, level == 1 ? "warning alert: " : "fatal alert: ");
    decode_say(k, words ? words : "unknown", strlen(words ? words : "unknown"));
}

/* The messages of one record that are here.  False when one goes on behind it. */
static bool handshake(struct decoder *k, struct cursor c)
{
    for (unsigned n = 0; n < MESSAGES_MAX && cursor_left(&c); n++) {
        size_t at = c.at, len, there;
        uint8_t type = cursor_u8(&c);
        const char *name = tls_handshake_name(type);
        bool whole;

        len = (size_t)cursor_u8(&c) << 16;
        len |= cursor_be16(&c);
        if (c.short_read)
            return false;
        there = cursor_left(&c) < len ? cursor_left(&c) : len;
        FIELD(k, 1, "Handshake Protocol", at, HANDSHAKE_BYTES + there, "%s (%u), %zu bytes",
              name ? name : "unknown", type, len);
        whole = there == len;
        if (type == TLS_CLIENT_HELLO || type == TLS_SERVER_HELLO) {
            struct cursor body = c;

            body.len = c.at + there;
            if (k->info_len)
                SAY(k, ", ");
            whole = decode_tls_hello(k, body, type == TLS_SERVER_HELLO) && whole;
        } else {
            say(k, name ? name : "unknown handshake");
        }
        if (!whole)
            return false;
        cursor_take(&c, len);
    }
    return true;
}

/* The body of a record, as far as it is there.  False when a message in it is not whole. */
static bool record_body(struct decoder *k, struct cursor c, const struct record *r,
                        bool encrypted)
{
    if (r->type == TYPE_ALERT) {
        alert(k, c, r);
    } else if (r->type != TYPE_HANDSHAKE) {
        if (r->type != TYPE_CHANGE_CIPHER)
            FIELD(k, 2,
                  r->type == TYPE_DATA ? "Encrypted Application Data" : "Heartbeat Message",
                  c.at, cursor_left(&c), "%zu bytes", r->len);
        say(k, type_name(r->type));
        if (r->type == TYPE_DATA)
            SAY_NUMBER(k, " ", r->len);
    } else if (encrypted || !in_clear(c, r)) {
        FIELD(k, 2, "Encrypted Handshake Message", c.at, cursor_left(&c), "%zu bytes", r->len);
        say(k, "encrypted handshake message");
    } else {
        return handshake(k, c);
    }
    return true;
}

static void record_field(struct decoder *k, const struct record *r, size_t there)
{
    const char *version = tls_version_name(r->version);

    FIELD(k, 1, "Record Layer", r->at, RECORD_BYTES + there, "%s, %s, %zu bytes",
          type_name(r->type), version ? version : "unknown version", r->len);
    FIELD(k, 2, "Content Type", r->at, 1, "%u (%s)", r->type, type_name(r->type));
    FIELD(k, 2, "Version", r->at + 1, 2, "%s (0x%04x)", version ? version : "unknown",
          r->version);
    FIELD(k, 2, "Length", r->at + 3, 2, "%zu", r->len);
}

static void decode_tls(struct decoder *k, const struct app_data *a)
{
    struct cursor c = app_cursor(a);
    bool encrypted = false;

    FIELD(k, 0, LAYER, a->at, a->len, "%zu bytes", a->len);
    for (unsigned n = 0; n < RECORDS_MAX && cursor_left(&c); n++) {
        size_t at = c.at, there;
        struct record r;
        struct cursor body;

        if (!read_record(&c, &r)) {
            app_ended(k, a, LAYER, at);
            return;
        }
        there = cursor_left(&c) < r.len ? cursor_left(&c) : r.len;
        body = c;
        body.len = c.at + there;
        if (k->what & DECODE_FIELDS)
            record_field(k, &r, there);
        if (!record_body(k, body, &r, encrypted) && there == r.len)
            FIELD(k, 1, "Handshake fragment", body.at, there, "goes on in the next record");
        encrypted = encrypted || r.type == TYPE_CHANGE_CIPHER;
        if (there < r.len) {
            app_ended(k, a, LAYER, a->at + a->len);
            return;
        }
        cursor_take(&c, r.len);
    }
}

const struct app app_tls = {"TLS", recognise, decode_tls};
