/* core/net/load_message.c - a load of framed requests that search for a word.  The content of each
 * answer must be that of the first one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/message/decoder.h"
#include "core/message/encoder.h"
#include "core/net/load_internal.h"

/* What a load keeps of each connection must stay small. */
#define ANSWER_CONTENT_MAX (1U << 20)

static const char request_content[] = "{\"action\": \"search\", \"value\": \"morpheus\"}";
static const struct header_edit keep_alive = {"connection", "keep-alive"};
static const struct message_limits limits = {.header_max = MESSAGE_HEADER_MAX,
                                             .content_max = ANSWER_CONTENT_MAX,
                                             .nesting_max = MESSAGE_NESTING_MAX};

static int message_prepare(struct load *l, struct err *err)
{
    const struct message_draft draft = {.content = request_content,
                                        .content_len = sizeof(request_content) - 1,
                                        .content_type = MESSAGE_TYPE_JSON,
                                        .content_encoding = "utf-8",
                                        .edits = &keep_alive,
                                        .n_edits = l->settings.one_each ? 0 : 1};
    uint8_t *bytes;
    size_t len;
    int r = message_encode(&draft, &bytes, &len, err);

    if (r < 0)
        return r;
    out_fill_request(&l->out, bytes, len);
    l->unit_bytes = len;
    free(bytes);
    return 0;
}

static void message_opened(struct conn *c, uint64_t now_ns)
{
    (void)now_ns;
    decoder_init(c->reader, &limits);
}

static void message_closed(struct conn *c)
{
    decoder_done(c->reader);
    memset(c->reader, 0, sizeof(struct decoder));
}

static bool same_content(const struct message *a, const struct message *b)
{
    return a->content.len == b->content.len && strcmp(a->content_type, b->content_type) == 0 &&
           memcmp(a->bytes + a->content.at, b->bytes + b->content.at, a->content.len) == 0;
}

static void check(struct conn *c, struct message *m, uint64_t now_ns)
{
    struct load *l = c->load;
    const struct message *first = l->memory;

    if (first && !l->settings.unchecked && !same_content(m, first))
        stream_refused(c, LOAD_FAULT_MISMATCH,
                       "a content of %zu bytes is not the first one, of %zu bytes",
                       m->content.len, first->content.len);
    else
        stream_answered(c, now_ns);
    if (first)
        message_free(m);
    else
        l->memory = m;
}

static bool message_received(struct conn *c, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    c->received += len;
    while (len) {
        struct message_fault fault;
        struct message *m;
        size_t used;
        int r = decoder_feed(c->reader, bytes, len, &used, &m, &fault);

        bytes += used;
        len -= used;
        if (r == 0)
            break;
        if (r == 1 && !c->used)
            message_free(m);
        if (r < 0 || !c->used) {
            conn_fail(c, now_ns, LOAD_AT_RECEIVE, LOAD_FAULT_MALFORMED, 0, "%s",
                      r < 0 ? fault.err.reason : "a message came that nobody had asked for");
            return false;
        }
        check(c, m, now_ns);
        if (c->load->per_request) {
            conn_finish(c, now_ns);
            return false;
        }
    }
    return true;
}

static void message_forget(struct load *l)
{
    message_free(l->memory);
}

const struct protocol message_protocol = {.reader_bytes = sizeof(struct decoder),
                                          .prepare = message_prepare,
                                          .opened = message_opened,
                                          .received = message_received,
                                          .closed = message_closed,
                                          .done = message_forget};
