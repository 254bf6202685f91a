#include "core/model/workspace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/model/command.h"
#include "core/model/config.h"

#define FILE_MODE 0600

void workspace_done(struct workspace *w)
{
    for (size_t i = 0; i < w->n_lines; i++)
        free(w->lines[i].text);
    memset(w, 0, sizeof(*w));
}

bool workspace_add(struct workspace *w, bool server, const char *text)
{
    if (w->n_lines == WORKSPACE_LINES)
        return false;
    w->lines[w->n_lines++] =
        (struct workspace_line){mem_copy(text, strlen(text) + 1), server, 0};
    return true;
}

/* --- reading ---------------------------------------------------------------------------- */

struct reading {
    struct workspace *w;
    const struct json_text *text;
    struct err *err;
};

/* A member of an object: who reads it, and into what. */
struct member {
    const char *name;
    int (*read)(const struct reading *r, const cJSON *item, const char *field, void *to);
    void *to;
};

#define FIELD_BYTES 96

static int wrong(const struct reading *r, const cJSON *item, const char *field,
                 const char *reason)
{
    return config_wrong(r->text->path, json_text_line(r->text, item), field, r->err, "%s",
                        reason);
}

/* Every member of an object, each once. */
static int read_object(const struct reading *r, const cJSON *object, const char *field,
                       const struct member *members, size_t n)
{
    const cJSON *item;
    unsigned seen = 0;

    if (!cJSON_IsObject(object))
        return wrong(r, object, field, "it is to be an object");
    cJSON_ArrayForEach(item, object)
    {
        char inner[FIELD_BYTES];
        size_t i = 0;
        int code;

        snprintf(inner, sizeof(inner), "%.54s%s%.40s", field, field[0] ? "." : "",
                 item->string);
        while (i < n && strcmp(members[i].name, item->string) != 0)
            i++;
        if (i == n)
            return wrong(r, item, inner, "there is no such field");
        if (seen & 1U << i)
            return wrong(r, item, inner, "it stands there already");
        seen |= 1U << i;
        code = members[i].read(r, item, inner, members[i].to);
        if (code < 0)
            return code;
    }
    return 0;
}

/* A printable string of less than size bytes. */
static int read_text(const struct reading *r, const cJSON *item, const char *field, char *to,
                     size_t size)
{
    const char *text = cJSON_GetStringValue(item);

    if (!text)
        return wrong(r, item, field, "it is to be a string");
    if (strlen(text) >= size)
        return wrong(r, item, field, "it is too long");
    if (!text_is_printable(text))
        return wrong(r, item, field, "it holds characters that cannot be shown");
    strcpy(to, text);
    return 0;
}

static int read_name(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    return read_text(r, item, field, to, WORKSPACE_NAME_BYTES);
}

static int read_filter(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    return read_text(r, item, field, to, WORKSPACE_FILTER_BYTES);
}

static int read_long(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    return read_text(r, item, field, to, WORKSPACE_LONG_BYTES);
}

static int read_switch(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    if (!cJSON_IsBool(item))
        return wrong(r, item, field, "it is to be true or false");
    *(bool *)to = cJSON_IsTrue(item);
    return 0;
}

static int read_cells(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    double n = cJSON_GetNumberValue(item);

    if (!cJSON_IsNumber(item) || !(n >= -WORKSPACE_CELLS && n <= WORKSPACE_CELLS) ||
        n != (double)(int)n)
        return wrong(r, item, field, "it is to be a whole number from -2000 to 2000");
    *(int *)to = (int)n;
    return 0;
}

static int read_version(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    (void)to;
    if (!cJSON_IsNumber(item))
        return wrong(r, item, field, "it is to be a number");
    if (item->valuedouble != WORKSPACE_SCHEMA)
        return config_wrong(r->text->path, json_text_line(r->text, item), field, r->err,
                            "it is of version %.15g; this sockeye knows version %d",
                            item->valuedouble, WORKSPACE_SCHEMA);
    return 0;
}

static int read_nothing(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    (void)to;
    return cJSON_IsString(item) ? 0 : wrong(r, item, field, "it is to be a string");
}

/* --- commands --------------------------------------------------------------------------- */

static int check_command(const struct reading *r, const cJSON *item, const char *field,
                         enum verb verb)
{
    const char *line = cJSON_GetStringValue(item);
    struct command *c;
    struct err why = {0};
    int code;

    if (!line)
        return wrong(r, item, field, "it is to be a string");
    if (strlen(line) >= COMMAND_LINE_BYTES || !text_is_printable(line))
        return wrong(r, item, field, "this is no command");
    c = mem_new(1, sizeof(*c));
    code = command_parse(line, c, &why);
    if (code < 0)
        code = config_wrong(r->text->path, json_text_line(r->text, item), field, r->err,
                            "%.60s%s%s", why.input, why.input[0] ? ": " : "", why.reason);
    else if (c->verb != verb)
        code = config_wrong(r->text->path, json_text_line(r->text, item), field, r->err,
                            "the command is to be %s", verbs[verb].name);
    free(c);
    return code;
}

static int read_lines(const struct reading *r, const cJSON *array, const char *field,
                      bool server)
{
    const cJSON *item;
    size_t i = 0;

    if (!cJSON_IsArray(array))
        return wrong(r, array, field, "it is to be an array of commands");
    cJSON_ArrayForEach(item, array)
    {
        char inner[FIELD_BYTES];
        int code;

        snprintf(inner, sizeof(inner), "%s[%zu]", field, i++);
        code = check_command(r, item, inner, server ? VERB_SERVE : VERB_CONNECT);
        if (code < 0)
            return code;
        if (!workspace_add(r->w, server, cJSON_GetStringValue(item)))
            return wrong(r, item, inner, "there are more than 256 servers and sessions");
        r->w->lines[r->w->n_lines - 1].line = json_text_line(r->text, item);
    }
    return 0;
}

static int read_servers(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    (void)to;
    return read_lines(r, item, field, true);
}

static int read_sessions(const struct reading *r, const cJSON *item, const char *field,
                         void *to)
{
    (void)to;
    return read_lines(r, item, field, false);
}

/* Wherever they stand in the file: a session may need a server. */
static void put_servers_first(struct workspace *w)
{
    for (size_t i = 1; i < w->n_lines; i++)
        for (size_t j = i; j > 0 && w->lines[j].server && !w->lines[j - 1].server; j--) {
            struct workspace_line line = w->lines[j];

            w->lines[j] = w->lines[j - 1];
            w->lines[j - 1] = line;
        }
}

/* --- filters, view, layout -------------------------------------------------------------- */

#define MEMBERS(list) list, sizeof(list) / sizeof((list)[0])

static int read_filters(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    struct workspace *w = r->w;
    const struct member members[] = {
        {"sockets", read_filter, w->filter},
        {"packets", read_filter, w->packet_filters[0]},
        {"packets-2", read_filter, w->packet_filters[1]},
        {"capture", read_long, w->capture_filter},
    };

    (void)to;
    w->has_filters = true;
    w->filters_line = json_text_line(r->text, item);
    return read_object(r, item, field, MEMBERS(members));
}

static int read_view(const struct reading *r, const cJSON *item, const char *field, void *to)
{
    struct workspace_view *v = &r->w->view;
    const struct member members[] = {
        {"screen", read_name, v->screen},
        {"sockets", read_name, v->sockets},
        {"sort", read_name, v->sort},
        {"descending", read_switch, &v->descending},
        {"columns", read_long, v->columns},
        {"sums", read_name, v->sums},
        {"sums_descending", read_switch, &v->sums_descending},
    };

    (void)to;
    r->w->has_view = true;
    v->line = json_text_line(r->text, item);
    return read_object(r, item, field, MEMBERS(members));
}

/* The name of a member that is one of many; "" member names and those too long are none. */
static int take_name(const struct reading *r, const cJSON *item, const char *field, char *to)
{
    if (!item->string[0] || strlen(item->string) >= WORKSPACE_NAME_BYTES ||
        !text_is_printable(item->string))
        return wrong(r, item, field, "this is no name");
    strcpy(to, item->string);
    return 0;
}

static int read_pane(const struct reading *r, const cJSON *item, const char *field,
                     struct workspace_screen *s)
{
    struct workspace_pane *p = &s->panes[s->n_panes];
    char inner[FIELD_BYTES];
    int code;

    snprintf(inner, sizeof(inner), "%.50s.%.40s", field, item->string);
    if (s->n_panes == WORKSPACE_PANES)
        return wrong(r, item, inner, "there are too many");
    code = take_name(r, item, inner, p->name);
    if (code < 0)
        return code;
    for (size_t i = 0; i < s->n_panes; i++)
        if (strcmp(s->panes[i].name, p->name) == 0)
            return wrong(r, item, inner, "it stands there already");
    s->n_panes++;
    p->line = json_text_line(r->text, item);
    {
        const struct member members[] = {{"rows", read_cells, &p->rows},
                                         {"columns", read_cells, &p->columns}};

        return read_object(r, item, inner, MEMBERS(members));
    }
}

static int read_sizes(const struct reading *r, const cJSON *object, const char *field, void *to)
{
    const cJSON *item;
    int code = 0;

    if (!cJSON_IsObject(object))
        return wrong(r, object, field, "it is to be an object");
    cJSON_ArrayForEach(item, object)
    {
        code = read_pane(r, item, field, to);
        if (code < 0)
            return code;
    }
    return code;
}

static int read_screen(const struct reading *r, const cJSON *item, const char *field)
{
    struct workspace_screen *s = &r->w->screens[r->w->n_screens];
    const struct member members[] = {{"preset", read_name, s->layout},
                                     {"split", read_name, s->split},
                                     {"sizes", read_sizes, s}};
    char inner[FIELD_BYTES];
    int code;

    snprintf(inner, sizeof(inner), "%s.%.40s", field, item->string);
    if (r->w->n_screens == WORKSPACE_SCREENS)
        return wrong(r, item, inner, "there are too many");
    code = take_name(r, item, inner, s->name);
    if (code < 0)
        return code;
    for (size_t i = 0; i < r->w->n_screens; i++)
        if (strcmp(r->w->screens[i].name, s->name) == 0)
            return wrong(r, item, inner, "it stands there already");
    r->w->n_screens++;
    s->line = json_text_line(r->text, item);
    return read_object(r, item, inner, MEMBERS(members));
}

static int read_layout(const struct reading *r, const cJSON *object, const char *field,
                       void *to)
{
    const cJSON *item;
    int code = 0;

    (void)to;
    r->w->has_layout = true;
    if (!cJSON_IsObject(object))
        return wrong(r, object, field, "it is to be an object");
    cJSON_ArrayForEach(item, object)
    {
        code = read_screen(r, item, field);
        if (code < 0)
            return code;
    }
    return code;
}

int workspace_parse(const struct json_text *text, struct workspace *ret, struct err *err)
{
    static const struct member members[] = {
        {"$schema", read_nothing, NULL}, {"schema", read_version, NULL},
        {"servers", read_servers, NULL}, {"sessions", read_sessions, NULL},
        {"filters", read_filters, NULL}, {"view", read_view, NULL},
        {"layout", read_layout, NULL},
    };
    struct workspace *w = mem_new(1, sizeof(*w));
    const struct reading r = {w, text, err};
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(text->root, "schema");
    /* Of another version everything else may be otherwise, too. */
    int code = version ? read_version(&r, version, "schema", NULL) : 0;

    if (code == 0)
        code = read_object(&r, text->root, "", MEMBERS(members));
    if (code == 0 && !version)
        code = wrong(&r, text->root, "schema", "it is missing: 1 is this version");
    put_servers_first(w);
    if (code == 0)
        *ret = *w;
    else
        workspace_done(w);
    free(w);
    return code;
}

int workspace_read(const char *path, struct workspace *ret, struct err *err)
{
    struct json_text text = {0};
    int code = json_text_read(path, WORKSPACE_FILE_BYTES, &text, err);

    if (code == 0)
        code = workspace_parse(&text, ret, err);
    json_text_done(&text);
    return code;
}

/* --- writing ---------------------------------------------------------------------------- */

/* A member on a line of its own, `depth` deep. */
static void begin(struct json_writer *w, int depth, const char *name, bool *any)
{
    json_write_text(w, *any ? ",\n" : "\n");
    *any = true;
    for (int i = 0; i < depth; i++)
        json_write_text(w, "  ");
    if (name) {
        json_write_string(w, name, strlen(name), true);
        json_write_text(w, ": ");
    }
}

static void write_text(struct json_writer *w, int depth, const char *name, const char *text,
                       bool *any)
{
    if (!text[0])
        return;
    begin(w, depth, name, any);
    json_write_string(w, text, strlen(text), true);
}

/* One that is off is left out. */
static void write_switch(struct json_writer *w, int depth, const char *name, bool on, bool *any)
{
    if (!on)
        return;
    begin(w, depth, name, any);
    json_write_text(w, "true");
}

static void write_number(struct json_writer *w, int depth, const char *name, int number,
                         bool *any)
{
    char text[16];

    if (!number)
        return;
    snprintf(text, sizeof(text), "%d", number);
    begin(w, depth, name, any);
    json_write_text(w, text);
}

static void write_lines(struct json_writer *out, const struct workspace *w, bool server,
                        bool *any)
{
    bool inner = false;

    for (size_t i = 0; i < w->n_lines; i++) {
        if (w->lines[i].server != server)
            continue;
        if (!inner) {
            begin(out, 1, server ? "servers" : "sessions", any);
            json_write_text(out, "[");
        }
        begin(out, 2, NULL, &inner);
        json_write_string(out, w->lines[i].text, strlen(w->lines[i].text), true);
    }
    if (inner)
        json_write_text(out, "\n  ]");
}

static void write_filters(struct json_writer *out, const struct workspace *w, bool *any)
{
    bool inner = false;

    if (!w->has_filters)
        return;
    begin(out, 1, "filters", any);
    json_write_text(out, "{");
    write_text(out, 2, "sockets", w->filter, &inner);
    write_text(out, 2, "packets", w->packet_filters[0], &inner);
    write_text(out, 2, "packets-2", w->packet_filters[1], &inner);
    write_text(out, 2, "capture", w->capture_filter, &inner);
    json_write_text(out, inner ? "\n  }" : "}");
}

static void write_view(struct json_writer *out, const struct workspace *w, bool *any)
{
    bool inner = false;

    if (!w->has_view)
        return;
    begin(out, 1, "view", any);
    json_write_text(out, "{");
    write_text(out, 2, "screen", w->view.screen, &inner);
    write_text(out, 2, "sockets", w->view.sockets, &inner);
    write_text(out, 2, "sort", w->view.sort, &inner);
    write_switch(out, 2, "descending", w->view.descending, &inner);
    write_text(out, 2, "columns", w->view.columns, &inner);
    write_text(out, 2, "sums", w->view.sums, &inner);
    write_switch(out, 2, "sums_descending", w->view.sums_descending, &inner);
    json_write_text(out, inner ? "\n  }" : "}");
}

static void write_screen(struct json_writer *out, const struct workspace_screen *s)
{
    bool any = false, panes = false;

    json_write_text(out, "{");
    write_text(out, 3, "preset", s->layout, &any);
    write_text(out, 3, "split", s->split, &any);
    if (s->n_panes) {
        begin(out, 3, "sizes", &any);
        json_write_text(out, "{");
    }
    for (size_t i = 0; i < s->n_panes; i++) {
        bool inner = false;

        begin(out, 4, s->panes[i].name, &panes);
        json_write_text(out, "{");
        write_number(out, 5, "rows", s->panes[i].rows, &inner);
        write_number(out, 5, "columns", s->panes[i].columns, &inner);
        json_write_text(out, inner ? "\n        }" : "}");
    }
    if (s->n_panes)
        json_write_text(out, "\n      }");
    json_write_text(out, any ? "\n    }" : "}");
}

static void write_layout(struct json_writer *out, const struct workspace *w, bool *any)
{
    bool inner = false;

    if (!w->has_layout)
        return;
    begin(out, 1, "layout", any);
    json_write_text(out, "{");
    for (size_t i = 0; i < w->n_screens; i++) {
        begin(out, 2, w->screens[i].name, &inner);
        write_screen(out, &w->screens[i]);
    }
    json_write_text(out, inner ? "\n  }" : "}");
}

void workspace_write(const struct workspace *w, struct json_writer *out)
{
    bool any = false;

    json_write_text(out, "{");
    write_number(out, 1, "schema", WORKSPACE_SCHEMA, &any);
    write_lines(out, w, true, &any);
    write_lines(out, w, false, &any);
    write_filters(out, w, &any);
    write_view(out, w, &any);
    write_layout(out, w, &any);
    json_write_text(out, "\n}\n");
}

int workspace_save(const struct workspace *w, const char *path, struct err *err)
{
    struct json_writer out = {0};
    int code;

    workspace_write(w, &out);
    code = file_replace(path, out.bytes, out.len, FILE_MODE);
    free(out.bytes);
    return code < 0 ? err_set(err, code, "write", path, "%s",
                              code == -EEXIST ? "something other than a file is there" : "")
                    : 0;
}
