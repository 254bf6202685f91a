/* A longest common subsequence over the fields, each known by its name and those of the layers
 * around it. */
#include "core/wire/packet_compare.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"

#define DEPTHS 256 /* field.depth is a byte */

/* table[i][j]: how many of the fields from i and from j on can be paired. */
typedef uint8_t table[DISSECTION_FIELDS + 1][DISSECTION_FIELDS + 1];
_Static_assert(DISSECTION_FIELDS <= UINT8_MAX, "a count fits a byte");

/* What fields must share to be paired. */
struct paths {
    uint64_t of[DISSECTION_FIELDS];
};

/* FNV-1a: two names that collide would only stand side by side. */
static uint64_t hash(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
    return (h ^ '/') * UINT64_C(0x100000001b3);
}

static void find_paths(const struct dissection *d, struct paths *ret)
{
    uint64_t above[DEPTHS + 1] = {UINT64_C(0xcbf29ce484222325)};
    unsigned deepest = 0;

    for (size_t i = 0; i < d->n_fields; i++) {
        unsigned depth = d->fields[i].depth;

        /* A field deeper than its neighbour by more than one belongs to that one. */
        for (; deepest < depth; deepest++)
            above[deepest + 1] = above[deepest];
        ret->of[i] = hash(above[depth], d->fields[i].name);
        above[depth + 1] = ret->of[i];
        deepest = depth + 1;
    }
}

static void fill(table t, const struct paths *a, size_t n_a, const struct paths *b, size_t n_b)
{
    for (size_t i = n_a; i-- > 0;) {
        for (size_t j = n_b; j-- > 0;) {
            if (a->of[i] == b->of[j])
                t[i][j] = (uint8_t)(t[i + 1][j + 1] + 1);
            else
                t[i][j] = t[i + 1][j] >= t[i][j + 1] ? t[i + 1][j] : t[i][j + 1];
        }
    }
}

static struct compared_field pair(const struct dissection *a, const struct field *first,
                                  const struct dissection *b, const struct field *second)
{
    bool same = first->validity == second->validity &&
                strcmp(field_value(a, first), field_value(b, second)) == 0;

    return (struct compared_field){
        .how = same ? COMPARED_SAME : COMPARED_DIFFERS, .first = first, .second = second};
}

size_t packet_compare(const struct dissection *a, const struct dissection *b,
                      struct compared_field ret[COMPARED_FIELDS])
{
    struct paths *paths = mem_new(2, sizeof(*paths));
    table *t = mem_new(1, sizeof(*t));
    size_t i = 0, j = 0, n = 0;

    find_paths(a, &paths[0]);
    find_paths(b, &paths[1]);
    fill(*t, &paths[0], a->n_fields, &paths[1], b->n_fields);
    while (i < a->n_fields || j < b->n_fields) {
        const struct field *first = &a->fields[i], *second = &b->fields[j];

        if (i < a->n_fields && j < b->n_fields && paths[0].of[i] == paths[1].of[j]) {
            ret[n++] = pair(a, first, b, second);
            i++;
            j++;
        } else if (j == b->n_fields || (i < a->n_fields && (*t)[i + 1][j] >= (*t)[i][j + 1])) {
            ret[n++] = (struct compared_field){.how = COMPARED_ONLY_FIRST, .first = first};
            i++;
        } else {
            ret[n++] = (struct compared_field){.how = COMPARED_ONLY_SECOND, .second = second};
            j++;
        }
    }
    free(t);
    free(paths);
    return n;
}
