#include "core/base/nearest.h"

#include <string.h>

#define WORD_MAX 40 /* longer ones are near to nothing */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= b_len; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *free_row = before;

        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            now[j] =
                least(last[j - 1] + (a[i - 1] != b[j - 1]), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
        now = free_row;
    }
    return last[b_len];
}

void nearest_try(struct nearest *n, const char *name)
{
    size_t word_len = strlen(n->word), len = strlen(name), d;

    if (!word_len || word_len > WORD_MAX || len > WORD_MAX)
        return;
    d = distance(n->word, word_len, name, len);
    if (d > (word_len + 2) / 3 || (n->found && d >= n->distance))
        return;
    n->found = name;
    n->distance = d;
}
