/* Fields of any object: texts, names, numbers, and what they refer to. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/column.h"
#include "core/scenario/parse_internal.h"
#include "core/scenario/template.h"

/* --- what is wrong ---------------------------------------------------------------------- */

/* "step 3 (connect), expect 2, " */
static void say_place(const struct reading *r, char *buf, size_t size)
{
    size_t used = 0;

    buf[0] = '\0';
    if (r->step)
        used += (size_t)snprintf(buf, size, "step %zu", r->step);
    if (r->step && r->step_name)
        used += (size_t)snprintf(buf + used, size - used, " (%.30s)", r->step_name);
    if (r->list)
        used += (size_t)snprintf(buf + used, size - used, "%s%s %zu", used ? ", " : "", r->list,
                                 r->item);
    if (used)
        snprintf(buf + used, size - used, ": ");
}

int reading_fail(struct reading *r, const struct json_node *at, const char *field,
                 const char *reason, ...)
{
    char place[100], line[ERR_TEXT_BYTES], text[ERR_TEXT_BYTES], quoted[48] = "";
    va_list args;

    va_start(args, reason);
    vsnprintf(text, sizeof(text), reason, args);
    va_end(args);
    say_place(r, place, sizeof(place));
    if (field)
        snprintf(quoted, sizeof(quoted), "\"%.40s\" ", field);
    snprintf(line, sizeof(line), "%.120s:%zu", r->file, at ? at->line : (size_t)1);
    return err_set(r->err, -EINVAL, "read", line, "%s%s%s", place, quoted, text);
}

int fields_check(struct reading *r, const struct json_node *object, const char *const *fields)
{
    if (object->kind != JSON_OBJECT)
        return reading_fail(r, object, object->key, "is no object");
    for (const struct json_node *n = object->first; n; n = n->next) {
        size_t i = 0;

        while (fields[i] && strcmp(fields[i], n->key) != 0)
            i++;
        if (!fields[i])
            return reading_fail(r, n, n->key, "is none of the fields here");
    }
    return 0;
}

/* --- references ------------------------------------------------------------------------- */

const struct known *known_find(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->n_known; i++)
        if (strcmp(r->known[i].name, name) == 0)
            return &r->known[i];
    return NULL;
}

int known_add(struct reading *r, const struct json_node *at, const char *field,
              const char *name, enum known_kind kind)
{
    if (!name_is_fine(name) || strlen(name) >= SCENARIO_NAME_BYTES)
        return reading_fail(
            r, at, field, "holds '%.30s', which is no name: a-z, 0-9 and _, at most 31", name);
    if (strcmp(name, REFERENCE_BEFORE) == 0)
        return reading_fail(r, at, field, "is 'before', which stands for the run before");
    if (known_find(r, name))
        return reading_fail(r, at, field, "holds '%.30s', which is taken already", name);
    if ((kind == KNOWN_SESSION || kind == KNOWN_SERVER) && r->n_things++ == SCENARIO_THINGS)
        return reading_fail(r, at, field, "is one name more than %d", SCENARIO_THINGS);
    r->known[r->n_known++] = (struct known){name, kind};
    return 0;
}

static bool is_measured(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->n_measured; i++)
        if (strcmp(r->measured[i], name) == 0)
            return true;
    return false;
}

static int tail_check(struct reading *r, const struct json_node *at, const char *field,
                      const struct known *k, const struct reference *ref,
                      enum figure_kind *ret_kind)
{
    const struct figure *f;
    const struct column *c;

    *ret_kind = FIGURE_TEXT;
    if (!*ref->tail || strcmp(ref->tail, "row") == 0)
        return 0;
    if (k->kind == KNOWN_SESSION &&
        (strcmp(ref->tail, "flow") == 0 || strcmp(ref->tail, "peer_row") == 0))
        return 0;
    if (strncmp(ref->tail, "row.", 4) == 0) {
        c = column_find(ref->tail + 4);
        if (!c)
            return reading_fail(r, at, field, "names '%.30s', which is no column",
                                ref->tail + 4);
        r->s->rows = true;
        *ret_kind = c->unit == UNIT_NONE ? FIGURE_TEXT : FIGURE_NUMBER;
        return 0;
    }
    f = k->kind == KNOWN_SERVER ? server_figure_find(ref->tail)
                                : session_figure_find(ref->tail);
    if (!f)
        return reading_fail(r, at, field, "names '%.30s', which is no figure of a %s",
                            ref->tail, k->kind == KNOWN_SERVER ? "server" : "session");
    *ret_kind = f->kind;
    return 0;
}

int reference_check(struct reading *r, const struct json_node *at, const char *field,
                    const char *text, enum figure_kind *ret_kind)
{
    struct reference ref;
    const struct known *k;

    reference_parse(text, &ref);
    *ret_kind = FIGURE_TEXT;
    if (strcmp(ref.head, REFERENCE_BEFORE) == 0) {
        if (ref.other || !is_measured(r, ref.tail))
            return reading_fail(r, at, field, "names '%.40s', which no step measures", text);
        return 0;
    }
    k = known_find(r, ref.head);
    if (!k)
        return reading_fail(r, at, field, "names '%.40s', which nothing here is called yet",
                            ref.head);
    if (k->kind == KNOWN_VARIABLE || k->kind == KNOWN_VALUE) {
        if (ref.other || *ref.tail)
            return reading_fail(r, at, field, "names '%.40s', but %s is no session or server",
                                text, ref.head);
        return 0;
    }
    if (ref.other && k->kind == KNOWN_SERVER)
        return reading_fail(r, at, field, "names '%.40s': a server has no other end", text);
    return tail_check(r, at, field, k, &ref, ret_kind);
}

int thing_check(struct reading *r, const struct json_node *at, const char *field,
                const char *text, enum thing_kind kind)
{
    static const char *const words[] = {"session", "server", "session or server"};
    enum figure_kind ignored;
    struct reference ref;
    const struct known *k;
    int rc = reference_check(r, at, field, text, &ignored);

    if (rc < 0)
        return rc;
    reference_parse(text, &ref);
    k = known_find(r, ref.head);
    if (*ref.tail || !k || (k->kind != KNOWN_SESSION && k->kind != KNOWN_SERVER) ||
        (kind == THING_SESSION && k->kind != KNOWN_SESSION) ||
        (kind == THING_SERVER && k->kind != KNOWN_SERVER))
        return reading_fail(r, at, field, "holds '%.40s', which is no %s", text, words[kind]);
    return 0;
}

/* --- texts ------------------------------------------------------------------------------ */

static bool printable(const char *text, bool raw)
{
    size_t len = strlen(text), n;
    uint32_t code;

    for (size_t at = 0; at < len; at += n) {
        n = text_utf8_decode(text + at, len - at, &code);
        if (!n ||
            (!text_printable(code) && !(raw && (code == '\n' || code == '\r' || code == '\t'))))
            return false;
    }
    return true;
}

static int references_check(struct reading *r, const struct json_node *node, const char *field)
{
    const char *at = node->text;
    struct template_piece piece;
    enum figure_kind ignored;
    int rc = 0;

    while (rc == 0 && template_next(&at, &piece))
        if (!piece.literal)
            rc = reference_check(r, node, field, piece.reference, &ignored);
    return rc;
}

int text_check(struct reading *r, const struct json_node *node, const char *field,
               enum text_kind kind, size_t size, bool raw)
{
    const char *wrong;

    if (node->kind != JSON_STRING)
        return reading_fail(r, node, field, "is no text");
    if (!node->text[0])
        return reading_fail(r, node, field, "is empty");
    if (strlen(node->text) >= size)
        return reading_fail(r, node, field, "is longer than %zu bytes", size - 1);
    if (!printable(node->text, raw))
        return reading_fail(r, node, field, "has characters that cannot be shown");
    if (kind == TEXT_PLAIN)
        return 0;
    wrong = template_check(node->text);
    return wrong ? reading_fail(r, node, field, "%s", wrong) : references_check(r, node, field);
}

int field_text(struct reading *r, const struct json_node *object, const char *field,
               enum text_kind kind, size_t size, bool needed, const char **ret)
{
    const struct json_node *node = json_node_get(object, field);
    int rc;

    if (!node)
        return needed ? reading_fail(r, object, field, "is missing") : 0;
    rc = text_check(r, node, field, kind, size, false);
    if (rc == 0)
        *ret = node->text;
    return rc;
}

int field_texts(struct reading *r, const struct json_node *object, const char *field,
                enum text_kind kind, size_t size, size_t max, struct scenario_texts *ret)
{
    const struct json_node *node = json_node_get(object, field), *n;
    int rc = 0;

    if (!node)
        return 0;
    n = node->kind == JSON_ARRAY ? node->first : node;
    if (!n)
        return reading_fail(r, node, field, "is an empty list");
    if (node->kind == JSON_ARRAY && node->n > max)
        return reading_fail(r, node, field, "is a list of more than %zu", max);
    ret->list = mem_new(node->kind == JSON_ARRAY ? node->n : 1, sizeof(*ret->list));
    do {
        rc = text_check(r, n, field, kind, size, false);
        if (rc == 0)
            ret->list[ret->n++] = n->text;
        n = node->kind == JSON_ARRAY ? n->next : NULL;
    } while (rc == 0 && n);
    return rc;
}

int field_pairs(struct reading *r, const struct json_node *object, const char *field,
                enum text_kind kind, size_t max, struct scenario_pairs *ret)
{
    const struct json_node *node = json_node_get(object, field);

    if (!node)
        return 0;
    if (node->kind != JSON_OBJECT)
        return reading_fail(r, node, field, "is no object");
    if (node->n > max)
        return reading_fail(r, node, field, "has more than %zu names", max);
    ret->list = mem_new(node->n + 1, sizeof(*ret->list));
    for (const struct json_node *n = node->first; n; n = n->next) {
        int rc = 0;

        /* A variable may be empty: what stands around it is then alone. */
        if (n->kind == JSON_OBJECT || n->kind == JSON_ARRAY || n->kind == JSON_NULL)
            return reading_fail(r, n, n->key, "is no text, number or flag");
        if (n->kind == JSON_STRING && n->text[0])
            rc = text_check(r, n, n->key, kind, SCENARIO_VALUE_BYTES, false);
        if (rc < 0)
            return rc;
        ret->list[ret->n++] = (struct scenario_pair){n->key, n->text};
    }
    return 0;
}

int field_seconds(struct reading *r, const struct json_node *object, const char *field,
                  bool zero, uint64_t *ret_ns)
{
    const struct json_node *node = json_node_get(object, field);
    uint64_t ns;

    if (!node)
        return 0;
    if (node->kind != JSON_NUMBER || text_seconds(node->text, &ns) < 0 || (!ns && !zero) ||
        ns > SCENARIO_WITHIN_MAX_S * CLOCK_SECOND_NS)
        return reading_fail(r, node, field, "is no number of seconds%s up to %d",
                            zero ? "" : " above 0", SCENARIO_WITHIN_MAX_S);
    *ret_ns = ns;
    return 0;
}
