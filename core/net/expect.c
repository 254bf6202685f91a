#include "core/net/expect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

#define AHEAD_BYTES 4096

struct expectation {
    struct feed *feed;
    uint64_t offset; /* bytes that came and were right */
    size_t at, len;  /* of the feed's bytes: those not compared yet */
    uint8_t ahead[AHEAD_BYTES];
};

struct expectation *expect_feed(struct feed *f)
{
    struct expectation *e = mem_new(1, sizeof(*e));

    e->feed = f;
    return e;
}

struct expectation *expect_text(const char *escaped)
{
    struct feed *f = feed_new();
    char *raw = mem_copy(escaped, strlen(escaped));
    size_t at, len = text_unescape(raw, &at);

    feed_add_bytes(f, raw, len == (size_t)-1 ? 0 : len);
    free(raw);
    return expect_feed(f);
}

int expect_of_settings(const struct connect_settings *settings, struct expectation **ret,
                       struct err *err)
{
    struct feed *f = NULL;
    int r = 0;

    if (settings->expect[0]) {
        *ret = expect_text(settings->expect);
        return 0;
    }
    if (settings->check)
        r = feed_of_received(settings, &f, err);
    if (r == 0)
        *ret = f ? expect_feed(f) : NULL;
    return r;
}

void expect_free(struct expectation *e)
{
    if (!e)
        return;
    feed_free(e->feed);
    free(e);
}

/* Have bytes to compare with.  Returns 0, -ENODATA when there are no more, -EAGAIN when the feed
 * has none yet, or what it failed with. */
static int look_ahead(struct expectation *e, struct err *err)
{
    struct feed_wait wait;
    ssize_t n;

    if (e->at < e->len)
        return 0;
    n = feed_next(e->feed, UINT64_MAX, false, e->ahead, sizeof(e->ahead), &wait, err);
    if (n < 0)
        return (int)n;
    e->at = 0;
    e->len = (size_t)n;
    return 0;
}

static int differs(const struct expectation *e, uint8_t came, struct err *err)
{
    uint8_t wanted = e->ahead[e->at];

    return err_set(err, -EBADMSG, "compare", "",
                   "what came back differs at offset %llu: %02x instead of %02x",
                   (unsigned long long)e->offset, came, wanted);
}

int expect_take(struct expectation *e, const uint8_t *bytes, size_t len, struct err *err)
{
    for (size_t i = 0; i < len; i++) {
        int r = look_ahead(e, err);

        if (r == -ENODATA)
            return err_set(err, -EBADMSG, "compare", "",
                           "what came back differs at offset %llu: nothing more was expected",
                           (unsigned long long)e->offset);
        if (r == -EAGAIN)
            return err_set(err, r, "compare", "", "only regular files can be compared with");
        if (r < 0)
            return r;
        if (bytes[i] != e->ahead[e->at])
            return differs(e, bytes[i], err);
        e->at++;
        e->offset++;
    }
    return 0;
}

int expect_end(struct expectation *e, struct err *err)
{
    int r = look_ahead(e, err);

    if (r == -ENODATA)
        return 0;
    if (r < 0 && r != -EAGAIN)
        return r;
    return err_set(err, -ENODATA, "compare", "",
                   "what came back ends at offset %llu, and more was expected",
                   (unsigned long long)e->offset);
}
