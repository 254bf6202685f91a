/* tests/analysis/uthash.h - what uthash's macros mean, for an analyzer that would lose itself in what
 * they expand to: a table keeps what is added, and may give it back.  Never linked. */
#ifndef UTHASH_H
#define UTHASH_H

#include <stddef.h>

typedef struct UT_hash_handle {
    void *prev, *next;
} UT_hash_handle;

void analysis_add(void *head, const void *element);
void *analysis_find(const void *head, const void *key, size_t len);
void analysis_take_out(void *head, const void *element);
unsigned analysis_count(const void *head);

#define HASH_ADD(hh, head, field, len, add) analysis_add(&(head), (add))
#define HASH_ADD_INT(head, field, add) analysis_add(&(head), (add))
#define HASH_ADD_KEYPTR(hh, head, key, len, add) analysis_add(&(head), (add))
#define HASH_FIND(hh, head, key, len, out) ((out) = analysis_find((head), (key), (len)))
#define HASH_FIND_INT(head, key, out) ((out) = analysis_find((head), (key), sizeof(int)))
#define HASH_FIND_STR(head, key, out) ((out) = analysis_find((head), (key), 1))
#define HASH_DELETE(hh, head, element) analysis_take_out(&(head), (element))
#define HASH_DEL(head, element) analysis_take_out(&(head), (element))
#define HASH_CLEAR(hh, head) analysis_take_out(&(head), NULL)
#define HASH_COUNT(head) analysis_count(head)
#define HASH_SORT(head, compare) ((void)(compare))
#define HASH_ITER(hh, head, el, tmp)                                                           \
    for ((el) = (head), (tmp) = (el) ? (el)->hh.next : NULL; (el);                             \
         (el) = (tmp), (tmp) = (el) ? (el)->hh.next : NULL)

#endif
