#include "core/scenario/template.h"

#include <stdio.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyz_"
#define LETTERS_AND_DIGITS LETTERS "0123456789"

bool name_is_fine(const char *name)
{
    return name[0] && strchr(LETTERS, name[0]) &&
           name[strspn(name, LETTERS_AND_DIGITS)] == '\0';
}

bool template_next(const char **at, struct template_piece *ret)
{
    const char *text = *at, *open = strstr(text, "${");
    size_t len = open ? (size_t)(open - text) : strlen(text);

    if (!*text)
        return false;
    *ret = (struct template_piece){.literal = text, .len = len};
    *at = text + len;
    if (len > 0) {
        /* Of "$${" one '$' is in the literal already. */
        *at += open && open[-1] == '$';
        return true;
    }
    len = strcspn(text + 2, "}");
    ret->literal = NULL;
    snprintf(ret->reference, sizeof(ret->reference), "%.*s", (int)len, text + 2);
    *at = text + 2 + len + (text[2 + len] == '}');
    return true;
}

const char *template_check(const char *text)
{
    for (const char *open = text; (open = strstr(open, "${")) != NULL; open += 2) {
        size_t len = strcspn(open + 2, "}");

        if (open > text && open[-1] == '$')
            continue;
        if (!open[2 + len])
            return "a ${ has no } behind it";
        if (len == 0 || len >= REFERENCE_BYTES ||
            strspn(open + 2, LETTERS_AND_DIGITS ".") != len)
            return "between ${ and } stands what is no name";
    }
    return NULL;
}

bool template_varies(const char *text)
{
    struct template_piece piece;

    while (template_next(&text, &piece))
        if (!piece.literal)
            return true;
    return false;
}

void reference_parse(const char *text, struct reference *ret)
{
    static const char other[] = "other";
    size_t len = strcspn(text, ".");

    *ret = (struct reference){.tail = text + len + (text[len] == '.')};
    snprintf(ret->head, sizeof(ret->head), "%.*s", (int)len, text);
    len = strcspn(ret->tail, ".");
    if (len == sizeof(other) - 1 && strncmp(ret->tail, other, len) == 0) {
        ret->other = true;
        ret->tail += len + (ret->tail[len] == '.');
    }
}
