#include "core/report/row_copy.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/message/json_print.h"
#include "core/model/column.h"
#include "core/report/rows.h"

/* The row with its own detail, and all else of its snapshot, which stays as it is. */
struct alone {
    struct snapshot snapshot;
    struct row row;
};

static void put_alone(struct alone *a, const struct row_copy *c)
{
    *a = (struct alone){.row = *c->row};
    /* What the observer may still count with stands behind. */
    if (c->snapshot)
        memcpy(&a->snapshot, c->snapshot, offsetof(struct snapshot, n_gone));
    a->snapshot.details = NULL;
    a->snapshot.details_bytes = a->snapshot.details_room = 0;
    a->row.detail = 0;
    if (c->detail)
        snapshot_attach(&a->snapshot, &a->row, c->detail);
}

void row_copy_text(FILE *out, const struct row_copy *c)
{
    struct value value;
    struct alone a;

    put_alone(&a, c);
    for (size_t i = 0; i < column_count(); i++) {
        const struct column *column = column_at(i);
        const char *unit = column->unit == UNIT_COUNT ? "" : unit_name(column->unit);

        column_value(column, &a.snapshot, &a.row, &value);
        if (value.kind == VALUE_UNKNOWN || value.kind == VALUE_NONE)
            continue;
        column_text(column, &a.snapshot, &a.row, &value);
        fprintf(out, "%-20s %s%s%s\n", column->name, value.text, unit[0] ? " " : "", unit);
    }
    free(a.snapshot.details);
}

void row_copy_json(FILE *out, const struct row_copy *c)
{
    struct rows_shape shape = {.form = ROWS_JSON, .owners = true};
    struct alone a;
    cJSON *object;
    char *text;

    for (size_t i = 0; i < column_count(); i++)
        rows_shape_add(&shape, column_at(i));
    put_alone(&a, c);
    object = row_json(&a.snapshot, &a.row, &shape);
    text = json_print(object, false);
    if (text)
        fprintf(out, "%s\n", text);
    free(text);
    cJSON_Delete(object);
    free(a.snapshot.details);
}

/* --- ss --------------------------------------------------------------------------------- */

/* In quotes where a shell would see more than a word. */
static void put_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789./:_@-";
    char clean[TEXT_CLEAN_BYTES(sizeof(((struct netns *)0)->name))];

    if (!word[strspn(word, plain)]) {
        fputs(word, out);
        return;
    }
    text_clean(word, strlen(word), clean, sizeof(clean));
    fputc('\'', out);
    for (const char *c = clean; *c; c++) {
        if (*c == '\'')
            fputs("'\\''", out);
        else
            fputc(*c, out);
    }
    fputc('\'', out);
}

static const char *letters_of(uint8_t kind)
{
    if (KINDS_UNIX & KIND_BIT(kind))
        return "x";
    if (KINDS_PACKET & KIND_BIT(kind))
        return "0";
    switch ((enum socket_kind)kind) {
    case KIND_TCP:
        return "t";
    case KIND_MPTCP:
        return "M";
    case KIND_SCTP:
        return "S";
    case KIND_DCCP:
        return "d";
    case KIND_UDP:
        return "u";
    case KIND_RAW:
    case KIND_ICMP:
        return "w";
    default:
        return "";
    }
}

static const char *family_of(uint8_t kind)
{
    return KINDS_VSOCK & KIND_BIT(kind) ? " -f vsock"
           : kind == KIND_NETLINK       ? " -f netlink"
                                        : "";
}

/* ip-netns(8)'s names ss knows itself; a namespace without one is entered. */
static void put_namespace(FILE *out, const struct row_copy *c)
{
    const struct snapshot *s = c->snapshot;
    const struct netns *ns = s && c->row->netns < s->n_netns ? &s->netns[c->row->netns] : NULL;

    if (ns && ns->name[0] && strncmp(ns->name, "pid ", 4) == 0)
        fprintf(out, "nsenter -t %d -n ss", (int)ns->pid);
    else
        fputs("ss", out);
    if (ns && ns->name[0] && strncmp(ns->name, "pid ", 4) != 0) {
        fputs(" -N ", out);
        put_word(out, ns->name);
    }
}

void row_copy_ss(FILE *out, const struct row_copy *c)
{
    char text[ADDR_TEXT_BYTES];
    const struct row *row = c->row;
    struct addr local = row->local, peer = row->peer;

    local.scope = peer.scope = 0; /* ss has no way to say it */
    put_namespace(out, c);
    fprintf(out, " -%sanempoi%s", letters_of(row->kind), family_of(row->kind));
    if (local.family == AF_INET || local.family == AF_INET6) {
        fputs(" src ", out);
        put_word(out, addr_format(&local, text));
        fputs(" dst ", out);
        put_word(out, addr_format(&peer, text));
    } else if (row->inode) {
        fprintf(out, " | grep -w %u", row->inode);
    }
    fputc('\n', out);
}
