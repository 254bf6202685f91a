/* core/net/load_http.c - a load of GET requests.  Each answer must be whole, its status below 400,
 * and its body that of the first one. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/net/load_internal.h"
#include "core/wire/http_response.h"

#define REQUEST_BYTES (LOAD_PATH_BYTES + LOAD_HOST_BYTES + 256)
#define STATUS_BAD 400

/* The first answer. */
struct first_body {
    bool known;
    uint64_t bytes, hash;
};

/* Nothing that would end a line or a word of it. */
static bool is_word(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

static void name_host(const struct load_settings *s, char *ret, size_t size)
{
    const struct endpoint *e = &s->endpoint;

    if (s->host[0])
        snprintf(ret, size, "%s", s->host);
    else if (!e->host[0])
        snprintf(ret, size, "localhost");
    else if (e->port == (e->scheme == ENDPOINT_TLS ? 443 : 80))
        snprintf(ret, size, strchr(e->host, ':') ? "[%s]" : "%s", e->host);
    else
        snprintf(ret, size, strchr(e->host, ':') ? "[%s]:%u" : "%s:%u", e->host, e->port);
}

static int http_prepare(struct load *l, struct err *err)
{
    const struct load_settings *s = &l->settings;
    char host[LOAD_HOST_BYTES], request[REQUEST_BYTES];
    int len;

    name_host(s, host, sizeof(host));
    if (s->path[0] != '/' || !is_word(s->path))
        return err_set(err, -EINVAL, "load", s->path,
                       "a path begins with / and has no spaces: write %%20");
    if (!is_word(host))
        return err_set(err, -EINVAL, "load", host, "a host header is one word");
    len =
        snprintf(request, sizeof(request),
                 "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: sockeye\r\nAccept: */*\r\n%s\r\n",
                 s->path, host, s->one_each ? "Connection: close\r\n" : "");
    out_fill_request(&l->out, request, (size_t)len);
    l->unit_bytes = (uint64_t)len;
    l->memory = mem_new(1, sizeof(struct first_body));
    return 0;
}

static void check(struct conn *c, const struct http_response *r, uint64_t now_ns)
{
    struct load *l = c->load;
    struct first_body *first = l->memory;
    unsigned class = r->status / 100;

    l->counts.status[class <= 5 ? class : 0]++;
    if (r->status >= STATUS_BAD) {
        stream_refused(c, LOAD_FAULT_STATUS, "status %u", r->status);
        return;
    }
    if (!first->known)
        *first =
            (struct first_body){.known = true, .bytes = r->body_bytes, .hash = r->body_hash};
    if (!l->settings.unchecked && (first->bytes != r->body_bytes ||
                                   (l->settings.same_body && first->hash != r->body_hash)))
        stream_refused(c, LOAD_FAULT_MISMATCH,
                       "a body of %" PRIu64 " bytes is not the first one, of %" PRIu64 " bytes",
                       r->body_bytes, first->bytes);
    else
        stream_answered(c, now_ns);
}

static bool malformed(struct conn *c, uint64_t now_ns, const char *wrong)
{
    conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_MALFORMED, 0, "%s", wrong);
    return false;
}

static bool http_received(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    struct http_response *r = c->reader;

    c->received += len;
    while (len) {
        size_t used;
        int result = http_response_feed(r, bytes, len, &used);

        bytes += used;
        len -= used;
        if (result < 0)
            return malformed(c, now_ns, r->wrong);
        if (result == 0)
            break;
        if (!c->used)
            return malformed(c, now_ns, "a response came that nobody had asked for");
        check(c, r, now_ns);
        if (!r->closes && !c->load->per_request)
            continue;
        /* What it leaves unanswered was not done (RFC 9112, 9.3.2) and is asked again. */
        conn_finish(c, now_ns);
        return false;
    }
    return true;
}

static void http_ended(struct conn *c, uint64_t now_ns)
{
    struct http_response *r = c->reader;

    if (http_response_finish(r) == 1 && c->used)
        check(c, r, now_ns);
}

static void http_closed(struct conn *c)
{
    memset(c->reader, 0, sizeof(struct http_response));
}

static void http_done(struct load *l)
{
    free(l->memory);
}

const struct protocol http_protocol = {.reader_bytes = sizeof(struct http_response),
                                       .prepare = http_prepare,
                                       .received = http_received,
                                       .ended = http_ended,
                                       .closed = http_closed,
                                       .done = http_done};
