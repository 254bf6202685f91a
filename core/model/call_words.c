#include "core/model/call_words.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

struct constant {
    int value;
    const char *name;
};

#define CONSTANT(name)                                                                         \
    {                                                                                          \
        name, #name                                                                            \
    }

static const struct constant domains[] = {
    CONSTANT(AF_INET), CONSTANT(AF_INET6), CONSTANT(AF_UNIX), {0, NULL}};
static const struct constant types[] = {
    CONSTANT(SOCK_STREAM), CONSTANT(SOCK_DGRAM), CONSTANT(SOCK_SEQPACKET), {0, NULL}};
static const struct constant type_flags[] = {
    CONSTANT(SOCK_NONBLOCK), CONSTANT(SOCK_CLOEXEC), {0, NULL}};
static const struct constant message_flags[] = {
    CONSTANT(MSG_NOSIGNAL), CONSTANT(MSG_DONTWAIT), CONSTANT(MSG_PEEK), CONSTANT(MSG_MORE),
    CONSTANT(MSG_TRUNC),    CONSTANT(MSG_WAITALL),  {0, NULL}};
static const struct constant protocols[] = {
    CONSTANT(IPPROTO_IP), CONSTANT(IPPROTO_TCP), CONSTANT(IPPROTO_UDP), {0, NULL}};
static const struct constant hows[] = {
    CONSTANT(SHUT_RD), CONSTANT(SHUT_WR), CONSTANT(SHUT_RDWR), {0, NULL}};

static const struct constant *const tables[] = {[WORDS_DOMAIN] = domains,
                                                [WORDS_TYPE] = types,
                                                [WORDS_PROTOCOL] = protocols,
                                                [WORDS_MESSAGE_FLAGS] = message_flags,
                                                [WORDS_HOW] = hows};

#define TYPE_FLAGS (SOCK_NONBLOCK | SOCK_CLOEXEC)

void call_add_word(struct line_out *l, const struct word_style *style, enum call_words what,
                   int value)
{
    for (const struct constant *t = tables[what]; t->name; t++)
        if (t->value == value) {
            line_add(l, "%s%s", style->prefix, t->name);
            return;
        }
    line_add(l, "%#x", (unsigned)value);
}

/* "A|B|0x40"; "0" when none is set, unless something stands before them. */
static void add_flags(struct line_out *l, const struct word_style *style,
                      const struct constant *table, int value, bool first)
{
    bool any = !first;

    for (; table->name; table++) {
        if (!(value & table->value))
            continue;
        line_add(l, "%s%s%s", any ? style->between : "", style->prefix, table->name);
        value &= ~table->value;
        any = true;
    }
    if (value)
        line_add(l, "%s%#x", any ? style->between : "", (unsigned)value);
    else if (!any)
        line_add(l, "0");
}

void call_add_flags(struct line_out *l, const struct word_style *style, int flags)
{
    add_flags(l, style, message_flags, flags, true);
}

void call_add_type(struct line_out *l, const struct word_style *style, int type)
{
    call_add_word(l, style, WORDS_TYPE, type & ~TYPE_FLAGS);
    add_flags(l, style, type_flags, type & TYPE_FLAGS, false);
}

void call_add_type_flags(struct line_out *l, const struct word_style *style, int flags)
{
    add_flags(l, style, type_flags, flags, true);
}
