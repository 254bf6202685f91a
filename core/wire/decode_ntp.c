/* NTP (RFC 5905, 7.3).  Its bytes say too little: only on its port. */
#include <stdio.h>
#include <time.h>

#include "core/wire/decode_app.h"

static const char LAYER[] = "Network Time Protocol";

enum {
    PORT_NTP = 123,
    HEADER_BYTES = 48,
    MODE_CONTROL = 6,
    CONTROL_BYTES = 12,
};

static const char *mode_name(unsigned mode)
{
    static const char *const names[] = {"reserved", "symmetric active", "symmetric passive",
                                        "client",   "server",           "broadcast",
                                        "control",  "private"};

    return names[mode & 7];
}

static bool recognise(const struct app_data *a)
{
    unsigned first = a->bytes[a->at], version = first >> 3 & 7, mode = first & 7;

    if (!app_has_port(a, PORT_NTP) || version < 1 || version > 4)
        return false;
    if (mode >= MODE_CONTROL)
        return a->len >= CONTROL_BYTES;
    return mode && (a->len >= HEADER_BYTES || a->cut);
}

/* Who a server follows: four letters at stratum 0 and 1, else an address or a digest of one. */
static void reference_field(struct decoder *k, size_t at, uint8_t stratum)
{
    const uint8_t *b = k->c.bytes + at;

    if (stratum <= 1)
        decode_field_text(k, 1, "Reference ID", at, strnlen((const char *)b, 4));
    else
        FIELD(k, 1, "Reference ID", at, 4, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
}

static void time_field(struct decoder *k, struct cursor *c, const char *name)
{
    size_t at = c->at;
    uint32_t seconds = cursor_be32(c), fraction = cursor_be32(c);
    char text[40] = "not set";
    struct tm tm;
    /* Era 1 begins in 2036: what is before 1968 counts as that (RFC 4330, 3). */
    time_t when = (time_t)seconds - 2208988800 + (seconds >> 31 ? 0 : (time_t)1 << 32);

    if (c->short_read)
        return;
    if (seconds && gmtime_r(&when, &tm))
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
    FIELD(k, 1, name, at, 8, seconds ? "%s.%06u UTC" : "%s", text,
          (unsigned)((uint64_t)fraction * 1000000 >> 32));
}

static void ntp_fields(struct decoder *k, const struct app_data *a, uint8_t first)
{
    struct cursor c = app_cursor(a);
    size_t at = a->at;
    uint8_t stratum, poll, precision;
    uint32_t delay, dispersion;

    cursor_u8(&c);
    stratum = cursor_u8(&c);
    poll = cursor_u8(&c);
    precision = cursor_u8(&c);
    delay = cursor_be32(&c);
    dispersion = cursor_be32(&c);
    cursor_be32(&c);
    FIELD(k, 0, LAYER, at, a->len, "version %u, %s", first >> 3 & 7U, mode_name(first));
    FIELD(k, 1, "Leap Indicator", at, 1, "%u", first >> 6);
    FIELD(k, 1, "Version number", at, 1, "%u", first >> 3 & 7U);
    FIELD(k, 1, "Mode", at, 1, "%u (%s)", first & 7U, mode_name(first));
    if ((first & 7) >= MODE_CONTROL)
        return;
    FIELD(k, 1, "Peer Clock Stratum", at + 1, 1, "%u", stratum);
    FIELD(k, 1, "Peer Polling Interval", at + 2, 1, "%d (2^n s)", (int8_t)poll);
    FIELD(k, 1, "Peer Clock Precision", at + 3, 1, "%d (2^n s)", (int8_t)precision);
    FIELD(k, 1, "Root Delay", at + 4, 4, "%.6f s", delay / 65536.0);
    FIELD(k, 1, "Root Dispersion", at + 8, 4, "%.6f s", dispersion / 65536.0);
    if (!c.short_read)
        reference_field(k, at + 12, stratum);
    time_field(k, &c, "Reference Timestamp");
    time_field(k, &c, "Origin Timestamp");
    time_field(k, &c, "Receive Timestamp");
    time_field(k, &c, "Transmit Timestamp");
}

static void decode_ntp(struct decoder *k, const struct app_data *a)
{
    uint8_t first = a->bytes[a->at];
    const char *mode = mode_name(first);

    SAY_NUMBER(k, "version ", first >> 3 & 7U);
    SAY(k, " ");
    decode_say(k, mode, strlen(mode));
    if ((first & 7) == 4 && a->len > 1)
        SAY_NUMBER(k, " stratum ", a->bytes[a->at + 1]);
    if (k->what & DECODE_FIELDS)
        ntp_fields(k, a, first);
    if (a->len < HEADER_BYTES && (first & 7) < MODE_CONTROL)
        app_ended(k, a, LAYER, a->at);
}

const struct app app_ntp = {"NTP", recognise, decode_ntp};
