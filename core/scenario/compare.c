#include "core/scenario/compare.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum op { OP_EQUAL, OP_NOT, OP_LESS, OP_AT_MOST, OP_MORE, OP_AT_LEAST, OP_CONTAINS };

/* The longer ones first. */
static const struct {
    const char *text;
    enum op op;
} ops[] = {
    {"!=", OP_NOT}, {"<=", OP_AT_MOST}, {">=", OP_AT_LEAST}, {"<", OP_LESS},
    {">", OP_MORE}, {"=", OP_EQUAL},    {"~", OP_CONTAINS},
};

/* The value behind the operator. */
static const char *split(const char *comparison, enum op *ret)
{
    *ret = OP_EQUAL;
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        size_t len = strlen(ops[i].text);

        if (strncmp(comparison, ops[i].text, len) != 0)
            continue;
        *ret = ops[i].op;
        comparison += len;
        return comparison + (*comparison == ' ');
    }
    return comparison;
}

static bool read_number(const char *text, double *ret)
{
    char *end;

    if (!isdigit((unsigned char)text[text[0] == '-']))
        return false;
    *ret = strtod(text, &end);
    return !*end;
}

const char *compare_check(const char *comparison, enum figure_kind kind)
{
    enum op op;
    const char *value = split(comparison, &op);
    double number;

    switch (kind) {
    case FIGURE_NUMBER:
    case FIGURE_MS:
        if (op == OP_CONTAINS)
            return "a number contains nothing";
        return read_number(value, &number) ? NULL : "it is compared with no number";
    case FIGURE_FLAG:
        if (op != OP_EQUAL && op != OP_NOT)
            return "it is true or false";
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0
                   ? NULL
                   : "it is true or false";
    default:
        return op == OP_EQUAL || op == OP_NOT || op == OP_CONTAINS
                   ? NULL
                   : "a text is compared with =, != or ~";
    }
}

static bool hold(enum op op, double is, double wanted)
{
    switch (op) {
    case OP_EQUAL:
        return is == wanted;
    case OP_NOT:
        return is != wanted;
    case OP_LESS:
        return is < wanted;
    case OP_AT_MOST:
        return is <= wanted;
    case OP_MORE:
        return is > wanted;
    case OP_AT_LEAST:
        return is >= wanted;
    default:
        return false;
    }
}

bool compare_number(const char *comparison, double number)
{
    enum op op;
    double wanted;

    return read_number(split(comparison, &op), &wanted) && hold(op, number, wanted);
}

static char plain(char c)
{
    return c == '-' || c == ' ' ? '_' : (char)toupper((unsigned char)c);
}

/* "TIME_WAIT" is "time-wait". */
static bool same(const char *a, const char *b)
{
    for (; *a && plain(*a) == plain(*b); a++)
        b++;
    return !*a && !*b;
}

static bool compare_text(const char *comparison, const char *text)
{
    enum op op;
    const char *wanted = split(comparison, &op);

    if (op == OP_CONTAINS)
        return strstr(text, wanted) != NULL;
    return (op == OP_EQUAL || op == OP_NOT) && same(text, wanted) == (op == OP_EQUAL);
}

bool compare_value(const char *comparison, enum figure_kind kind,
                   const struct figure_value *value)
{
    if (!value->known)
        return false;
    if (kind == FIGURE_NUMBER || kind == FIGURE_MS)
        return compare_number(comparison, value->number);
    return compare_text(comparison, value->text);
}

bool compare_bytes(const char *comparison, const void *bytes, size_t len)
{
    enum op op;
    const char *wanted = split(comparison, &op);
    size_t n = strlen(wanted);

    if (op == OP_CONTAINS)
        return memmem(bytes, len, wanted, n) != NULL;
    return (op == OP_EQUAL || op == OP_NOT) &&
           (n == len && memcmp(bytes, wanted, n) == 0) == (op == OP_EQUAL);
}
