#include "ui/console/passage_cursor.h"

/* Bytes that a passage shows; 0 also where there is no such passage. */
static size_t shown(const struct passage_dumps *d, size_t passage)
{
    if (!passages_read(d->passages, d->transcript, passage, d->view))
        return 0;
    return passage_dumped(d->view, &d->shape);
}

static size_t width(const struct passage_dumps *d)
{
    return passage_dump(d->view, &d->shape).width;
}

/* To the beginning of the next passage that shows bytes; false when there is none. */
static bool to_next(struct passage_cursor *c, const struct passage_dumps *d, size_t from)
{
    for (size_t i = from; i < d->passages->count; i++)
        if (shown(d, i)) {
            *c = (struct passage_cursor){.has = true, .passage = i};
            return true;
        }
    return false;
}

/* To the end of the nearest one before `end`. */
static bool to_previous(struct passage_cursor *c, const struct passage_dumps *d, size_t end)
{
    for (size_t i = end; i-- > 0;) {
        size_t n = shown(d, i);

        if (n) {
            *c = (struct passage_cursor){.has = true, .passage = i, .at = n - 1};
            return true;
        }
    }
    return false;
}

void passage_cursor_to(struct passage_cursor *c, const struct passage_dumps *d, size_t passage)
{
    c->has = false;
    if (!to_next(c, d, passage) && to_previous(c, d, d->passages->count))
        c->at = 0;
}

void passage_cursor_dropped(struct passage_cursor *c, const struct passage_dumps *d, size_t n)
{
    size_t bytes;

    if (!c->has || c->passage < n) {
        passage_cursor_to(c, d, 0);
        return;
    }
    c->passage -= n;
    bytes = shown(d, c->passage);
    if (!bytes)
        passage_cursor_to(c, d, c->passage);
    else if (c->at >= bytes)
        c->at = bytes - 1;
}

static void down(struct passage_cursor *c, const struct passage_dumps *d)
{
    size_t n = shown(d, c->passage), wide = width(d), column = c->at % wide, to = c->at + wide;

    /* The last row of a passage may be shorter than the column. */
    if (n && c->at / wide < (n - 1) / wide)
        c->at = to < n ? to : n - 1;
    else if (to_next(c, d, c->passage + 1))
        c->at = column < shown(d, c->passage) ? column : shown(d, c->passage) - 1;
}

static void up(struct passage_cursor *c, const struct passage_dumps *d)
{
    size_t wide, column;

    shown(d, c->passage);
    wide = width(d);
    column = c->at % wide;
    if (c->at >= wide)
        c->at -= wide;
    else if (to_previous(c, d, c->passage) && column < c->at % wide)
        c->at -= c->at % wide - column;
}

bool passage_cursor_move(struct passage_cursor *c, const struct passage_dumps *d,
                         enum action action, int half)
{
    switch (action) {
    case ACTION_UP:
        up(c, d);
        return true;
    case ACTION_DOWN:
        down(c, d);
        return true;
    case ACTION_PAGE_UP:
        while (half-- > 0)
            up(c, d);
        return true;
    case ACTION_PAGE_DOWN:
        while (half-- > 0)
            down(c, d);
        return true;
    case ACTION_LEFT:
        if (c->at > 0)
            c->at--;
        else
            to_previous(c, d, c->passage);
        return true;
    case ACTION_RIGHT:
        if (c->at + 1 < shown(d, c->passage))
            c->at++;
        else
            to_next(c, d, c->passage + 1);
        return true;
    case ACTION_FIRST:
        passage_cursor_to(c, d, 0);
        return true;
    default:
        return false;
    }
}
