/* ClientHello and ServerHello: RFC 8446, 4.1 and 4.2; RFC 5246, 7.4.1; SNI: RFC 6066, 3; ALPN:
 * RFC 7301. */
#include <stdio.h>

#include "core/wire/decode_tls.h"
#include "core/wire/tls_names.h"

enum {
    EXTENSIONS_MAX = 64,
    CIPHERS_SHOWN = 64,
    PROTOCOLS_MAX = 16,
    EXT_SERVER_NAME = 0,
    EXT_ALPN = 16,
    EXT_SUPPORTED_VERSIONS = 43,
    RANDOM_BYTES = 32,
};

/* The ServerHello that asks for another ClientHello has this as its random: RFC 8446, 4.1.3. */
static const uint8_t RETRY[RANDOM_BYTES] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c,
    0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb,
    0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

struct hello {
    bool server, retry;
    uint16_t version; /* the one chosen, or the best offered */
    uint16_t cipher;
    struct cursor name, alpn; /* empty: none; alpn: the list with its lengths */
};

/* GREASE: RFC 8701. */
static bool is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static const char *cipher_text(uint16_t cipher, char buf[16])
{
    const char *name = tls_cipher_name(cipher);

    if (name)
        return name;
    snprintf(buf, 16, is_grease(cipher) ? "GREASE 0x%04x" : "0x%04x", cipher);
    return buf;
}

static const char *version_text(uint16_t version, char buf[16])
{
    const char *name = tls_version_name(version);

    if (name)
        return name;
    snprintf(buf, 16, "0x%04x", version);
    return buf;
}

/* The next n bytes of c as a cursor of their own, with the packet's offsets; cut with it. */
static struct cursor part(struct cursor *c, size_t n)
{
    struct cursor p = *c;

    if (n <= cursor_left(c))
        p.len = c->at + n;
    else
        p.short_read = true;
    cursor_take(c, n);
    return p;
}

static void ciphers(struct decoder *k, struct cursor list, size_t len)
{
    char text[16];

    FIELD(k, 2, "Cipher Suites", list.at, len, "%zu suites", len / 2);
    for (unsigned n = 0; n < CIPHERS_SHOWN && cursor_left(&list) >= 2; n++) {
        size_t at = list.at;
        uint16_t cipher = cursor_be16(&list);

        FIELD(k, 3, "Cipher Suite", at, 2, "%s (0x%04x)", cipher_text(cipher, text), cipher);
    }
}

static void server_name(struct decoder *k, struct cursor c, struct hello *h)
{
    uint16_t len;

    cursor_be16(&c); /* of the list, which has one name in practice */
    if (cursor_u8(&c) != 0)
        return;
    len = cursor_be16(&c);
    if (c.short_read || len > cursor_left(&c))
        return;
    h->name = part(&c, len);
    decode_field_text(k, 3, "Server Name", h->name.at, len);
}

static void alpn(struct decoder *k, struct cursor c, struct hello *h)
{
    cursor_be16(&c);
    h->alpn = c;
    for (unsigned n = 0; n < PROTOCOLS_MAX && cursor_left(&c); n++) {
        struct cursor one = part(&c, cursor_u8(&c));

        if (!one.short_read)
            decode_field_text(k, 3, "ALPN Next Protocol", one.at, cursor_left(&one));
    }
}

static void supported_versions(struct decoder *k, struct cursor c, struct hello *h)
{
    char text[16];
    uint16_t best = 0;

    if (!h->server)
        cursor_u8(&c);
    while (cursor_left(&c) >= 2) {
        size_t at = c.at;
        uint16_t version = cursor_be16(&c);

        if (tls_version_name(version) && version > best)
            best = version;
        FIELD(k, 3, "Supported Version", at, 2, "%s%s", version_text(version, text),
              is_grease(version) ? " (GREASE)" : "");
    }
    if (best)
        h->version = best;
}

static void extension(struct decoder *k, uint16_t type, struct cursor body, size_t at,
                      struct hello *h)
{
    const char *name = tls_extension_name(type);

    FIELD(k, 2, "Extension", at, body.len - at, "%s (%u), %zu bytes",
          name              ? name
          : is_grease(type) ? "GREASE"
                            : "unknown",
          type, cursor_left(&body));
    if (type == EXT_SERVER_NAME && cursor_left(&body))
        server_name(k, body, h);
    else if (type == EXT_ALPN)
        alpn(k, body, h);
    else if (type == EXT_SUPPORTED_VERSIONS)
        supported_versions(k, body, h);
}

static void extensions(struct decoder *k, struct cursor *c, struct hello *h)
{
    for (unsigned n = 0; n < EXTENSIONS_MAX && cursor_left(c); n++) {
        size_t at = c->at;
        uint16_t type = cursor_be16(c), len = cursor_be16(c);
        struct cursor body = part(c, len);

        if (c->short_read)
            return;
        extension(k, type, body, at, h);
    }
}

/* A TLS 1.2 that says 1.3 in an extension is 1.3. */
static void say_hello(struct decoder *k, struct hello *h)
{
    char text[16];
    const char *version = version_text(h->version, text);

    if (h->server)
        decode_say(k, h->retry ? "HelloRetryRequest " : "ServerHello ", h->retry ? 18 : 12);
    else
        SAY(k, "ClientHello ");
    decode_say(k, version, strlen(version));
    if (cursor_left(&h->name)) {
        SAY(k, " ");
        decode_say_clean(k, h->name.bytes + h->name.at, cursor_left(&h->name), 60);
    }
    if (h->server) {
        const char *cipher = cipher_text(h->cipher, text);

        SAY(k, " ");
        decode_say(k, cipher, strlen(cipher));
    }
    if (cursor_left(&h->alpn))
        SAY(k, " alpn");
    for (unsigned n = 0; n < PROTOCOLS_MAX && cursor_left(&h->alpn); n++) {
        struct cursor one = part(&h->alpn, cursor_u8(&h->alpn));

        if (one.short_read)
            return;
        SAY(k, " ");
        decode_say_clean(k, one.bytes + one.at, cursor_left(&one), 20);
    }
}

static void client_lists(struct decoder *k, struct cursor *c)
{
    size_t at = c->at;
    uint16_t len = cursor_be16(c);
    struct cursor list = part(c, len);
    uint8_t compressions;

    if (!c->short_read)
        ciphers(k, list, len);
    else
        FIELD(k, 2, "Cipher Suites Length", at, 2, "%u", len);
    compressions = cursor_u8(c);
    cursor_take(c, compressions);
}

bool decode_tls_hello(struct decoder *k, struct cursor c, bool server)
{
    struct hello h = {.server = server};
    size_t at = c.at;
    const uint8_t *random;
    uint8_t session_len;
    uint16_t len;
    char text[16];

    h.version = cursor_be16(&c);
    random = cursor_take(&c, RANDOM_BYTES);
    session_len = cursor_u8(&c);
    cursor_take(&c, session_len);
    h.retry = server && random && memcmp(random, RETRY, sizeof(RETRY)) == 0;
    FIELD(k, 2, "Version", at, 2, "%s (0x%04x)", version_text(h.version, text), h.version);
    FIELD(k, 2, "Random", at + 2, RANDOM_BYTES, "%d bytes%s", RANDOM_BYTES,
          h.retry ? " (HelloRetryRequest)" : "");
    FIELD(k, 2, "Session ID", at + 35, session_len, "%u bytes", session_len);
    if (server) {
        h.cipher = cursor_be16(&c);
        FIELD(k, 2, "Cipher Suite", c.at - 2, 2, "%s (0x%04x)", cipher_text(h.cipher, text),
              h.cipher);
        cursor_u8(&c); /* compression */
    } else {
        client_lists(k, &c);
    }
    if (!c.short_read && cursor_left(&c)) {
        len = cursor_be16(&c);
        if (len < cursor_left(&c))
            c.len = c.at + len;
        extensions(k, &c, &h);
        if (!c.short_read && c.at < c.len)
            c.short_read = true;
    }
    say_hello(k, &h);
    return !c.short_read;
}
