#include "core/report/packet_out.h"

#include <stdlib.h>

#include "core/base/mem.h"

#define ROOM_AT_FIRST 4096

void packet_out_done(struct packet_out *o)
{
    free(o->text);
    *o = (struct packet_out){.used = 0};
}

char *packet_out_room(struct packet_out *o, size_t n)
{
    if (n > o->room - o->used) {
        o->room = 2 * (o->room + n) + ROOM_AT_FIRST;
        o->text = mem_resize(o->text, o->room, 1);
    }
    return o->text + o->used;
}

void put_digits(struct packet_out *o, uint64_t n, unsigned digits)
{
    char *at = packet_out_room(o, digits);

    for (unsigned i = digits; i-- > 0; n /= 10)
        at[i] = (char)('0' + n % 10);
    o->used += digits;
}

/* Most of what is shown is ASCII, and needs no cleaning. */
static size_t plain_bytes(const char *s)
{
    size_t n = 0;

    while (s[n] >= ' ' && s[n] <= '~')
        n++;
    return n;
}

void put_clean(struct packet_out *o, const char *s)
{
    size_t plain = plain_bytes(s), rest = strlen(s + plain), size;

    put_bytes_to(o, s, plain);
    if (rest == 0)
        return;
    size = 8 * rest + 1; /* two bytes of UTF-8 become \u{NNNN} at most */
    o->used += text_clean(s + plain, rest, packet_out_room(o, size), size);
}

void put_json_string(struct packet_out *o, const char *s)
{
    size_t at, end;

    put_char(o, '"');
    at = o->used;
    put_clean(o, s);
    end = o->used;
    for (size_t i = at; i < end; i++) {
        if (o->text[i] == '"' || o->text[i] == '\\') {
            (void)packet_out_room(o, 1);
            memmove(o->text + i + 1, o->text + i, end - i);
            o->text[i++] = '\\';
            end++;
            o->used++;
        }
    }
    put_char(o, '"');
}

void put_ip(struct packet_out *o, const struct addr *a)
{
    o->used += strlen(addr_format_ip(a, packet_out_room(o, ADDR_TEXT_BYTES)));
}

void put_end(struct packet_out *o, const struct addr *a)
{
    o->used += strlen(addr_format(a, packet_out_room(o, ADDR_TEXT_BYTES)));
}
