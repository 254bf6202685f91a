#include "core/why/frame_look.h"

#include <stdio.h>
#include <string.h>

#include "core/message/header.h"
#include "core/message/json.h"
#include "core/wire/cursor.h"

void frame_look_init(struct frame_look *l)
{
    *l = (struct frame_look){0};
    decoder_init(&l->decoder, NULL);
}

void frame_look_done(struct frame_look *l)
{
    decoder_done(&l->decoder);
}

void frame_look_feed(struct frame_look *l, const void *bytes, size_t len)
{
    size_t room = sizeof(l->head) - l->n_head, used = 0;

    room = room < len ? room : len;
    memcpy(l->head + l->n_head, bytes, room);
    l->n_head += room;
    l->total += len;
    while (!l->broken && used < len) {
        struct message *m;
        size_t n;
        int r = decoder_feed(&l->decoder, (const uint8_t *)bytes + used, len - used, &n, &m,
                             &l->fault);

        used += n;
        if (r == 1) {
            message_free(m);
            l->n_whole++;
        }
        l->broken = r < 0;
    }
}

/* --- whether it is meant as a message ----------------------------------------------------- */

static bool names_a_field(const char *text, size_t len)
{
    for (size_t i = 0; i < MESSAGE_FIELDS; i++) {
        char quoted[32];
        int n = snprintf(quoted, sizeof(quoted), "\"%s\"", message_field_names[i]);

        if (memmem(text, len, quoted, (size_t)n))
            return true;
    }
    return false;
}

/* All that came is one object in JSON, and the length means just that. */
static bool is_exact_object(const struct frame_look *l, const char *text, size_t len)
{
    struct cursor c = cursor_over(l->head, l->n_head);
    size_t length = cursor_be16(&c);
    struct json_reader reader;
    struct json_member member;
    int r;

    if (l->total != l->n_head || (length != len && header_swapped(length) != len))
        return false;
    json_reader_init(&reader, text, len, MESSAGE_NESTING_MAX);
    while ((r = json_next_member(&reader, &member)) > 0)
        ;
    return r == 0;
}

/* Nothing but text behind a length that means just that. */
static bool is_exact_text(const struct frame_look *l, const char *text, size_t len)
{
    struct cursor c = cursor_over(l->head, l->n_head);

    if (!len || l->total != l->n_head || cursor_be16(&c) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((text[i] < ' ' && !strchr("\t\r\n", text[i])) || text[i] == 0x7f || !text[i])
            return false;
    return true;
}

static bool is_meant(const struct frame_look *l, bool *ret_named)
{
    const char *text = (const char *)l->head + MESSAGE_LENGTH_BYTES;
    size_t len = l->n_head > MESSAGE_LENGTH_BYTES ? l->n_head - MESSAGE_LENGTH_BYTES : 0;
    size_t blanks = 0;

    while (blanks < len && strchr(" \t\r\n", text[blanks]) && text[blanks])
        blanks++;
    if (blanks == len || text[blanks] != '{')
        return is_exact_text(l, text, len);
    *ret_named = names_a_field(text, len);
    return *ret_named || is_exact_object(l, text, len);
}

/* --- what is wrong with it ---------------------------------------------------------------- */

/* The decoder tells a swapped length with its hint, in whichever way it found it. */
static bool is_swapped(const struct frame_look *l)
{
    struct cursor c = cursor_over(l->head, l->n_head);
    size_t swapped = header_swapped(cursor_be16(&c));

    return l->n_whole == 0 && l->n_head >= MESSAGE_LENGTH_BYTES + swapped &&
           header_is_whole(l->head + MESSAGE_LENGTH_BYTES, swapped, MESSAGE_NESTING_MAX);
}

void frame_look_facts(const struct frame_look *l, struct frame_facts *ret)
{
    char progress[DECODER_PROGRESS_BYTES];

    *ret = (struct frame_facts){0};
    if (!l->n_whole && !is_meant(l, &ret->named))
        return;
    ret->named |= l->n_whole > 0;
    if (l->broken && is_swapped(l))
        ret->state = FRAME_SWAPPED;
    else if (l->broken && !l->n_whole)
        ret->state = FRAME_BAD;
    else if (l->broken)
        return; /* messages, and something else behind them */
    else if (l->decoder.message->len)
        ret->state = FRAME_CUT;
    else
        ret->state = FRAME_WHOLE;
    if (l->broken)
        snprintf(ret->why, sizeof(ret->why), "%s", l->fault.err.reason);
    else if (ret->state == FRAME_CUT)
        snprintf(ret->why, sizeof(ret->why), "%s came",
                 decoder_progress(&l->decoder, progress));
}
