#include "core/model/packet_marks.h"

#include <string.h>

static size_t tag_index(const struct packet_marks *m, uint64_t number)
{
    size_t i = 0;

    while (i < m->n_tags && m->tags[i] != number)
        i++;
    return i;
}

bool packet_tagged(const struct packet_marks *m, uint64_t number)
{
    return tag_index(m, number) < m->n_tags;
}

bool packet_tag(struct packet_marks *m, uint64_t number)
{
    size_t at = tag_index(m, number);

    if (at < m->n_tags) {
        m->n_tags--;
        memmove(m->tags + at, m->tags + at + 1, (m->n_tags - at) * sizeof(m->tags[0]));
        return true;
    }
    if (m->n_tags == PACKET_TAGS)
        return false;
    m->tags[m->n_tags++] = number;
    return true;
}

static bool is_letter(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool packet_mark(struct packet_marks *m, uint32_t letter, uint64_t number)
{
    if (!is_letter(letter))
        return false;
    m->has_letter[letter] = true;
    m->letters[letter] = number;
    return true;
}

bool packet_marked(const struct packet_marks *m, uint32_t letter, uint64_t *ret_number)
{
    if (!is_letter(letter) || !m->has_letter[letter])
        return false;
    *ret_number = m->letters[letter];
    return true;
}

char packet_letter(const struct packet_marks *m, uint64_t number)
{
    for (uint32_t c = 0; c < sizeof(m->letters) / sizeof(m->letters[0]); c++)
        if (m->has_letter[c] && m->letters[c] == number)
            return (char)c;
    return '\0';
}

void packet_reference(struct packet_marks *m, uint64_t number, uint64_t wall_ns)
{
    m->has_reference = !m->has_reference || m->reference != number;
    m->reference = number;
    m->reference_wall_ns = wall_ns;
}
