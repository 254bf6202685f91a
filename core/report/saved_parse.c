/* A saved socket table read back, token by token, and compared. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/message/json.h"
#include "core/report/saved.h"

#define NESTING_MAX 8

struct reading {
    struct json_reader r;
    struct saved *to;
    bool ours, has_sockets;
    const char *reason; /* of a failure that is no JSON error */
};

static int fail(struct reading *d, const char *reason)
{
    d->reason = reason;
    return -EBADMSG;
}

static int take_text(struct reading *d, const struct json_token *t, char *buf, size_t size)
{
    char raw[6 * SAVED_TEXT_BYTES + 1]; /* as many as \u0000 for each */
    size_t n;

    if (t->kind != JSON_STRING || t->len >= sizeof(raw))
        return fail(d, "a text is missing or too long");
    n = json_unescape(d->r.text, t, raw);
    text_clean(raw, n, buf, size);
    return 0;
}

static int take_place(struct reading *d, const struct json_token *t, uint32_t *ret)
{
    char text[SAVED_TEXT_BYTES];
    int rc = take_text(d, t, text, sizeof(text));

    if (rc == 0)
        *ret = texts_add(&d->to->texts, text, strlen(text));
    return rc;
}

static int take_number(struct reading *d, const struct json_token *t, uint64_t *ret)
{
    char digits[24];

    if (t->kind != JSON_NUMBER || t->len >= sizeof(digits))
        return fail(d, "a number is missing or too large");
    memcpy(digits, d->r.text + t->at, t->len);
    digits[t->len] = '\0';
    if (strspn(digits, "0123456789") != t->len)
        return fail(d, "a number is not a count");
    errno = 0;
    *ret = strtoull(digits, NULL, 10);
    return errno ? fail(d, "a number is missing or too large") : 0;
}

/* The rest of a value that began with t. */
static int skip(struct reading *d, const struct json_token *t)
{
    struct json_token in = *t;
    int rc = 0;

    if (t->kind != JSON_OBJECT && t->kind != JSON_ARRAY)
        return 0;
    do
        rc = json_next(&d->r, &in);
    while (rc == 0 && !((in.kind == JSON_OBJECT_END || in.kind == JSON_ARRAY_END) &&
                        in.depth == t->depth));
    return rc;
}

/* null is what was not known then. */
static int take_figure(struct reading *d, const struct json_token *t, uint64_t *ret)
{
    if (t->kind != JSON_NULL)
        return take_number(d, t, ret);
    *ret = QUEUE_UNKNOWN;
    return 0;
}

static int take_member(struct reading *d, const struct json_token *key,
                       const struct json_token *value, struct saved_row *row)
{
    const struct {
        const char *name;
        uint32_t *place;
    } texts[] = {{"proto", &row->proto},
                 {"state", &row->state},
                 {"local", &row->local},
                 {"peer", &row->peer},
                 {"owner", &row->owner}};
    const struct {
        const char *name;
        uint64_t *number;
    } queues[] = {{"recvq", &row->recvq}, {"sendq", &row->sendq}};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (json_string_is(d->r.text, key, texts[i].name))
            return take_place(d, value, texts[i].place);
    for (size_t i = 0; i < sizeof(queues) / sizeof(queues[0]); i++)
        if (json_string_is(d->r.text, key, queues[i].name))
            return take_figure(d, value, queues[i].number);
    if (json_string_is(d->r.text, key, "cookie"))
        return take_number(d, value, &row->cookie);
    return skip(d, value);
}

static int take_row(struct reading *d)
{
    struct saved_row row = {0};
    struct json_token key, value;
    int rc;

    while ((rc = json_next(&d->r, &key)) == 0 && key.kind == JSON_KEY) {
        rc = json_next(&d->r, &value);
        if (rc == 0)
            rc = take_member(d, &key, &value, &row);
        if (rc < 0)
            return rc;
    }
    if (rc < 0)
        return rc;
    if (!row.proto || !row.local || !row.peer || !row.state)
        return fail(d, "a socket has no protocol, state or address");
    *saved_new_row(d->to) = row;
    return 0;
}

static int take_sockets(struct reading *d, const struct json_token *t)
{
    struct json_token in;
    int rc;

    if (t->kind != JSON_ARRAY)
        return fail(d, "its sockets are no list");
    d->has_sockets = true;
    while ((rc = json_next(&d->r, &in)) == 0 && in.kind == JSON_OBJECT) {
        if (d->to->n_rows == SAVED_ROWS_MAX)
            return -E2BIG; /* before it is taken: saved_new_row() would give none */
        rc = take_row(d);
        if (rc < 0)
            return rc;
    }
    if (rc == 0 && in.kind != JSON_ARRAY_END)
        return fail(d, "its sockets are no list of objects");
    return rc;
}

static int take_top(struct reading *d, const struct json_token *key,
                    const struct json_token *value)
{
    const char *text = d->r.text;
    uint64_t schema;
    int rc;

    if (json_string_is(text, key, "format")) {
        d->ours = value->kind == JSON_STRING && json_string_is(text, value, SAVED_FORMAT);
        return 0;
    }
    if (json_string_is(text, key, "schema")) {
        rc = take_number(d, value, &schema);
        return rc == 0 && schema != 1 ? fail(d, "it is of another version") : rc;
    }
    if (json_string_is(text, key, "boot"))
        return take_text(d, value, d->to->boot, sizeof(d->to->boot));
    if (json_string_is(text, key, "choice"))
        return take_text(d, value, d->to->choice, sizeof(d->to->choice));
    if (json_string_is(text, key, "wall_ns"))
        return take_number(d, value, &d->to->wall_ns);
    if (json_string_is(text, key, "sockets") && !d->has_sockets)
        return take_sockets(d, value);
    return skip(d, value);
}

static int read_document(struct reading *d)
{
    struct json_token t, value;
    int rc = json_next(&d->r, &t);

    if (rc == 0 && t.kind != JSON_OBJECT)
        return fail(d, "it is no object");
    while (rc == 0 && (rc = json_next(&d->r, &t)) == 0 && t.kind == JSON_KEY) {
        rc = json_next(&d->r, &value);
        if (rc == 0)
            rc = take_top(d, &t, &value);
    }
    if (rc == 0)
        rc = json_next(&d->r, &t); /* nothing may follow */
    if (rc == 0 && (!d->ours || !d->has_sockets))
        return fail(d, "it was not made by sockets --save");
    return rc;
}

int saved_parse(const char *text, size_t len, struct saved *ret, struct err *err)
{
    struct saved saved = {0};
    struct reading d = {.to = &saved};
    char why[160];
    int rc;

    json_reader_init(&d.r, text, len, NESTING_MAX);
    rc = read_document(&d);
    if (rc == 0) {
        *ret = saved;
        return 0;
    }
    saved_done(&saved);
    if (d.r.reason[0])
        rc = -EBADMSG; /* the reader's own limit is no number of sockets */
    if (rc == -E2BIG)
        snprintf(why, sizeof(why), "more than %u sockets", SAVED_ROWS_MAX);
    else
        snprintf(why, sizeof(why), "not what sockets --save writes: %s (byte %zu)",
                 d.reason ? d.reason : d.r.reason, d.reason ? d.r.at : d.r.wrong_at);
    return err_set(err, rc, "read", "saved sockets", "%s", why);
}

/* ---- comparing ------------------------------------------------------------------------- */

struct entry {
    const struct saved_row *row;
    char *key;
    bool met;
    unsigned twins; /* others with the same key, which bear numbers */
    UT_hash_handle hh;
};

/* What a socket is known by; the caller's to free(). */
static char *key_of(const struct saved *s, const struct saved_row *row, bool by_cookie)
{
    const char *proto = texts_at(&s->texts, row->proto),
               *local = texts_at(&s->texts, row->local), *peer = texts_at(&s->texts, row->peer);
    size_t size = strlen(proto) + strlen(local) + strlen(peer) + 32;
    char *key = mem_new(size, 1);

    if (by_cookie && row->cookie)
        snprintf(key, size, "%" PRIu64, row->cookie);
    else
        snprintf(key, size, "%s\n%s\n%s", proto, local, peer);
    return key;
}

/* Those without a cookie that share an address (SO_REUSEPORT) are told apart by their number. */
static void number_twin(struct entry *e, struct entry *first)
{
    size_t size = strlen(e->key) + 16;
    char *key = mem_new(size, 1);

    snprintf(key, size, "%s\n%u", e->key, ++first->twins);
    free(e->key);
    e->key = key;
}

static struct entry *table_of(const struct saved *s, bool by_cookie, struct entry *entries)
{
    struct entry *table = NULL, *first;

    for (size_t i = 0; i < s->n_rows; i++) {
        struct entry *e = &entries[i];

        e->row = &s->rows[i];
        e->key = key_of(s, e->row, by_cookie);
        HASH_FIND_STR(table, e->key, first);
        if (first)
            number_twin(e, first);
        HASH_ADD_KEYPTR(hh, table, e->key, strlen(e->key), e);
    }
    return table;
}

static bool same_state(const struct saved *then, const struct saved_row *a,
                       const struct saved *now, const struct saved_row *b)
{
    return strcmp(texts_at(&then->texts, a->state), texts_at(&now->texts, b->state)) == 0;
}

void saved_compare(const struct saved *then, const struct saved *now,
                   void (*tell)(void *ctx, enum difference what, const struct saved_row *then,
                                const struct saved_row *now),
                   void *ctx)
{
    bool by_cookie = then->boot[0] && strcmp(then->boot, now->boot) == 0;
    struct entry *old = mem_new(then->n_rows + 1, sizeof(*old));
    struct entry *new = mem_new(now->n_rows + 1, sizeof(*new));
    struct entry *old_table = table_of(then, by_cookie, old);
    struct entry *new_table = table_of(now, by_cookie, new);

    for (size_t i = 0; i < then->n_rows; i++) {
        struct entry *e;

        HASH_FIND_STR(new_table, old[i].key, e);
        if (!e) {
            tell(ctx, DIFFERENCE_GONE, old[i].row, NULL);
            continue;
        }
        e->met = true;
        if (!same_state(then, old[i].row, now, e->row))
            tell(ctx, DIFFERENCE_STATE, old[i].row, e->row);
        else if (old[i].row->recvq != e->row->recvq || old[i].row->sendq != e->row->sendq)
            tell(ctx, DIFFERENCE_QUEUES, old[i].row, e->row);
    }
    for (size_t i = 0; i < now->n_rows; i++)
        if (!new[i].met)
            tell(ctx, DIFFERENCE_NEW, NULL, new[i].row);
    HASH_CLEAR(hh, old_table);
    HASH_CLEAR(hh, new_table);
    for (size_t i = 0; i < then->n_rows; i++)
        free(old[i].key);
    for (size_t i = 0; i < now->n_rows; i++)
        free(new[i].key);
    free(old);
    free(new);
}
