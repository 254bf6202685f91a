#include "core/model/secret.h"

#include <string.h>
#include <strings.h>

#include "core/base/line.h"

#define MD5_KEY "MD5SIG"

/* Where the next one begins; *ret_len: how long it is.  NULL: there is none. */
static const char *find(const char *text, size_t *ret_len)
{
    for (; *text; text++) {
        size_t word = strcspn(text, " \t\"'");

        if (strncmp(text, "://", 3) == 0) {
            const char *host = memrchr(text, '@', word), *colon;

            colon = host ? memchr(text + 3, ':', (size_t)(host - text) - 3) : NULL;
            if (colon) {
                *ret_len = (size_t)(host - colon) - 1;
                return colon + 1;
            }
        }
        /* TCP_MD5SIG=ADDRESS,KEY, and the key may have blanks */
        if (strncasecmp(text, MD5_KEY, strlen(MD5_KEY)) == 0 && memchr(text, '=', word)) {
            text = memchr(text, '=', word);
            *ret_len = strlen(text + 1);
            return text + 1;
        }
    }
    return NULL;
}

bool secret_in(const char *text)
{
    size_t len;

    return find(text, &len) != NULL;
}

const char *secret_hide(const char *text, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);
    const char *secret;
    size_t len;

    while ((secret = find(text, &len)) != NULL) {
        line_add(&l, "%.*s***", (int)(secret - text), text);
        text = secret + len;
    }
    line_add(&l, "%s", text);
    return buf;
}
