#include "core/base/line_end.h"

#include <string.h>

static size_t end_line(const struct line_end_state *s, char *out)
{
    switch (s->to) {
    case LINE_END_CRLF:
        /* The CR that was read is out already. */
        memcpy(out, s->after_cr ? "\n" : "\r\n", 2);
        return s->after_cr ? 1 : 2;
    case LINE_END_CR:
        *out = '\r';
        return s->after_cr ? 0 : 1;
    case LINE_END_LF:
    case LINE_END_KEEP:
        break;
    }
    *out = '\n';
    return 1;
}

size_t line_end_translate(struct line_end_state *s, const char *bytes, size_t len, char *out)
{
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        bool cr = bytes[i] == '\r';

        if (s->owes_cr && bytes[i] != '\n')
            out[n++] = '\r';
        s->owes_cr = cr && s->to == LINE_END_LF;
        if (bytes[i] == '\n')
            n += end_line(s, out + n);
        else if (!s->owes_cr)
            out[n++] = bytes[i];
        s->after_cr = cr;
    }
    return n;
}

size_t line_end_finish(struct line_end_state *s, char *out)
{
    bool owed = s->owes_cr;

    if (owed)
        *out = '\r';
    s->owes_cr = s->after_cr = false;
    return owed;
}
