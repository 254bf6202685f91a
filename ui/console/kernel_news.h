/* ui/console/kernel_news.h - whether the kernel tells of sockets by itself, and what nobody saw. */
#ifndef SOCKEYE_CONSOLE_KERNEL_NEWS_H
#define SOCKEYE_CONSOLE_KERNEL_NEWS_H

#include "core/model/model.h"

enum kernel_news_form {
    KERNEL_NEWS_WHOLE,  /* "kernel events on · 3 unseen" */
    KERNEL_NEWS_BRIEF,  /* "events on · 3 unseen" */
    KERNEL_NEWS_COUNTS, /* "3 unseen"; without any as BRIEF */
    KERNEL_NEWS_FORMS
};
/* "" where nobody wants events and nothing was missed.  Returns buf. */
#define KERNEL_NEWS_BYTES 160
const char *kernel_news_status(const struct model *m, enum kernel_news_form form,
                               char buf[KERNEL_NEWS_BYTES]);

/* Whether anything was not seen: what the line above then counts. */
bool kernel_news_lacks(const struct model *m);

/* Why not all events are on, and what grants them; false where they are. */
bool kernel_news_why_not(const struct model *m, char *buf, size_t size);

#endif
