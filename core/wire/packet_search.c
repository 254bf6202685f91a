#include "core/wire/packet_search.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/hex.h"
#include "core/base/mem.h"
#include "core/base/text.h"

/* What a regex may become when all that is counted is written out, and its groups. */
#define REGEX_NODES_MAX 1024
#define REGEX_DEPTH_MAX 32

enum pattern_kind { PATTERN_PLAIN, PATTERN_ANY_CASE, PATTERN_REGEX };

struct packet_pattern {
    enum pattern_kind kind;
    size_t len;
    uint8_t bytes[PATTERN_BYTES]; /* of PATTERN_ANY_CASE: small letters */
    regex_t *regex;               /* only of PATTERN_REGEX */
};

/* ---- what a person writes -------------------------------------------------------------- */

static int fail_at(struct err *err, const char *text, size_t len, size_t at, const char *why)
{
    char clean[ERR_TEXT_BYTES];

    text_clean(text, len, clean, sizeof(clean));
    err_set(err, -EINVAL, "parse pattern", clean, "character %zu: %s", at + 1, why);
    if (err)
        err->place = at + 1;
    return -EINVAL;
}

static void fold(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (uint8_t)(bytes[i] + ('a' - 'A'));
}

static struct packet_pattern *plain(const void *bytes, size_t len)
{
    struct packet_pattern *p = mem_new(1, sizeof(*p));

    p->kind = PATTERN_PLAIN;
    p->len = len;
    memcpy(p->bytes, bytes, len);
    return p;
}

int packet_pattern_text(const char *text, size_t len, bool any_case,
                        struct packet_pattern **ret, struct err *err)
{
    char bytes[PATTERN_BYTES];
    size_t n, wrong = 0;

    if (len >= sizeof(bytes))
        return fail_at(err, text, len, sizeof(bytes) - 1, "this is too long");
    memcpy(bytes, text, len);
    bytes[len] = '\0';
    n = text_unescape(bytes, &wrong);
    if (n == (size_t)-1)
        return fail_at(err, text, len, wrong,
                       "no escape is written like this: \\r \\n \\t \\0 \\\\ \\xNN are");
    if (n == 0)
        return fail_at(err, text, len, 0, "there is nothing to look for");
    *ret = plain(bytes, n);
    if (any_case) {
        (*ret)->kind = PATTERN_ANY_CASE;
        fold((*ret)->bytes, n);
    }
    return 0;
}

int packet_pattern_hex(const char *digits, size_t len, struct packet_pattern **ret,
                       struct err *err)
{
    uint8_t bytes[PATTERN_BYTES];
    size_t n = 0;
    int r = hex_read(digits, len, bytes, sizeof(bytes), &n, NULL);

    if (r == -EMSGSIZE)
        return fail_at(err, digits, len, 0, "these are too many bytes");
    if (r < 0)
        return fail_at(err, digits, len, 0, "this is no hex, two digits a byte");
    if (n == 0)
        return fail_at(err, digits, len, 0, "there is nothing to look for");
    *ret = plain(bytes, n);
    return 0;
}

/* Behind "{2,5}"; *ret_times: the larger count, 1 when this is none. */
static const char *behind_count(const char *brace, size_t *ret_times)
{
    char *end;
    unsigned long n = strtoul(brace + 1, &end, 10);

    if (*end == ',' && isdigit((unsigned char)end[1]))
        n = strtoul(end + 1, &end, 10);
    else if (*end == ',')
        end++;
    *ret_times = n == 0 ? 1 : n <= REGEX_NODES_MAX ? n : REGEX_NODES_MAX + 1;
    return *end == '}' ? end + 1 : brace + 1;
}

/* Behind "[^]a-z[:alpha:]]"; the end of the text when it is not closed. */
static const char *behind_bracket(const char *c)
{
    c += c[1] == '^' ? 2 : 1;
    c += *c == ']';
    while (*c && *c != ']') {
        bool named = c[0] == '[' && c[1] && strchr(":.=", c[1]);
        const char *close = named ? strchr(c + 2, ']') : NULL;

        c = close ? close + 1 : c + 1;
    }
    return *c ? c + 1 : c;
}

/* How many nodes regcomp(3) makes of a regex: it copies whatever is counted.  Where an anchor is in
 * it, the time it takes doubles with each copy. */
struct nodes {
    size_t in[REGEX_DEPTH_MAX + 1];      /* of the groups that are open */
    bool anchors[REGEX_DEPTH_MAX + 1];   /* there is one in them */
    size_t depth, last;                  /* last: of what a count would count */
    bool last_anchors, copies_an_anchor; /* there is one in the last; in what was counted */
};

static void add_nodes(struct nodes *n, size_t more, bool anchors)
{
    n->last = more;
    n->last_anchors = anchors;
    n->in[n->depth] += more;
    n->anchors[n->depth] |= anchors;
}

static void repeat_nodes(struct nodes *n, size_t times)
{
    if (n->last == 0)
        n->last = 1; /* of a ) that closes nothing, and at the beginning */
    n->in[n->depth] += n->last * (times - 1);
    n->last *= times;
    n->copies_an_anchor |= n->last_anchors && times > 1;
}

static bool is_anchor(const char *c)
{
    return *c == '^' || *c == '$' || (*c == '\\' && c[1] && strchr("bB<>`'", c[1]));
}

/* The next of a regex is counted; returns what is behind it. */
static const char *count_next(struct nodes *n, const char *c)
{
    size_t times;

    switch (*c) {
    case '(':
        n->in[++n->depth] = 1;
        n->anchors[n->depth] = false;
        return c + 1;
    case ')':
        if (n->depth > 0)
            n->depth--;
        add_nodes(n, n->in[n->depth + 1], n->anchors[n->depth + 1]);
        return c + 1;
    case '+':
        repeat_nodes(n, 2); /* a+ is aa* */
        return c + 1;
    case '*':
    case '?':
        n->in[n->depth]++;
        n->last++;
        return c + 1;
    case '{':
        c = behind_count(c, &times);
        repeat_nodes(n, times);
        return c;
    case '[':
        add_nodes(n, 1, false);
        return behind_bracket(c);
    default:
        add_nodes(n, 1, is_anchor(c));
        return c + 1 + (c[0] == '\\' && c[1]);
    }
}

/* What regcomp(3) takes, but should not be made to work on; NULL: nothing is. */
static const char *too_much(const char *regex, size_t *ret_at)
{
    struct nodes n = {.last = 0};

    for (const char *c = regex; *c;) {
        *ret_at = (size_t)(c - regex);
        if (*c == '\\' && isdigit((unsigned char)c[1]))
            return "back references are not taken";
        if (*c == '(' && n.depth == REGEX_DEPTH_MAX)
            return "this is nested too deep";
        c = count_next(&n, c);
        if (n.in[n.depth] > REGEX_NODES_MAX)
            return "this repeats too often";
        if (n.copies_an_anchor)
            return "this repeats an anchor";
    }
    return NULL;
}

/* Bytes are no characters: with a locale's own, `.` would not match what is no UTF-8. */
static int compile(regex_t *regex, const char *text, int flags)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
    int r = regcomp(regex, text, flags);

    uselocale(before);
    freelocale(c);
    return r;
}

int packet_pattern_regex(const char *regex, size_t len, bool any_case,
                         struct packet_pattern **ret, struct err *err)
{
    int flags = REG_EXTENDED | REG_NEWLINE | (any_case ? REG_ICASE : 0), r;
    char text[PATTERN_BYTES], why[100];
    struct packet_pattern *p;
    const char *refused;
    size_t at = 0;

    if (len == 0)
        return fail_at(err, regex, len, 0, "there is nothing to look for");
    if (len >= sizeof(text))
        return fail_at(err, regex, len, sizeof(text) - 1, "this is too long");
    memcpy(text, regex, len);
    text[len] = '\0';
    refused = too_much(text, &at);
    if (refused)
        return fail_at(err, regex, len, at, refused);
    p = mem_new(1, sizeof(*p));
    p->kind = PATTERN_REGEX;
    p->regex = mem_new(1, sizeof(*p->regex));
    r = compile(p->regex, text, flags);
    if (r != 0) {
        regerror(r, p->regex, why, sizeof(why));
        free(p->regex);
        free(p);
        return fail_at(err, regex, len, 0, why);
    }
    *ret = p;
    return 0;
}

int packet_pattern_parse(const char *text, bool any_case, struct packet_pattern **ret,
                         struct err *err)
{
    size_t len = strlen(text);

    if (strncmp(text, "0x", 2) == 0)
        return packet_pattern_hex(text, len, ret, err);
    if (len > 2 && text[0] == '/' && text[len - 1] == '/') {
        int r = packet_pattern_regex(text + 1, len - 2, any_case, ret, err);

        if (r < 0 && err)
            err->place++;
        return r;
    }
    return packet_pattern_text(text, len, any_case, ret, err);
}

void packet_pattern_free(struct packet_pattern *p)
{
    if (p && p->regex) {
        regfree(p->regex);
        free(p->regex);
    }
    free(p);
}

/* ---- in one packet --------------------------------------------------------------------- */

static bool any_case_at(const struct packet_pattern *p, const uint8_t *bytes)
{
    for (size_t i = 0; i < p->len; i++)
        if ((uint8_t)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] | 0x20 : bytes[i]) !=
            p->bytes[i])
            return false;
    return true;
}

static bool find_bytes(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                       size_t from, size_t *ret_at)
{
    if (from > len || len - from < p->len)
        return false;
    if (p->kind == PATTERN_PLAIN) {
        const uint8_t *found = memmem(bytes + from, len - from, p->bytes, p->len);

        if (found)
            *ret_at = (size_t)(found - bytes);
        return found != NULL;
    }
    for (size_t at = from; at <= len - p->len; at++) {
        if (any_case_at(p, bytes + at)) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

/* GNU's re_search() and not regexec(): it also goes backwards, and the bytes need no end.  `range`
 * is how many places behind `from`, or before it, are tried. */
static bool find_regex(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                       size_t from, ptrdiff_t range, size_t *ret_at, size_t *ret_len)
{
    const char *text = (const char *)bytes;
    regoff_t at =
        re_search(p->regex, text, (regoff_t)len, (regoff_t)from, (regoff_t)range, NULL);
    regoff_t n = at < 0 ? -1 : re_match(p->regex, text, (regoff_t)len, at, NULL);

    if (n < 0)
        return false;
    *ret_at = (size_t)at;
    *ret_len = (size_t)n;
    return true;
}

bool packet_pattern_find(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                         size_t from, size_t *ret_at, size_t *ret_len)
{
    size_t at = 0, n = p->len;
    bool found =
        p->kind == PATTERN_REGEX
            ? from <= len && find_regex(p, bytes, len, from, (ptrdiff_t)(len - from), &at, &n)
            : find_bytes(p, bytes, len, from, &at);

    if (found && ret_at)
        *ret_at = at;
    if (found && ret_len)
        *ret_len = n;
    return found;
}

static bool find_last_bytes(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                            size_t before, size_t *ret_at)
{
    size_t at;

    if (len < p->len)
        return false;
    at = before < len - p->len + 1 ? before : len - p->len + 1;
    while (at-- > 0) {
        if (p->kind == PATTERN_PLAIN ? memcmp(bytes + at, p->bytes, p->len) == 0
                                     : any_case_at(p, bytes + at)) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

bool packet_pattern_find_last(const struct packet_pattern *p, const uint8_t *bytes, size_t len,
                              size_t before, size_t *ret_at, size_t *ret_len)
{
    size_t at = 0, n = p->len, last = before <= len ? before - 1 : len;

    if (before == 0 ||
        !(p->kind == PATTERN_REGEX ? find_regex(p, bytes, len, last, -(ptrdiff_t)last, &at, &n)
                                   : find_last_bytes(p, bytes, len, before, &at)))
        return false;
    if (ret_at)
        *ret_at = at;
    if (ret_len)
        *ret_len = n;
    return true;
}

/* ---- across the store ------------------------------------------------------------------ */

struct packet_place packet_search_begin(const struct ring *store, bool backwards)
{
    struct packet_place place = {.packet = ring_head(store)};

    if (!backwards)
        place = (struct packet_place){.packet = ring_tail(store), .at = SIZE_MAX};
    return place;
}

/* What is left of the captured bytes of a packet; 0 when it is lost. */
static size_t read_packet(const struct ring *store, uint64_t number, uint8_t *buffer)
{
    struct packet packet;
    size_t len = 0;

    if (!ring_get(store, number, &packet, buffer, PACKET_BYTES_MAX, &len))
        return 0;
    return len < PACKET_BYTES_MAX ? len : PACKET_BYTES_MAX;
}

static enum search_result search_on(const struct ring *store, const struct packet_pattern *p,
                                    size_t budget_bytes, uint8_t *buffer,
                                    struct packet_place *place)
{
    uint64_t head = ring_head(store), tail = ring_tail(store), number = place->packet;
    size_t from = place->at + 1, used = 0; /* SIZE_MAX: from 0 */

    if (number < tail) {
        number = tail;
        from = 0;
    }
    for (; number < head; number++, from = 0) {
        size_t len, at = 0, n = 0;

        if (used >= budget_bytes && used > 0) {
            *place = (struct packet_place){.packet = number, .at = from - 1};
            return SEARCH_MORE;
        }
        len = read_packet(store, number, buffer);
        if (packet_pattern_find(p, buffer, len, from, &at, &n)) {
            *place = (struct packet_place){.packet = number, .at = at, .len = n};
            return SEARCH_FOUND;
        }
        used += len + sizeof(struct packet);
    }
    return SEARCH_NONE;
}

static enum search_result search_back(const struct ring *store, const struct packet_pattern *p,
                                      size_t budget_bytes, uint8_t *buffer,
                                      struct packet_place *place)
{
    uint64_t head = ring_head(store), tail = ring_tail(store), number = place->packet;
    size_t before = place->at, used = 0;

    if (number >= head) {
        number = head;
        before = 0;
    }
    for (;; number--, before = SIZE_MAX) {
        size_t len, at = 0, n = 0;

        if (number < head && number >= tail && before > 0) {
            len = read_packet(store, number, buffer);
            if (packet_pattern_find_last(p, buffer, len, before, &at, &n)) {
                *place = (struct packet_place){.packet = number, .at = at, .len = n};
                return SEARCH_FOUND;
            }
            used += len + sizeof(struct packet);
        }
        if (number <= tail)
            return SEARCH_NONE;
        if (used >= budget_bytes && used > 0) {
            *place = (struct packet_place){.packet = number};
            return SEARCH_MORE;
        }
    }
}

enum search_result packet_search(const struct ring *store, const struct packet_pattern *p,
                                 bool backwards, size_t budget_bytes, uint8_t *buffer,
                                 struct packet_place *place)
{
    return backwards ? search_back(store, p, budget_bytes, buffer, place)
                     : search_on(store, p, budget_bytes, buffer, place);
}
