#include "core/scenario/figure.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"

#define DAY_S 86400.0

struct source {
    const struct session_status *session;
    const struct server_status *server;
    uint64_t wall_ns;
};

struct row {
    struct figure figure;
    void (*get)(const struct source *from, struct figure_value *ret);
};

/* --- values ----------------------------------------------------------------------------- */

void figure_put_number(struct figure_value *v, double number)
{
    v->known = true;
    v->number = number;
    snprintf(v->text, sizeof(v->text), number == (double)(int64_t)number ? "%.0f" : "%.3f",
             number);
}

void figure_put_text(struct figure_value *v, const char *text)
{
    v->known = true;
    v->number = 0;
    text_clean(text, strlen(text), v->text, sizeof(v->text));
}

static void put_u64(struct figure_value *v, uint64_t n)
{
    figure_put_number(v, (double)n);
    snprintf(v->text, sizeof(v->text), "%llu", (unsigned long long)n);
}

static void put_flag(struct figure_value *v, bool set)
{
    figure_put_text(v, set ? "true" : "false");
    v->number = set;
}

/* "" is not known yet, or there is none: which, nobody can tell. */
static void put_if_any(struct figure_value *v, const char *text)
{
    if (text[0])
        figure_put_text(v, text);
}

/* Between two steps that were both reached. */
static void put_ms(struct figure_value *v, uint64_t from_ns, uint64_t to_ns)
{
    if (from_ns && to_ns && to_ns >= from_ns)
        figure_put_number(v, (double)(to_ns - from_ns) / (double)CLOCK_MS_NS);
}

static void put_error(struct figure_value *v, const struct err *err)
{
    if (!err->code)
        figure_put_text(v, "none");
    else
        figure_put_text(v, err->symbol[0] ? err->symbol : err_name(err->code));
}

static void put_ip(struct figure_value *v, const struct addr *a)
{
    char text[ADDR_TEXT_BYTES];

    if (a->family == AF_INET || a->family == AF_INET6)
        figure_put_text(v, addr_format_ip(a, text));
}

static void put_addr(struct figure_value *v, const struct addr *a)
{
    char text[ADDR_TEXT_BYTES];

    if (a->family == AF_INET || a->family == AF_INET6)
        figure_put_text(v, addr_format(a, text));
}

static void put_port(struct figure_value *v, const struct addr *a)
{
    if ((a->family == AF_INET || a->family == AF_INET6) && a->port)
        put_u64(v, a->port);
}

/* --- of sessions ------------------------------------------------------------------------ */

#define SESSION_GET(name)                                                                      \
    static void session_##name(const struct source *from, struct figure_value *v)
#define S (from->session)

SESSION_GET(id)
{
    put_u64(v, S->id);
}

SESSION_GET(state)
{
    figure_put_text(v, session_state_name(S->state));
}

SESSION_GET(error)
{
    put_error(v, &S->err);
}

SESSION_GET(failed_call)
{
    if (S->err.code)
        put_if_any(v, S->err.operation);
}

SESSION_GET(local)
{
    put_addr(v, &S->local);
}

SESSION_GET(address)
{
    put_ip(v, &S->local);
}

SESSION_GET(port)
{
    put_port(v, &S->local);
}

SESSION_GET(peer)
{
    put_addr(v, &S->peer);
}

SESSION_GET(peer_address)
{
    put_ip(v, &S->peer);
}

SESSION_GET(peer_port)
{
    put_port(v, &S->peer);
}

SESSION_GET(sent)
{
    put_u64(v, S->sent_bytes);
}

SESSION_GET(received)
{
    put_u64(v, S->received_bytes);
}

SESSION_GET(queued)
{
    put_u64(v, S->queued_bytes);
}

SESSION_GET(feeding)
{
    put_flag(v, S->feeding);
}

SESSION_GET(recv_waits)
{
    put_flag(v, S->recv_waits_since_ns != 0);
}

SESSION_GET(send_waits)
{
    put_flag(v, S->send_waits_since_ns != 0);
}

SESSION_GET(resolve_ms)
{
    put_ms(v, S->phases.begun, S->phases.resolved);
}

SESSION_GET(connect_ms)
{
    put_ms(v, S->phases.resolved ? S->phases.resolved : S->phases.begun, S->phases.connected);
}

SESSION_GET(secure_ms)
{
    put_ms(v, S->phases.proxied ? S->phases.proxied : S->phases.connected, S->phases.secured);
}

/* The last step before the first byte. */
static uint64_t opened_ns(const struct phases *p)
{
    return p->secured ? p->secured : p->proxied ? p->proxied : p->connected;
}

SESSION_GET(open_ms)
{
    if (S->state >= SESSION_OPEN)
        put_ms(v, S->phases.begun, opened_ns(&S->phases));
}

SESSION_GET(first_byte_ms)
{
    put_ms(v, opened_ns(&S->phases), S->phases.first_byte);
}

SESSION_GET(lasted_ms)
{
    if (S->state == SESSION_CLOSED || S->state == SESSION_FAILED)
        put_ms(v, S->opened_ns, S->changed_ns);
}

SESSION_GET(server)
{
    if (S->server_id)
        put_u64(v, S->server_id);
}

SESSION_GET(tls_version)
{
    put_if_any(v, S->tls.version);
}

SESSION_GET(tls_cipher)
{
    put_if_any(v, S->tls.cipher);
}

SESSION_GET(tls_alpn)
{
    put_if_any(v, S->tls.alpn);
}

SESSION_GET(tls_subject)
{
    put_if_any(v, S->tls.subject);
}

SESSION_GET(tls_issuer)
{
    put_if_any(v, S->tls.issuer);
}

SESSION_GET(tls_trusted)
{
    if (S->tls.trust != TLS_TRUST_NONE)
        put_flag(v, S->tls.trust == TLS_TRUSTED);
}

SESSION_GET(tls_problem)
{
    put_if_any(v, S->tls.why);
}

SESSION_GET(tls_days_left)
{
    if (S->tls.not_after)
        figure_put_number(
            v, ((double)S->tls.not_after - (double)from->wall_ns / (double)CLOCK_SECOND_NS) /
                   DAY_S);
}

/* The transcript has them. */
static void elsewhere(const struct source *from, struct figure_value *v)
{
    (void)from;
    v->known = false;
}

#define SESSION_ROW(name, kind, meaning)                                                       \
    {                                                                                          \
        {#name, kind, meaning}, session_##name                                                 \
    }

static const struct row session_rows[] = {
    SESSION_ROW(id, FIGURE_NUMBER, "its number in sockeye; ${NAME} alone stands for it, too"),
    SESSION_ROW(state, FIGURE_TEXT,
                "resolving, connecting, negotiating, open, half-closed by us, half-closed by "
                "the peer, closed or failed"),
    SESSION_ROW(error, FIGURE_TEXT, "what it failed with, ECONNREFUSED; none"),
    SESSION_ROW(failed_call, FIGURE_TEXT, "the call or step that failed: connect, handshake"),
    SESSION_ROW(local, FIGURE_TEXT, "its own address and port"),
    SESSION_ROW(address, FIGURE_TEXT, "its own address"),
    SESSION_ROW(port, FIGURE_NUMBER, "its own port"),
    SESSION_ROW(peer, FIGURE_TEXT, "the other end's address and port"),
    SESSION_ROW(peer_address, FIGURE_TEXT, "the other end's address"),
    SESSION_ROW(peer_port, FIGURE_NUMBER, "the other end's port"),
    SESSION_ROW(sent, FIGURE_NUMBER, "bytes that the kernel took"),
    SESSION_ROW(received, FIGURE_NUMBER, "bytes that were read"),
    SESSION_ROW(queued, FIGURE_NUMBER, "bytes that the kernel has not taken yet"),
    SESSION_ROW(feeding, FIGURE_FLAG, "whether it sends something by itself: a flood, a file"),
    SESSION_ROW(recv_waits, FIGURE_FLAG, "whether recv() waits, of a blocking session"),
    SESSION_ROW(send_waits, FIGURE_FLAG, "whether send() waits, of a blocking session"),
    SESSION_ROW(resolve_ms, FIGURE_MS, "what looking up the name took"),
    SESSION_ROW(connect_ms, FIGURE_MS, "what connecting took"),
    SESSION_ROW(secure_ms, FIGURE_MS, "what the TLS handshake took"),
    SESSION_ROW(open_ms, FIGURE_MS, "from the beginning until it was open"),
    SESSION_ROW(first_byte_ms, FIGURE_MS, "from then until the first byte came"),
    SESSION_ROW(lasted_ms, FIGURE_MS, "from its beginning to its end, once that has come"),
    SESSION_ROW(server, FIGURE_NUMBER, "the number of the server that accepted it"),
    SESSION_ROW(tls_version, FIGURE_TEXT, "TLSv1.3"),
    SESSION_ROW(tls_cipher, FIGURE_TEXT, "what was agreed on"),
    SESSION_ROW(tls_alpn, FIGURE_TEXT, "the application protocol that was agreed on"),
    SESSION_ROW(tls_subject, FIGURE_TEXT, "whose certificate it is"),
    SESSION_ROW(tls_issuer, FIGURE_TEXT, "who signed it"),
    SESSION_ROW(tls_trusted, FIGURE_FLAG, "whether the certificate was checked and is good"),
    SESSION_ROW(tls_problem, FIGURE_TEXT, "what is wrong with it"),
    SESSION_ROW(tls_days_left, FIGURE_NUMBER, "days until it expires"),
    {{"answer_ms", FIGURE_MS,
      "from the first byte sent behind the answer before to the newest answer"},
     elsewhere},
    {{"text", FIGURE_BYTES, "what was received, as far as it is kept"}, elsewhere},
    {{"sent_text", FIGURE_BYTES, "what was sent, likewise"}, elsewhere},
    {{"hex", FIGURE_BYTES, "what was received, as hex digits"}, elsewhere},
    {{"sent_hex", FIGURE_BYTES, "what was sent, likewise"}, elsewhere},
};

/* --- of servers ------------------------------------------------------------------------- */

#define SERVER_GET(name)                                                                       \
    static void server_##name(const struct source *from, struct figure_value *v)
#define V (from->server)

SERVER_GET(id)
{
    put_u64(v, V->id);
}

SERVER_GET(listening)
{
    put_flag(v, V->listening);
}

SERVER_GET(service)
{
    put_if_any(v, V->service);
}

SERVER_GET(error)
{
    put_error(v, &V->err);
}

SERVER_GET(endpoint)
{
    char text[ENDPOINT_TEXT_BYTES];

    figure_put_text(v, endpoint_format(&V->endpoint, text));
}

SERVER_GET(address)
{
    put_if_any(v, V->endpoint.host);
}

SERVER_GET(port)
{
    if (V->endpoint.port)
        put_u64(v, V->endpoint.port);
}

SERVER_GET(open)
{
    put_u64(v, V->open_sessions);
}

SERVER_GET(accepted)
{
    put_u64(v, V->accepted);
}

SERVER_GET(accept_errors)
{
    put_u64(v, V->accept_errors);
}

SERVER_GET(denied)
{
    put_u64(v, V->denied);
}

SERVER_GET(datagrams)
{
    put_u64(v, V->datagrams);
}

SERVER_GET(lost_datagrams)
{
    put_u64(v, V->lost_datagrams);
}

SERVER_GET(sent)
{
    put_u64(v, V->sent_bytes);
}

SERVER_GET(received)
{
    put_u64(v, V->received_bytes);
}

SERVER_GET(fingerprint)
{
    put_if_any(v, V->fingerprint);
}

#define SERVER_ROW(name, kind, meaning)                                                        \
    {                                                                                          \
        {#name, kind, meaning}, server_##name                                                  \
    }

static const struct row server_rows[] = {
    SERVER_ROW(id, FIGURE_NUMBER, "its number in sockeye; ${NAME} alone stands for it, too"),
    SERVER_ROW(listening, FIGURE_FLAG, "whether it listens; not any more when it was stopped"),
    SERVER_ROW(service, FIGURE_TEXT, "what it does: echo"),
    SERVER_ROW(error, FIGURE_TEXT, "what it failed with; none"),
    SERVER_ROW(endpoint, FIGURE_TEXT, "where it listens: tcp://127.0.0.1:40123"),
    SERVER_ROW(address, FIGURE_TEXT, "the address in it"),
    SERVER_ROW(port, FIGURE_NUMBER, "the port in it"),
    SERVER_ROW(open, FIGURE_NUMBER, "sessions that are open"),
    SERVER_ROW(accepted, FIGURE_NUMBER, "connections accepted so far"),
    SERVER_ROW(accept_errors, FIGURE_NUMBER, "times that accept() failed"),
    SERVER_ROW(denied, FIGURE_NUMBER, "connections that its access lists turned away"),
    SERVER_ROW(datagrams, FIGURE_NUMBER, "datagrams received"),
    SERVER_ROW(lost_datagrams, FIGURE_NUMBER, "datagrams cut, answers the kernel did not take"),
    SERVER_ROW(sent, FIGURE_NUMBER, "bytes sent over all its sessions"),
    SERVER_ROW(received, FIGURE_NUMBER, "bytes received over all its sessions"),
    SERVER_ROW(fingerprint, FIGURE_TEXT, "of its certificate"),
};

/* --- lookups ---------------------------------------------------------------------------- */

#define N_SESSION_ROWS (sizeof(session_rows) / sizeof(session_rows[0]))
#define N_SERVER_ROWS (sizeof(server_rows) / sizeof(server_rows[0]))

const struct figure *session_figure(size_t index)
{
    return index < N_SESSION_ROWS ? &session_rows[index].figure : NULL;
}

const struct figure *server_figure(size_t index)
{
    return index < N_SERVER_ROWS ? &server_rows[index].figure : NULL;
}

static const struct figure *find(const struct figure *(*at)(size_t), const char *name)
{
    const struct figure *f;

    for (size_t i = 0; (f = at(i)) != NULL; i++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

const struct figure *session_figure_find(const char *name)
{
    return find(session_figure, name);
}

const struct figure *server_figure_find(const char *name)
{
    return find(server_figure, name);
}

/* The figure is the first of its row. */
static void get(const struct figure *f, const struct source *from, struct figure_value *ret)
{
    *ret = (struct figure_value){0};
    ((const struct row *)f)->get(from, ret);
}

void session_figure_get(const struct figure *f, const struct session_status *s,
                        uint64_t wall_ns, struct figure_value *ret)
{
    get(f, &(struct source){.session = s, .wall_ns = wall_ns}, ret);
}

void server_figure_get(const struct figure *f, const struct server_status *s,
                       struct figure_value *ret)
{
    get(f, &(struct source){.server = s}, ret);
}
