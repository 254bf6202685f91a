#include "core/base/fuzzy.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    SCORE_EXPLAINED = 10,
    SCORE_SCATTERED = 40,
    SCORE_WITHIN = 60,
    SCORE_WORD = 80,
    SCORE_BEGIN = 100,
    SCORE_WHOLE = 20 /* more: it is all of the name */
};

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static bool begins_word(const char *text, size_t at)
{
    return at == 0 || !isalnum((unsigned char)text[at - 1]);
}

/* The best place of a word in a text; -1: it is nowhere. */
static int within(const char *word, size_t len, const char *text)
{
    size_t text_len = strlen(text);
    int best = -1;

    for (size_t at = 0; at + len <= text_len; at++) {
        int score = at == 0 ? SCORE_BEGIN : begins_word(text, at) ? SCORE_WORD : SCORE_WITHIN;

        if (score > best && strncasecmp(text + at, word, len) == 0)
            best = score + (len == text_len ? SCORE_WHOLE : 0);
    }
    return best;
}

/* Letters in their order: the fewer words they begin in between, the better. */
static int scattered(const char *word, size_t len, const char *text)
{
    int gaps = 0;
    bool joined = true;

    for (size_t i = 0; i < len; text++) {
        if (!*text)
            return -1;
        if (same(*text, word[i])) {
            gaps += !joined;
            joined = true;
            i++;
        } else {
            joined = false;
        }
    }
    return gaps < 10 ? SCORE_SCATTERED - 2 * gaps : SCORE_SCATTERED - 20;
}

static int word_score(const char *word, size_t len, const char *name, const char *explanation)
{
    int score = within(word, len, name);

    if (score < 0)
        score = scattered(word, len, name);
    /* One or two letters stand in every explanation. */
    if (score < 0 && len > 2 && within(word, len, explanation) >= 0)
        score = SCORE_EXPLAINED + (within(word, len, explanation) >= SCORE_WORD ? 5 : 0);
    return score;
}

int fuzzy_score(const char *pattern, const char *name, const char *explanation)
{
    int sum = 0;

    for (;;) {
        size_t len;
        int score;

        pattern += strspn(pattern, " ");
        len = strcspn(pattern, " ");
        if (!len)
            return sum;
        score = word_score(pattern, len, name, explanation);
        if (score < 0)
            return -1;
        sum += score;
        pattern += len;
    }
}
