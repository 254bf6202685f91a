/* DHCP (RFC 2131; options: RFC 2132): BOOTP's message with the magic cookie. */
#include <arpa/inet.h>
#include <stdio.h>

#include "core/wire/decode_app.h"

static const char LAYER[] = "Dynamic Host Configuration Protocol";

enum {
    PORT_SERVER = 67,
    PORT_CLIENT = 68,
    FIXED_BYTES = 236,
    HARDWARE_MAX = 16,
    OPTIONS_MAX = 80,
    OPTION_PAD = 0,
    OPTION_MESSAGE_TYPE = 53,
    OPTION_END = 255,
};

static const uint8_t COOKIE[4] = {99, 130, 83, 99};

enum option_form { FORM_BYTES, FORM_TEXT, FORM_IPS, FORM_SECONDS, FORM_TYPE };

static const struct option_name {
    uint8_t code, form;
    const char *name;
} OPTIONS[] = {
    {1, FORM_IPS, "Subnet Mask"},
    {3, FORM_IPS, "Router"},
    {6, FORM_IPS, "Domain Name Server"},
    {12, FORM_TEXT, "Host Name"},
    {15, FORM_TEXT, "Domain Name"},
    {28, FORM_IPS, "Broadcast Address"},
    {42, FORM_IPS, "Network Time Protocol Servers"},
    {50, FORM_IPS, "Requested IP Address"},
    {51, FORM_SECONDS, "IP Address Lease Time"},
    {OPTION_MESSAGE_TYPE, FORM_TYPE, "DHCP Message Type"},
    {54, FORM_IPS, "DHCP Server Identifier"},
    {55, FORM_BYTES, "Parameter Request List"},
    {56, FORM_TEXT, "Message"},
    {57, FORM_BYTES, "Maximum DHCP Message Size"},
    {58, FORM_SECONDS, "Renewal Time Value"},
    {59, FORM_SECONDS, "Rebinding Time Value"},
    {60, FORM_TEXT, "Vendor class identifier"},
    {61, FORM_BYTES, "Client identifier"},
    {66, FORM_TEXT, "TFTP Server Name"},
    {67, FORM_TEXT, "Bootfile name"},
    {81, FORM_BYTES, "Client Fully Qualified Domain Name"},
};

static const char *type_name(uint8_t type)
{
    static const char *const names[] = {
        [1] = "Discover", [2] = "Offer", [3] = "Request", [4] = "Decline",
        [5] = "ACK",      [6] = "NAK",   [7] = "Release", [8] = "Inform",
    };

    return type && type < sizeof(names) / sizeof(names[0]) ? names[type] : "unknown type";
}

/* Four bytes of magic and a possible head do on any port. */
static bool recognise(const struct app_data *a)
{
    const uint8_t *b = a->bytes + a->at;
    bool port = app_has_port(a, PORT_SERVER) || app_has_port(a, PORT_CLIENT);

    if (a->len < FIXED_BYTES + sizeof(COOKIE))
        return port && a->cut && a->len >= 4 && (b[0] == 1 || b[0] == 2) &&
               b[2] <= HARDWARE_MAX;
    return (b[0] == 1 || b[0] == 2) && b[2] <= HARDWARE_MAX &&
           memcmp(b + FIXED_BYTES, COOKIE, sizeof(COOKIE)) == 0;
}

static const char *ip_at(const struct app_data *a, size_t at, char buf[INET_ADDRSTRLEN])
{
    return inet_ntop(AF_INET, a->bytes + at, buf, INET_ADDRSTRLEN);
}

static void ip_option(struct decoder *k, const struct app_data *a, const char *name, size_t at,
                      size_t len)
{
    char list[256], one[INET_ADDRSTRLEN];
    size_t used = 0;

    for (size_t i = 0; i + 4 <= len && used < sizeof(list); i += 4) {
        int n = snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "",
                         ip_at(a, at + 2 + i, one));

        used += n > 0 ? (size_t)n : 0;
    }
    FIELD(k, 1, name, at, len + 2, "%s", used ? list : "");
}

/* One option of `len` bytes, its code at `at`. */
static void option_field(struct decoder *k, const struct app_data *a, size_t at, size_t len)
{
    const uint8_t *body = a->bytes + at + 2;
    const struct option_name *o = NULL;
    struct cursor c = cursor_over(body, len);

    for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++)
        if (OPTIONS[i].code == a->bytes[at])
            o = &OPTIONS[i];
    if (o && o->form == FORM_TEXT && len)
        decode_field_text(k, 1, o->name, at + 2, len);
    else if (o && o->form == FORM_IPS && len >= 4)
        ip_option(k, a, o->name, at, len);
    else if (o && o->form == FORM_SECONDS && len == 4)
        FIELD(k, 1, o->name, at, len + 2, "%u s", cursor_be32(&c));
    else if (o && o->form == FORM_TYPE && len == 1)
        FIELD(k, 1, o->name, at, len + 2, "%u (%s)", body[0], type_name(body[0]));
    else
        FIELD(k, 1, o ? o->name : "Option", at, len + 2, "option %u, %zu bytes", a->bytes[at],
              len);
}

static void decode_options(struct decoder *k, const struct app_data *a)
{
    struct cursor c = app_cursor(a);

    c.at = a->at + FIXED_BYTES + sizeof(COOKIE);
    for (unsigned n = 0; n < OPTIONS_MAX && cursor_left(&c); n++) {
        size_t at = c.at;
        uint8_t code = cursor_u8(&c), len;

        if (code == OPTION_END)
            return;
        if (code == OPTION_PAD)
            continue;
        len = cursor_u8(&c);
        if (c.short_read || !cursor_take(&c, len)) {
            app_ended(k, a, LAYER, at);
            return;
        }
        if (code == OPTION_MESSAGE_TYPE && len == 1) {
            const char *name = type_name(c.bytes[at + 2]);

            decode_say(k, name, strlen(name));
        }
        if (k->what & DECODE_FIELDS)
            option_field(k, a, at, len);
    }
}

static void fixed_fields(struct decoder *k, const struct app_data *a)
{
    static const char *const addresses[] = {"Client IP address", "Your (client) IP address",
                                            "Next server IP address", "Relay agent IP address"};
    const uint8_t *b = a->bytes + a->at;
    size_t at = a->at;
    struct cursor c = app_cursor(a);
    char text[INET_ADDRSTRLEN], mac[MAC_TEXT_BYTES];

    c.at += 4;
    FIELD(k, 0, LAYER, at, a->len, "%s", b[0] == 1 ? "request" : "reply");
    FIELD(k, 1, "Message type", at, 1, "%u (Boot %s)", b[0], b[0] == 1 ? "Request" : "Reply");
    FIELD(k, 1, "Hardware address length", at + 2, 1, "%u", b[2]);
    FIELD(k, 1, "Transaction ID", at + 4, 4, "0x%08x", cursor_be32(&c));
    FIELD(k, 1, "Seconds elapsed", at + 8, 2, "%u", cursor_be16(&c));
    FIELD(k, 1, "Bootp flags", at + 10, 2, "%s",
          cursor_be16(&c) & 0x8000 ? "broadcast" : "none");
    for (size_t i = 0; i < 4; i++)
        FIELD(k, 1, addresses[i], at + 12 + 4 * i, 4, "%s", ip_at(a, at + 12 + 4 * i, text));
    FIELD(k, 1, "Client hardware address", at + 28, b[2] < 8 ? b[2] : 8, "%s",
          decode_mac(b + 28, b[2] < 8 ? b[2] : 8, mac));
}

static void decode_dhcp(struct decoder *k, const struct app_data *a)
{
    const uint8_t *b = a->bytes + a->at;
    char text[INET_ADDRSTRLEN];

    if (a->len < FIXED_BYTES + sizeof(COOKIE)) {
        FIELD(k, 0, LAYER, a->at, a->len, "%s", b[0] == 1 ? "request" : "reply");
        app_ended(k, a, LAYER, a->at);
        return;
    }
    if (k->what & DECODE_FIELDS)
        fixed_fields(k, a);
    decode_options(k, a);
    INFO_ADD(k, " %s", decode_mac(b + 28, b[2] < 8 ? b[2] : 8, (char[MAC_TEXT_BYTES]){0}));
    if (memcmp(b + 16, "\0\0\0\0", 4) != 0)
        INFO_ADD(k, " gets %s", ip_at(a, a->at + 16, text));
}

const struct app app_dhcp = {"DHCP", recognise, decode_dhcp};
