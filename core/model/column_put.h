/* core/model/column_put.h - what the files of columns share: values are put, columns are made. */
#ifndef SOCKEYE_MODEL_COLUMN_PUT_H
#define SOCKEYE_MODEL_COLUMN_PUT_H

#include <string.h>

#include "core/base/text.h"
#include "core/model/column.h"

static inline void put_number(struct value *v, uint64_t number)
{
    v->kind = VALUE_NUMBER;
    v->number = number;
}

static inline void put_flag(struct value *v, bool set)
{
    v->kind = VALUE_FLAG;
    v->number = set;
}

static inline void put_none(struct value *v, const char *why)
{
    v->kind = VALUE_NONE;
    v->why = why;
}

static inline void put_unknown(struct value *v, const char *why)
{
    v->kind = VALUE_UNKNOWN;
    v->why = why;
}

/* What is longer than a value is cut. */
static inline void put_text(struct value *v, const char *text)
{
    v->kind = VALUE_TEXT;
    v->len = strnlen(text, sizeof(v->text) - 1);
    memcpy(v->text, text, v->len);
    v->text[v->len] = '\0';
}

/* Bytes from outside: cleaned.  Nothing is none. */
static inline void put_foreign(struct value *v, const char *bytes, size_t size)
{
    v->kind = VALUE_TEXT;
    v->len = text_clean(bytes, strnlen(bytes, size), v->text, sizeof(v->text));
    if (!v->len)
        put_none(v, "it has no name");
}

/* One more word of a text whose first ones are there. */
static inline void add_word(struct value *v, const char *word)
{
    size_t len = strlen(word);

    if (v->len + 1 + len >= sizeof(v->text))
        return;
    if (v->len)
        v->text[v->len++] = ' ';
    memcpy(v->text + v->len, word, len + 1);
    v->len += len;
}

/* The words of the bits that are set; none says why_none. */
static inline void put_words(struct value *v, uint32_t bits, const char *const names[],
                             size_t n, const char *why_none)
{
    v->kind = VALUE_TEXT;
    v->len = 0;
    for (size_t i = 0; i < n; i++)
        if (bits >> i & 1)
            add_word(v, names[i]);
    if (!v->len)
        put_none(v, why_none);
}

/* The parts that were asked for and came; NULL after *v says why there are none. */
const struct socket_detail *detail_with(const struct snapshot *s, const struct row *row,
                                        uint32_t part, struct value *v);

/* Why a row has no inode, and with it no process. */
const char *row_without_inode(const struct row *row);

#define GET(name)                                                                              \
    static void get_##name(__attribute__((unused)) const struct snapshot *s,                   \
                           __attribute__((unused)) const struct row *row, struct value *v)

#define TEXT_COLUMN(id, title_, parts_, meaning_)                                              \
    {                                                                                          \
        .name = #id, .title = title_, .parts = parts_, .meaning = meaning_, .get = get_##id    \
    }

#define NUMBER_COLUMN(id, title_, unit_, parts_, meaning_)                                     \
    {                                                                                          \
        .name = #id, .title = title_, .unit = unit_, .right = true, .parts = parts_,           \
        .meaning = meaning_, .get = get_##id                                                   \
    }

/* The columns of a theme, in the order of `--columns help`. */
const struct column *columns_of_row(size_t *ret_n);
const struct column *columns_of_owner(size_t *ret_n);
const struct column *columns_of_detail(size_t *ret_n);
const struct column *columns_of_tcp(size_t *ret_n);

#endif
