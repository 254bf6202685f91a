/* Packets, calls and states in any order and at any time: the order of steps holds, texts are
 * printable, bounds are kept, and every form of report can be written.  Input: records of twelve
 * bytes, after one for the bound and one for the forms. */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/ladder.h"
#include "core/report/ladder_line.h"
#include "core/wire/ladder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD = 12 };

static void require(int condition)
{
    if (!condition)
        abort();
}

static struct addr address(uint8_t n)
{
    struct in_addr v4 = {htonl(0x7f000001U)};
    struct in6_addr v6 = {{{0xfd, [15] = n}}};

    return n % 5 ? addr_make(AF_INET, &v4, (uint16_t)(n & 0x7f)) : addr_make(AF_INET6, &v6, n);
}

static void add_packet(struct ladder *l, struct conversations *c, const uint8_t *r,
                       uint64_t number, uint64_t wall_ns)
{
    static struct dissection d;
    struct packet packet = {.wall_ns = wall_ns};
    struct packet_note note;
    struct packet_facts facts = {.number = number, .packet = &packet, .dissection = &d};

    memset(&d, 0, sizeof(d));
    d.has_flow = true;
    d.has_tcp = r[1] & 1;
    d.flow = (struct flow){address(r[4]), address(r[5]), d.has_tcp ? IPPROTO_TCP : IPPROTO_UDP};
    d.tcp.flags = r[6];
    d.tcp.seq = (uint32_t)r[7] << 6;
    d.tcp.ack = (uint32_t)r[8] << 6;
    d.tcp.window = (uint16_t)(r[9] << 6);
    d.tcp.has_window_scale = r[1] & 2;
    d.payload_claimed = (uint32_t)r[10] << 6;
    d.protocol = r[1] & 4 ? "A\x1b[2J\xff protocol that is long" : "TCP";
    memcpy(d.info, r, RECORD);
    for (size_t i = 0; i < RECORD; i++)
        d.info[i] = d.info[i] ? d.info[i] : 'x';
    conversations_add(c, number, &packet, &d, &note);
    if (r[1] & 8) {
        note.findings = r[11] | (uint32_t)r[3] << 8;
        note.findings &= (1U << FINDING_COUNT) - 1;
    }
    if (r[1] & 16) {
        note.has |= NOTE_STATES;
        note.states[0] = r[9] % 14;
        note.states[1] = r[10] % 14;
    }
    facts.note = r[1] & 32 ? NULL : &note;
    ladder_packet(l, &facts);
}

static void add_record(struct ladder *l, struct conversations *c, const uint8_t *r,
                       uint64_t number)
{
    uint64_t wall_ns = r[1] & 64 ? (uint64_t)r[2] << 56 : number * 1000000 + r[2] * 100000;
    struct addr local = address(r[4]);
    char text[RECORD + 16] = "send(1) = ";

    if (r[0] % 8 < 6) {
        add_packet(l, c, r, number, wall_ns);
    } else if (r[0] % 8 == 6) {
        memcpy(text + (r[1] & 1 ? 0 : 10), r + 5, 7);
        ladder_call(l, wall_ns, &local, r[1] & 2, text);
    } else {
        ladder_state(l, wall_ns, &local, r[5] % 14);
    }
}

static void check_text(const char *text, size_t size)
{
    require(memchr(text, '\0', size) != NULL);
    for (; *text; text++)
        require(*text >= ' ' && *text <= '~');
}

static void check(const struct ladder *l, size_t max)
{
    uint64_t before_ns = 0, number, left = ladder_count(l) - ladder_first(l);
    char label[LADDER_LABEL_BYTES];

    require(left <= max && ladder_columns(l) <= LADDER_COLUMNS);
    for (uint64_t i = ladder_first(l); i < ladder_count(l); i++) {
        const struct ladder_step *s = ladder_step(l, i);

        require(s != NULL && s->count > 0);
        require(s->wall_ns >= before_ns && s->last_wall_ns >= s->wall_ns);
        require(s->from < ladder_columns(l) && s->to < ladder_columns(l));
        require(s->tail_at <= strlen(s->text));
        check_text(s->text, sizeof(s->text));
        check_text(s->protocol, sizeof(s->protocol));
        check_text(ladder_label(s, label), sizeof(label));
        require(ladder_find(l, s->id, i, &number) && number == i);
        before_ns = s->wall_ns;
    }
    require(ladder_step(l, ladder_count(l)) == NULL);
}

static int swallow(void *ctx, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        require(bytes[i] == '\n' || (bytes[i] & 0x80) || bytes[i] >= ' ');
    *(size_t *)ctx += len;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t max, written = 0;
    struct conversations *c;
    struct ladder *l;
    struct ladder_shape shape;

    if (size < 2)
        return 0;
    max = 1 + data[0];
    l = ladder_new(max);
    c = conversations_new(64);
    shape = (struct ladder_shape){.form = (enum ladder_form)(data[1] % 3),
                                  .ascii = data[1] & 4,
                                  .gaps = data[1] & 8,
                                  .width = data[1] & 16 ? data[1] : 0,
                                  .title = "<&>\"'\x1b"};
    ladder_folding(l, !(data[1] & 32));
    for (size_t at = 2; at + RECORD <= size; at += RECORD)
        add_record(l, c, data + at, at / RECORD);
    check(l, max);
    require(ladder_report(l, &shape, swallow, &written) == 0);
    ladder_free(l);
    conversations_free(c);
    return 0;
}
