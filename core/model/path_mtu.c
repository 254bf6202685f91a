#include "core/model/path_mtu.h"

/* The length fields of the headers: RFC 791, 3.1 (all of the packet); RFC 8200, 3 (behind its
 * header of 40 bytes). */
#define LONGEST_V4 65535
#define LONGEST_V6 (40 + 65535)

void path_mtu_begin(struct path_mtu_search *s, bool v6, uint32_t link_mtu)
{
    uint32_t longest = v6 ? LONGEST_V6 : LONGEST_V4;

    *s = (struct path_mtu_search){.floor = v6 ? PATH_MTU_MIN_V6 : PATH_MTU_MIN_V4,
                                  .ceiling = longest,
                                  .kind = PATH_MTU_LINK};
    if (link_mtu && link_mtu < longest)
        s->ceiling = link_mtu;
    if (s->ceiling < s->floor)
        s->ceiling = s->floor;
    s->trying = s->ceiling;
}

bool path_mtu_next(const struct path_mtu_search *s, uint32_t *ret_bytes)
{
    if (s->ended)
        return false;
    *ret_bytes = s->trying;
    return true;
}

/* Choose the next size between what is known to pass and what may. */
static void choose(struct path_mtu_search *s)
{
    s->tries = 0;
    if (s->passed == s->ceiling)
        s->ended = true;
    else if (!s->passed)
        /* Before anything else: does it answer at all? */
        s->trying = s->floor;
    else
        s->trying = s->passed + (s->ceiling - s->passed + 1) / 2;
}

void path_mtu_passed(struct path_mtu_search *s)
{
    s->passed = s->trying;
    choose(s);
}

/* The size that was tried is too large, for a reason that then is that of the ceiling. */
static bool lower(struct path_mtu_search *s, enum path_mtu_limit kind)
{
    if (s->trying <= s->floor) {
        path_mtu_hopeless(s);
        return false;
    }
    s->ceiling = s->trying - 1;
    s->kind = kind;
    return true;
}

void path_mtu_silent(struct path_mtu_search *s)
{
    if (++s->tries < PATH_MTU_TRIES)
        return;
    if (lower(s, PATH_MTU_BLACK_HOLE))
        choose(s);
}

/* A size that was named is tried at once, if it can be true. */
static void jump(struct path_mtu_search *s, uint32_t mtu)
{
    bool credible = mtu >= s->floor && mtu >= s->passed && mtu <= s->ceiling;

    if (credible)
        s->ceiling = mtu;
    choose(s);
    if (credible)
        s->trying = mtu;
}

void path_mtu_told(struct path_mtu_search *s, uint32_t mtu, const struct addr *teller)
{
    if (!lower(s, PATH_MTU_TOLD))
        return;
    s->teller = *teller;
    jump(s, mtu);
}

void path_mtu_refused(struct path_mtu_search *s, uint32_t mtu)
{
    if (lower(s, PATH_MTU_LINK))
        jump(s, mtu);
}

void path_mtu_hopeless(struct path_mtu_search *s)
{
    s->passed = 0;
    s->ended = true;
}

struct path_mtu_result path_mtu_result(const struct path_mtu_search *s)
{
    if (!s->passed)
        return (struct path_mtu_result){.limit = PATH_MTU_UNKNOWN};
    return (struct path_mtu_result){.limit = s->kind, .bytes = s->passed, .teller = s->teller};
}
