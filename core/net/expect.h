/* core/net/expect.h - what must come back, compared as it comes.
 *
 * Two streams of bytes without boundaries: it does not matter in which pieces either comes.  One
 * owner, one thread. */
#ifndef SOCKEYE_NET_EXPECT_H
#define SOCKEYE_NET_EXPECT_H

#include "core/net/feed.h"

struct expectation;

/* That the bytes of a feed come back, which the expectation owns from here on. */
struct expectation *expect_feed(struct feed *f);
/* That what a text means with its escapes comes back. */
struct expectation *expect_text(const char *escaped);
/* What a connect command says must come back; *ret is NULL when anything may. */
int expect_of_settings(const struct connect_settings *settings, struct expectation **ret,
                       struct err *err);
void expect_free(struct expectation *e); /* NULL is a no-op */

/* These bytes have come.  Returns 0; -EBADMSG when they differ or are too many, with the first
 * differing offset in err; or what the feed failed with.  After an error nothing more is taken. */
int expect_take(struct expectation *e, const uint8_t *bytes, size_t len, struct err *err);
/* Has all of it come?  0; -ENODATA with err, which says after how many bytes it ends; or what the
 * feed failed with. */
int expect_end(struct expectation *e, struct err *err);

#endif
