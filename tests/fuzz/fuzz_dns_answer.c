/* What comes back on a DNS exchange: the first byte says whether over TCP; the rest is what the
 * server sends, over TCP in pieces.  Answers to the question that is in it are taken, within the
 * report's room; others end a stream, and are passed over as datagrams. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "probes/names_dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_NS 1000
#define DATAGRAM_MAX 4096

static void must(bool condition)
{
    if (!condition)
        abort();
}

/* As if it had been asked what the message repeats. */
static void ask(struct names_exchange *x, struct name_finding *f, const uint8_t *message,
                size_t len)
{
    struct dns_question question = {.name = "a.example", .type = DNS_A};
    struct dns_reader reader;
    struct dns_header header = {0};

    if (dns_read_header(&reader, message, len, &header) == 0)
        (void)dns_read_question(&reader, &question);
    x->id = header.id;
    f->type = question.type;
    memcpy(f->query, question.name, sizeof(f->query));
}

static void check(const struct name_report *r, const struct name_finding *f)
{
    must(r->n_answers <= NAMES_ANSWERS && f->first_answer + f->n_answers <= r->n_answers);
    for (size_t i = 0; i < f->n_answers; i++) {
        const struct name_answer *a = &r->answers[f->first_answer + i];

        must(a->type == f->type || a->type == DNS_CNAME);
        must(memchr(a->name, '\0', sizeof(a->name)) && text_is_printable(a->name));
    }
}

static void give(struct names_exchange *x, struct name_report *r, int server,
                 const uint8_t *bytes, size_t len, size_t part)
{
    bool ended = false;

    for (size_t at = 0; at < len && !ended; at += part) {
        size_t n = len - at < part ? len - at : part;

        must(send(server, bytes + at, n, MSG_NOSIGNAL) == (ssize_t)n);
        /* A length and its bytes are read one after the other. */
        for (int i = 0; i < 4 && !ended; i++)
            ended = names_exchange_ready(x, r, NOW_NS);
    }
    close(server);
    /* A stream that was closed says so; a datagram socket is silent. */
    if (!ended && x->tcp)
        while (!names_exchange_ready(x, r, NOW_NS))
            continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool tcp = size && data[0] & 1;
    size_t part = size ? 1 + (data[0] >> 1) : 1, head = tcp ? 3 : 1;
    struct name_report *r;
    struct name_finding *f;
    struct names_exchange x = {.active = true, .tcp = tcp, .resend_ns = UINT64_MAX};
    int ends[2];

    if (size < head || size > DATAGRAM_MAX)
        return 0;
    must(socketpair(AF_UNIX, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0, ends) == 0);
    r = mem_new(1, sizeof(*r));
    f = names_finding(r, NAME_DNS);
    x.fd = ends[0];
    x.finding = f;
    if (tcp)
        x.answer = mem_new(2 + UINT16_MAX, 1);
    ask(&x, f, data + head, size - head);
    give(&x, r, ends[1], data + 1, size - 1, tcp ? part : size);
    must(!x.active || (!tcp && f->n_answers == 0));
    check(r, f);
    names_exchange_end(&x);
    free(r);
    return 0;
}
