#include "core/net/options_place.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>

#include "core/base/addr.h"
#include "core/base/text.h"
#include "core/net/options_internal.h"

static bool copy_piece(char *out, size_t size, const char *text, size_t len)
{
    if (len >= size)
        return false;
    memcpy(out, text, len);
    out[len] = '\0';
    return true;
}

bool place_take_apart(const char *text, bool wants_source, struct place *ret)
{
    const char *at = wants_source ? strrchr(text, '@') : NULL;
    const char *zone;

    *ret = (struct place){0};
    if (wants_source &&
        (!at || !copy_piece(ret->source, sizeof(ret->source), text, (size_t)(at - text))))
        return false;
    text = at ? at + 1 : text;
    zone = strchr(text, '%');
    if (zone &&
        (!zone[1] || !copy_piece(ret->zone, sizeof(ret->zone), zone + 1, strlen(zone + 1))))
        return false;
    return copy_piece(ret->address, sizeof(ret->address), text,
                      zone ? (size_t)(zone - text) : strlen(text));
}

int place_parse_interface(const char *text, unsigned *ret)
{
    const char *end;
    int64_t number;

    if (!*text || strcasecmp(text, "none") == 0) {
        *ret = 0;
        return 0;
    }
    if (option_number(text, &number, &end) && !*end) {
        if (number < 0 || number > INT32_MAX)
            return -EINVAL;
        *ret = (unsigned)number;
        return 0;
    }
    if (strlen(text) >= IF_NAMESIZE)
        return -EINVAL;
    *ret = if_nametoindex(text);
    return *ret ? 0 : -ENODEV;
}

void place_add_interface(struct line_out *l, unsigned index)
{
    char name[IF_NAMESIZE], clean[IF_NAMESIZE * 8];

    if (index && if_indextoname(index, name)) {
        text_clean(name, strlen(name), clean, sizeof(clean));
        line_add(l, "%s", clean);
    } else if (index) {
        line_add(l, "%u", index);
    } else {
        line_add(l, "none");
    }
}

void place_add_zone(struct line_out *l, unsigned index)
{
    if (!index)
        return;
    line_add(l, "%%");
    place_add_interface(l, index);
}

void place_add_ipv4(struct line_out *l, struct in_addr a)
{
    char text[INET_ADDRSTRLEN];

    line_add(l, "%s", inet_ntop(AF_INET, &a, text, sizeof(text)));
}

void place_add_ipv6(struct line_out *l, const struct in6_addr *a)
{
    char text[INET6_ADDRSTRLEN];

    line_add(l, "%s", inet_ntop(AF_INET6, a, text, sizeof(text)));
}

bool place_parse_address(const char *text, struct sockaddr_storage *ret)
{
    uint8_t ip[sizeof(struct in6_addr)];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    struct addr a;
    socklen_t len;

    if (inet_pton(family, text, ip) != 1)
        return false;
    a = addr_make(family, ip, 0);
    return addr_to_sockaddr(&a, ret, &len);
}

void place_add_address(struct line_out *l, const struct sockaddr_storage *sa)
{
    struct addr a = addr_from_sockaddr((const struct sockaddr *)sa);
    char text[ADDR_TEXT_BYTES];

    line_add(l, "%s", addr_format_ip(&a, text));
}
