#include "ui/console/facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "core/base/text.h"
#include "core/model/model.h"

void facts_add(struct facts *f, const char *label, enum style style, const char *format, ...)
{
    struct fact *fact = &f->list[f->n];
    va_list args;

    if (f->n == FACTS_MAX)
        return;
    f->n++;
    fact->label = label;
    fact->style = style;
    va_start(args, format);
    vsnprintf(fact->value, sizeof(fact->value), format, args);
    va_end(args);
}

void facts_add_bytes(struct facts *f, const char *label, enum style style, uint64_t bytes)
{
    char number[TEXT_NUMBER_BYTES];

    facts_add(f, label, style, "%s bytes", text_number(bytes, number));
}

/* --- of the row ------------------------------------------------------------------------- */

static void add_timer(struct facts *f, const struct row *row)
{
    char left[TEXT_DURATION_BYTES], times[48] = "";
    enum style style = row->timer == TIMER_PERSIST ? STYLE_BAD : STYLE_NORMAL;

    if (row->timer == TIMER_OFF) {
        facts_add(f, "timer", STYLE_DIM, "none is running");
        return;
    }
    text_duration(row->timer_ms * UINT64_C(1000000), left);
    if (row->retransmits) {
        snprintf(times, sizeof(times), " x%u", row->retransmits);
        style = STYLE_BAD;
    }
    facts_add(f, "timer", style, "%s in %s%s", timer_name(row->timer), left, times);
}

static void add_owner(struct facts *f, const struct model *m, const struct row *row)
{
    char owner[MODEL_OWNER_BYTES];

    model_owner(m, row, owner);
    if (owner[0])
        facts_add(f, "owner", STYLE_NORMAL, "%s", owner);
    else if (!row->inode)
        facts_add(f, "owner", STYLE_DIM, "none");
    else
        facts_add(f, "owner", STYLE_DIM, "?");
}

void facts_of_row(struct facts *f, const struct model *m, const struct row *row)
{
    add_timer(f, row);
    facts_add(f, "state", STYLE_NORMAL, "%s", state_name(row->state));
    add_owner(f, m, row);
    /* The kernel gives uid 0 for what has no socket any more. */
    if (row->inode)
        facts_add(f, "uid, inode", STYLE_NORMAL, "%u, %u", row->uid, row->inode);
    else
        facts_add(f, "uid, inode", STYLE_DIM, "?, none");
    if (row->cookie)
        facts_add(f, "cookie", STYLE_DIM, "%llx", (unsigned long long)row->cookie);
    else
        facts_add(f, "cookie", STYLE_DIM, "?");
}

/* --- of our session --------------------------------------------------------------------- */

static void add_tls(struct facts *f, const struct tls_facts *tls)
{
    time_t not_after = (time_t)tls->not_after;
    char day[24] = "?";
    struct tm tm;

    if (tls->version[0]) {
        facts_add(f, "tls", STYLE_NORMAL, "%s%s%s", tls->version, tls->alpn[0] ? ", " : "",
                  tls->alpn);
        facts_add(f, "cipher", STYLE_NORMAL, "%s", tls->cipher);
    }
    if (tls->trust == TLS_TRUST_NONE)
        return;
    if (gmtime_r(&not_after, &tm))
        strftime(day, sizeof(day), "%Y-%m-%d", &tm);
    facts_add(f, "certificate", STYLE_NORMAL, "%s", tls->subject);
    facts_add(f, "issued by", STYLE_NORMAL, "%s", tls->issuer);
    facts_add(f, "valid until", STYLE_NORMAL, "%s", day);
    if (tls->trust == TLS_TRUSTED)
        facts_add(f, "trusted", STYLE_GOOD, "yes");
    else
        facts_add(f, "trusted", STYLE_BAD, "no: %s", tls->why);
}

void facts_of_session(struct facts *f, const struct session_status *s)
{
    char duration[TEXT_DURATION_BYTES];

    if (!s)
        return;
    add_tls(f, &s->tls);
    if (s->phases.secured > s->phases.connected)
        facts_add(f, "tls handshake", STYLE_NORMAL, "%s",
                  text_duration(s->phases.secured - (s->phases.proxied ? s->phases.proxied
                                                                       : s->phases.connected),
                                duration));
}

/* --- of the one lookup ------------------------------------------------------------------ */

/* Alloc of limit, with what the limit is called in socket(7). */
static void add_buffer(struct facts *f, const char *label, uint32_t used, uint32_t limit)
{
    char a[TEXT_NUMBER_BYTES], b[TEXT_NUMBER_BYTES];

    facts_add(f, label, used >= limit ? STYLE_BAD : STYLE_NORMAL, "%s of %s",
              text_number(used, a), text_number(limit, b));
}

static void add_memory(struct facts *f, const struct socket_detail *d)
{
    char number[TEXT_NUMBER_BYTES];

    if (!(d->known & DETAIL_MEMINFO)) {
        facts_add(f, "memory", STYLE_DIM, "?");
        return;
    }
    add_buffer(f, "rcvbuf bytes", d->rmem_alloc, d->rcvbuf);
    add_buffer(f, "sndbuf bytes", d->wmem_queued, d->sndbuf);
    facts_add_bytes(f, "on the way", STYLE_NORMAL, d->wmem_alloc);
    facts_add_bytes(f, "forward", STYLE_NORMAL, d->fwd_alloc);
    facts_add_bytes(f, "options", STYLE_NORMAL, d->optmem);
    facts_add_bytes(f, "backlog", STYLE_NORMAL, d->backlog);
    facts_add(f, "drops", d->drops ? STYLE_BAD : STYLE_NORMAL, "%s packet%s",
              text_number(d->drops, number), d->drops == 1 ? "" : "s");
}

void facts_of_portrait(struct facts *f, const struct socket_portrait *p)
{
    const struct socket_detail *d;

    if (!p) {
        facts_add(f, "TCP_INFO", STYLE_DIM, "? not asked for yet");
        return;
    }
    d = &p->detail;
    /* A listener fills no more than its queue, which its row shows already. */
    if (p->row.state == STATE_LISTEN) {
        add_memory(f, d);
        return;
    }
    if (!d->info_bytes)
        facts_add(f, "TCP_INFO", STYLE_DIM, "? none in this state");
    else
        facts_of_tcp_info(f, d);
    facts_add(f, "congestion", d->congestion[0] ? STYLE_NORMAL : STYLE_DIM, "%s",
              d->congestion[0] ? d->congestion : "?");
    add_memory(f, d);
}
