#include "core/report/saved.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"

void saved_done(struct saved *saved)
{
    free(saved->rows);
    texts_done(&saved->texts);
    *saved = (struct saved){0};
}

/* ---- taking rows in -------------------------------------------------------------------- */

static uint32_t keep(struct saved *saved, const char *text)
{
    char clean[SAVED_TEXT_BYTES];
    size_t len = text_clean(text, strlen(text), clean, sizeof(clean));

    return texts_add(&saved->texts, clean, len);
}

static uint32_t owner_of(struct saved *saved, const struct snapshot *s, uint32_t inode)
{
    const struct owner *owner = inode ? snapshot_owner(s, inode) : NULL;
    const struct process *p;
    char text[PROCESS_COMM_BYTES + 48];
    size_t n;

    if (!owner || owner->knowledge != OWNER_KNOWN || !owner->n)
        return 0;
    p = owner_process(&s->owned, owner, 0);
    n = owner_processes(&s->owned, owner);
    if (n > 1)
        snprintf(text, sizeof(text), "%s (%d) and %zu more", process_name(p), p->pid, n - 1);
    else
        snprintf(text, sizeof(text), "%s (%d)", process_name(p), p->pid);
    return keep(saved, text);
}

struct saved_row *saved_new_row(struct saved *saved)
{
    size_t n = saved->n_rows;

    if (n == SAVED_ROWS_MAX) {
        saved->n_beyond++;
        return NULL;
    }
    if ((n & (n - 1)) == 0)
        saved->rows = mem_resize(saved->rows, n ? 2 * n : 1, sizeof(*saved->rows));
    saved->rows[n] = (struct saved_row){0};
    return &saved->rows[saved->n_rows++];
}

void saved_add(struct saved *saved, const struct snapshot *s)
{
    char text[ROW_END_BYTES];

    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        struct saved_row *to = saved_new_row(saved);

        if (!to)
            continue;
        to->cookie = row->cookie;
        to->proto = keep(saved, kind_name((enum socket_kind)row->kind));
        to->state = keep(saved, state_name((enum socket_state)row->state));
        to->local = keep(saved, row_local(s, row, text));
        to->peer = keep(saved, row_peer(s, row, text));
        to->owner = owner_of(saved, s, row->inode);
        to->recvq = row->rqueue;
        to->sendq = row->wqueue;
    }
}

/* ---- writing --------------------------------------------------------------------------- */

static void put_text(struct json_writer *out, const char *name, const char *text)
{
    json_write_text(out, name);
    json_write_string(out, text, strlen(text), true);
}

static void put_number(struct json_writer *out, const char *name, uint64_t n)
{
    char text[32];

    snprintf(text, sizeof(text), "%" PRIu64, n);
    json_write_text(out, name);
    json_write_text(out, text);
}

static void put_queue(struct json_writer *out, const char *name, uint64_t bytes)
{
    if (bytes != QUEUE_UNKNOWN) {
        put_number(out, name, bytes);
        return;
    }
    json_write_text(out, name);
    json_write_text(out, "null");
}

static void put_row(struct json_writer *out, const struct saved *saved,
                    const struct saved_row *row)
{
    put_text(out, "{\"proto\": ", texts_at(&saved->texts, row->proto));
    put_text(out, ", \"state\": ", texts_at(&saved->texts, row->state));
    put_queue(out, ", \"recvq\": ", row->recvq);
    put_queue(out, ", \"sendq\": ", row->sendq);
    put_text(out, ", \"local\": ", texts_at(&saved->texts, row->local));
    put_text(out, ", \"peer\": ", texts_at(&saved->texts, row->peer));
    put_number(out, ", \"cookie\": ", row->cookie);
    put_text(out, ", \"owner\": ", texts_at(&saved->texts, row->owner));
    json_write_text(out, "}");
}

void saved_write(const struct saved *saved, struct json_writer *out)
{
    put_text(out, "{\"schema\": 1, \"format\": ", SAVED_FORMAT);
    put_text(out, ",\n \"boot\": ", saved->boot);
    put_text(out, ", \"choice\": ", saved->choice);
    put_number(out, ", \"wall_ns\": ", saved->wall_ns);
    json_write_text(out, ",\n \"sockets\": [");
    for (size_t i = 0; i < saved->n_rows; i++) {
        json_write_text(out, i ? ",\n  " : "\n  ");
        put_row(out, saved, &saved->rows[i]);
    }
    json_write_text(out, "\n]}\n");
}
