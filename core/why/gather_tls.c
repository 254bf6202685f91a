/* The handshake of a tls:// endpoint, on the socket that has just been connected. */
#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/why/gather_internal.h"

#define SOURCE "handshake"

static void say_alert(const struct trying *t, const char *who, uint8_t alert)
{
    evidence_say(t->g->e, SOURCE, clock_now_ns(), "%s the alert '%s' (%u)", who,
                 tls_alert_name(alert), alert);
}

static void say_certificate(const struct trying *t, const struct tls_facts *f)
{
    char issuer[sizeof(f->issuer)];

    if (!f->subject[0])
        return;
    snprintf(issuer, sizeof(issuer), "%s", f->issuer);
    evidence_say(t->g->e, SOURCE, clock_now_ns(),
                 "its certificate is of '%s', signed by '%s', and %s", f->subject, issuer,
                 f->trust == TLS_TRUSTED ? "trusted here" : "not trusted here");
}

static void say_handshake(const struct trying *t)
{
    const struct tls_try_facts *f = &t->a->tls;
    uint64_t now = clock_now_ns();
    char took[TEXT_DURATION_BYTES], sent[TEXT_NUMBER_BYTES], came[TEXT_NUMBER_BYTES];

    evidence_say(t->g->e, SOURCE, now, "%s bytes of TLS sent, %s received after %s",
                 text_number(f->sent_bytes, sent), text_number(f->received_bytes, came),
                 text_duration(now - t->a->began_ns - t->a->elapsed_ns, took));
    if (f->done)
        evidence_say(t->g->e, SOURCE, now, "done: %s, %s", f->agreed.version, f->agreed.cipher);
    else
        evidence_say(t->g->e, SOURCE, now, "failed: %s", f->why);
    say_certificate(t, &f->agreed);
    if (f->wants_ours)
        evidence_say(t->g->e, SOURCE, now, "the peer asked for a certificate of ours");
    if (f->has_alert_in)
        say_alert(t, "the peer sent", f->alert_in);
    if (f->has_alert_out)
        say_alert(t, "we sent", f->alert_out);
}

/* Bytes that are no TLS are what there is to look at. */
static void keep_first(struct trying *t)
{
    const uint8_t *first;
    size_t n = tls_try_first(t->tls, &first);

    memcpy(t->a->peek, first, n);
    t->a->peek_len = n;
}

bool gather_tls(struct trying *t)
{
    const struct why_wish *wish = t->g->wish;
    struct attempt *a = t->a;
    struct err err = {0};
    int r;

    if (wish->endpoint.scheme != ENDPOINT_TLS)
        return true;
    r = tls_try_new(t->fd, wish->endpoint.host, &t->tls, &err);
    if (r < 0) {
        evidence_unseen(t->g->e, SOURCE, NULL, "%s", err.reason);
        return true;
    }
    r = tls_try_shake(t->tls, wish->wait_ns ? wish->wait_ns : WHY_WAIT_NS, wish->stop);
    a->tls = *tls_try_facts(t->tls);
    a->tls_verify = a->tls.verify_error;
    snprintf(a->tls_version, sizeof(a->tls_version), "%s", a->tls.agreed.version);
    say_handshake(t);
    if (r == 0)
        return true;
    a->call = SOURCE;
    a->error = r;
    a->peer_closed = a->tls.closed;
    a->elapsed_ns = clock_now_ns() - a->began_ns;
    err_set(&a->err, r, SOURCE, "", "%s", a->tls.why);
    keep_first(t);
    return false;
}

void gather_tls_library(struct gathering *g, struct attempt *a)
{
    static const char *const libraries[] = {"libssl.", "libgnutls.", "libwolfssl.",
                                            "libmbedtls.", NULL};
    char holder[SIGHTING_HOLDER_BYTES];

    if (a->tls.tried || !a->sent_bytes || a->received_bytes ||
        (!a->peer_closed && !a->recv_error))
        return;
    for (size_t i = 0; i < g->e->n_sightings; i++) {
        const struct sighting *s = &g->e->sightings[i];

        if (s->role != ROLE_LISTENER || !s->process.pid ||
            !g->probes->process_maps(s->process.pid, libraries, a->tls_library))
            continue;
        evidence_say(g->e, "/proc", clock_now_ns(), "%s has %s loaded",
                     sighting_holder(s, holder), a->tls_library);
        return;
    }
}
