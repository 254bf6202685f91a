#include "ui/console/field_tree.h"

#include <stdio.h>
#include <string.h>

/* Where the name is among the folded ones, or n_folded. */
static size_t folded_index(const struct field_tree *t, const char *name)
{
    size_t i = 0;

    while (i < t->n_folded && strcmp(t->folded[i], name) != 0)
        i++;
    return i;
}

static bool is_branch(const struct dissection *d, size_t field)
{
    return field + 1 < d->n_fields && d->fields[field + 1].depth > d->fields[field].depth;
}

static bool is_folded(const struct field_tree *t, const struct dissection *d, size_t field)
{
    return is_branch(d, field) && folded_index(t, d->fields[field].name) < t->n_folded;
}

static void choose_visible(struct field_tree *t, const struct dissection *d)
{
    size_t n = 0;

    for (size_t i = 0; d && i < d->n_fields;) {
        uint8_t depth = d->fields[i].depth;
        bool folded = is_folded(t, d, i);

        t->visible[n++] = (uint16_t)i++;
        while (folded && i < d->n_fields && d->fields[i].depth > depth)
            i++;
    }
    list_view_count(&t->list, n);
}

void field_tree_load(struct field_tree *t, const struct dissection *d)
{
    t->list.cursor = t->list.top = 0;
    choose_visible(t, d);
}

int field_tree_field(const struct field_tree *t)
{
    return t->list.cursor < t->list.count ? t->visible[t->list.cursor] : -1;
}

void field_tree_to(struct field_tree *t, int field)
{
    size_t at = 0;

    if (field < 0 || !t->list.count)
        return;
    while (at + 1 < t->list.count && t->visible[at + 1] <= field)
        at++;
    list_view_to(&t->list, at);
}

static void go_to_branch(struct field_tree *t, const struct dissection *d, size_t field)
{
    size_t up = field;

    while (up > 0 && d->fields[up].depth >= d->fields[field].depth)
        up--;
    field_tree_to(t, (int)up);
}

void field_tree_fold(struct field_tree *t, const struct dissection *d, enum action action)
{
    int at = field_tree_field(t);
    size_t field = at < 0 ? 0 : (size_t)at, index;

    if (at < 0)
        return;
    index = folded_index(t, d->fields[field].name);
    if (action == ACTION_RIGHT && is_folded(t, d, field))
        t->folded[index] = t->folded[--t->n_folded];
    else if (action == ACTION_LEFT && is_branch(d, field) && index == t->n_folded &&
             t->n_folded < FIELD_TREE_FOLDS)
        t->folded[t->n_folded++] = d->fields[field].name;
    else if (action == ACTION_LEFT && d->fields[field].depth > 0)
        go_to_branch(t, d, field);
    choose_visible(t, d);
}

void field_tree_text(const struct field_tree *t, const struct dissection *d, size_t index,
                     char *buf)
{
    const struct field *f;
    const char *value;

    buf[0] = '\0';
    if (index >= t->list.count)
        return;
    f = &d->fields[t->visible[index]];
    value = field_value(d, f);
    snprintf(buf, LIST_ITEM_BYTES, "%s%s%s", f->name, *value ? ": " : "", value);
}

static enum style field_style(const struct field *f)
{
    return f->validity == FIELD_BAD    ? STYLE_BAD
           : f->depth == 0             ? STYLE_TITLE
           : f->validity == FIELD_GOOD ? STYLE_GOOD
                                       : STYLE_NORMAL;
}

void field_tree_draw(const struct field_tree *t, const struct dissection *d, struct area a,
                     bool mark, bool keys)
{
    size_t left = t->list.count - t->list.top;
    char text[LIST_ITEM_BYTES];

    for (int i = 0; i < a.rows && (size_t)i < left; i++) {
        size_t index = t->list.top + (size_t)i, field = t->visible[index];
        const struct field *f = &d->fields[field];
        int at = 1 + 2 * f->depth;

        field_tree_text(t, d, index, text);
        if (is_folded(t, d, field))
            area_text(a, i, at - 1, STYLE_KEY, "+");
        area_text_cut(a, i, at, a.columns - at, field_style(f), text);
        if (index == t->list.cursor && mark)
            list_view_mark(a, i, keys);
    }
    if (d->fields_dropped && left < (size_t)a.rows)
        area_printf(a, (int)left, 1, STYLE_BAD, "(%zu more fields do not fit)",
                    d->fields_dropped);
}
