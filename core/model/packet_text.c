#include "core/model/packet_text.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/line.h"

/* Where `name` with this number stands as words of their own; NULL: nowhere. */
static char *find_number(char *text, const char *name, uint32_t number, size_t *ret_len)
{
    char words[48];
    size_t len = (size_t)snprintf(words, sizeof(words), "%s %u", name, number);

    for (char *at = text; (at = strstr(at, words)); at += len)
        if ((at == text || at[-1] == ' ') && !isdigit((unsigned char)at[len])) {
            *ret_len = len;
            return at;
        }
    return NULL;
}

/* The text is left as it is where the number is not in it. */
static void replace(char buf[PACKET_TEXT_BYTES], const char *name, uint32_t before,
                    uint32_t after)
{
    char tail[PACKET_TEXT_BYTES];
    size_t len = 0, at;
    char *words = find_number(buf, name, before, &len);

    if (!words || before == after)
        return;
    at = (size_t)(words - buf);
    snprintf(tail, sizeof(tail), "%s", words + len);
    snprintf(words, PACKET_TEXT_BYTES - at, "%s %u%s", name, after, tail);
}

const char *packet_info(const struct packet_facts *p, char buf[PACKET_TEXT_BYTES])
{
    const struct dissection *d = p->dissection;
    const struct packet_note *note = p->note;

    snprintf(buf, PACKET_TEXT_BYTES, "%s", d->info);
    if (!note || !d->has_tcp)
        return buf;
    if (note->has & NOTE_RELATIVE) {
        replace(buf, "seq", d->tcp.seq, note->relative_seq);
        if (d->tcp.flags & TCP_FLAG_ACK)
            replace(buf, "ack", d->tcp.ack, note->relative_ack);
    }
    if (note->has & NOTE_WINDOW)
        replace(buf, "win", d->tcp.window, note->window_bytes);
    return buf;
}

const char *packet_findings(uint32_t findings, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);

    buf[0] = '\0';
    for (int severity = SEVERITY_WARN; severity >= SEVERITY_CHAT; severity--)
        for (int i = 0; i < FINDING_COUNT; i++)
            if (findings & FINDING_BIT(i) && finding_infos[i].severity == (unsigned)severity)
                line_add(&l, "%s%s", buf[0] ? ", " : "", finding_infos[i].id);
    return buf;
}

const char *packet_owner_text(const struct packet_owner *owner, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);

    buf[0] = '\0';
    if (!owner)
        return buf;
    if (owner->guess)
        line_add(&l, "perhaps ");
    if (owner->session)
        line_add(&l, "%s, ", owner->session);
    line_add(&l, "%s", owner->socket ? owner->socket : "a socket");
    if (owner->process)
        line_add(&l, ", %s", owner->process);
    return buf;
}
