#include "ui/console/kernel_news.h"

#include <stdio.h>

#include "core/base/line.h"
#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/model/kernel_event.h"

static const struct kernel_events_status *status_of(const struct model *m)
{
    return m->snapshot ? m->snapshot->events : NULL;
}

static uint64_t n_unseen(const struct model *m)
{
    /* Also where a filter hides what would be counted now: what was counted stays so. */
    return m->snapshot ? m->snapshot->unseen : 0;
}

static uint64_t n_lost(const struct model *m)
{
    return status_of(m) ? status_of(m)->lost : 0;
}

static void add_count(struct line_out *l, uint64_t n, const char *what)
{
    char number[TEXT_NUMBER_BYTES];

    if (n)
        line_add(l, "%s%s %s", l->used ? " · " : "", text_number(n, number), what);
}

bool kernel_news_lacks(const struct model *m)
{
    return n_unseen(m) || n_lost(m) || m->gone.untold;
}

const char *kernel_news_status(const struct model *m, enum kernel_news_form form,
                               char buf[KERNEL_NEWS_BYTES])
{
    static const char *const extents[] = {[KERNEL_EVENTS_NONE] = "off",
                                          [KERNEL_EVENTS_SOME] = "partly on",
                                          [KERNEL_EVENTS_ALL] = "on"};
    struct line_out l = line_in(buf, KERNEL_NEWS_BYTES);

    if (status_of(m) && (form != KERNEL_NEWS_COUNTS || !kernel_news_lacks(m)))
        line_add(&l, "%sevents %s", form == KERNEL_NEWS_WHOLE ? "kernel " : "",
                 extents[kernel_events_extent(status_of(m), NULL)]);
    add_count(&l, n_unseen(m), "unseen");
    add_count(&l, n_lost(m), "lost");
    add_count(&l, m->gone.untold, "untold");
    return buf;
}

bool kernel_news_why_not(const struct model *m, char *buf, size_t size)
{
    const struct err *why;
    char text[512];

    if (!status_of(m) || kernel_events_extent(status_of(m), &why) == KERNEL_EVENTS_ALL)
        return false;
    error_format(why, text, sizeof(text));
    snprintf(buf, size, "%s kernel events: %s",
             kernel_events_extent(status_of(m), NULL) == KERNEL_EVENTS_SOME ? "not all" : "no",
             text);
    return true;
}
