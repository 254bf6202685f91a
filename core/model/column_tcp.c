/* Columns of struct tcp_info, and what follows from it. */
#include <stdio.h>

#include "core/base/line.h"
#include "core/model/column_put.h"
#include "core/model/tcp_info.h"

#define US_S 1000000

/* Whether the row has a struct tcp_info at all: mptcp and sctp fill another. */
static const struct socket_detail *info_of(const struct snapshot *s, const struct row *row,
                                           struct value *v)
{
    if (row->kind == KIND_TCP || row->kind == KIND_DCCP)
        return detail_with(s, row, DETAIL_INFO, v);
    put_none(v, "of TCP only");
    return NULL;
}

/* tcp_get_info() leaves a listener's fields at 0 but for these, and puts its queue into unacked
 * and sacked, which the row's queues show already. */
static bool of_listener(enum tcp_info_id id)
{
    return id == TCP_INFO_snd_cwnd || id == TCP_INFO_reordering || id == TCP_INFO_pacing_rate ||
           id == TCP_INFO_max_pacing_rate;
}

/* Counted from when it was connected; before that they tell how long the machine is up. */
static bool from_connection(enum tcp_info_id id)
{
    return id == TCP_INFO_last_data_sent || id == TCP_INFO_last_data_recv;
}

static void put_info(const struct snapshot *s, const struct row *row, enum tcp_info_id id,
                     struct value *v)
{
    const struct socket_detail *d = info_of(s, row, v);

    if (!d)
        return;
    if (row->state == STATE_LISTEN && !of_listener(id))
        put_none(v, "a listener has none");
    else if (row->state == STATE_SYN_SENT && from_connection(id))
        put_none(v, "it is not connected yet");
    else
        tcp_info_value(d, id, v);
}

#define INFO_GET(name, ...)                                                                    \
    GET(name)                                                                                  \
    {                                                                                          \
        put_info(s, row, TCP_INFO_##name, v);                                                  \
    }

TCP_INFO_FIELDS(INFO_GET)

/* A byte that several facts share. */
static bool read_byte(const struct snapshot *s, const struct row *row, size_t place,
                      struct value *v, uint8_t *ret)
{
    const struct socket_detail *d = info_of(s, row, v);

    if (!d)
        return false;
    if (row->state == STATE_LISTEN) {
        put_none(v, "a listener has none");
        return false;
    }
    if (place >= d->info_bytes) {
        put_unknown(v, "this kernel does not tell");
        return false;
    }
    *ret = d->info[place];
    return true;
}

/* TCPI_OPT_... of linux/tcp.h, in ss's words. */
GET(options)
{
    static const char *const names[] = {"ts",      "sack",     "wscale",  "ecn",
                                        "ecnseen", "fastopen", "usec_ts", "tfo_child"};
    uint8_t bits;

    if (read_byte(s, row, TCP_INFO_OPTIONS_AT, v, &bits))
        put_words(v, bits, names, sizeof(names) / sizeof(names[0]), "none was agreed on");
}

static void put_scale(const struct snapshot *s, const struct row *row, unsigned shift,
                      struct value *v)
{
    uint8_t options, scales;

    if (!read_byte(s, row, TCP_INFO_OPTIONS_AT, v, &options) ||
        !read_byte(s, row, TCP_INFO_SCALES_AT, v, &scales))
        return;
    if (options & 4)
        put_number(v, scales >> shift & 15);
    else
        put_none(v, "window scaling was not agreed on");
}

GET(snd_wscale)
{
    put_scale(s, row, 0, v);
}

GET(rcv_wscale)
{
    put_scale(s, row, 4, v);
}

GET(app_limited)
{
    uint8_t flags;

    if (read_byte(s, row, TCP_INFO_FLAGS_AT, v, &flags))
        put_flag(v, flags & 1);
}

/* enum tcp_fastopen_client_fail */
GET(fastopen_client_fail)
{
    static const char *const names[] = {"unspecified", "no cookie", "data not acknowledged",
                                        "syn timed out"};
    uint8_t flags;

    if (!read_byte(s, row, TCP_INFO_FLAGS_AT, v, &flags))
        return;
    if (flags >> 1 & 3)
        put_text(v, names[flags >> 1 & 3]);
    else
        put_none(v, "fast open did not fail, or was not tried");
}

static bool info_number(const struct snapshot *s, const struct row *row, enum tcp_info_id id,
                        struct value *v, uint64_t *ret)
{
    put_info(s, row, id, v);
    *ret = v->number;
    return v->kind == VALUE_NUMBER;
}

/* What ss calls send: a window a round trip. */
GET(send)
{
    uint64_t rtt, cwnd, mss;

    if (info_number(s, row, TCP_INFO_rtt, v, &rtt) &&
        info_number(s, row, TCP_INFO_snd_cwnd, v, &cwnd) &&
        info_number(s, row, TCP_INFO_snd_mss, v, &mss))
        put_number(v, cwnd * mss * US_S / rtt);
}

static void put_share(const struct snapshot *s, const struct row *row, enum tcp_info_id id,
                      struct value *v)
{
    uint64_t busy, limited;

    if (!info_number(s, row, id, v, &limited) ||
        !info_number(s, row, TCP_INFO_busy_time, v, &busy))
        return;
    if (busy)
        put_number(v, (uint64_t)((unsigned __int128)limited * 100 / busy));
    else
        put_none(v, "it was never busy");
}

GET(rwnd_share)
{
    put_share(s, row, TCP_INFO_rwnd_limited, v);
}

GET(sndbuf_share)
{
    put_share(s, row, TCP_INFO_sndbuf_limited, v);
}

/* "rwnd 93 %, sndbuf 2 %" */
GET(limited)
{
    struct line_out l = line_in(v->text, sizeof(v->text));
    uint64_t rwnd, sndbuf;

    get_rwnd_share(s, row, v);
    rwnd = v->number;
    if (v->kind != VALUE_NUMBER)
        return;
    get_sndbuf_share(s, row, v);
    sndbuf = v->number;
    if (rwnd)
        line_add(&l, "rwnd %u %%", (unsigned)rwnd);
    if (sndbuf)
        line_add(&l, "%ssndbuf %u %%", rwnd ? ", " : "", (unsigned)sndbuf);
    if (!l.used) {
        put_none(v, "it is not limited");
        return;
    }
    v->kind = VALUE_TEXT;
    v->len = l.used;
}

GET(idle)
{
    uint64_t sent, came;

    if (info_number(s, row, TCP_INFO_last_data_sent, v, &sent) &&
        info_number(s, row, TCP_INFO_last_data_recv, v, &came))
        put_number(v, sent < came ? sent : came);
}

/* The kernel keeps no time of birth, but counts the time since data was sent from there. */
GET(age)
{
    uint64_t segments, since;

    if (!info_number(s, row, TCP_INFO_data_segs_out, v, &segments) ||
        !info_number(s, row, TCP_INFO_last_data_sent, v, &since))
        return;
    if (segments)
        put_unknown(v, "the kernel keeps it only until data is sent");
    else
        put_number(v, since);
}

/* Fields of `info`, by the shortest of their names. */
static const struct brief {
    enum tcp_info_id id;
    const char *name;
} briefs[] = {
    {TCP_INFO_rtt, "rtt:"},
    {TCP_INFO_rttvar, "rttvar:"},
    {TCP_INFO_min_rtt, "min_rtt:"},
    {TCP_INFO_rto, "rto:"},
    {TCP_INFO_snd_cwnd, "cwnd:"},
    {TCP_INFO_snd_ssthresh, "ssthresh:"},
    {TCP_INFO_snd_mss, "mss:"},
    {TCP_INFO_unacked, "unacked:"},
    {TCP_INFO_notsent_bytes, "notsent_bytes:"},
    {TCP_INFO_bytes_sent, "bytes_sent:"},
    {TCP_INFO_bytes_received, "bytes_received:"},
    {TCP_INFO_delivery_rate, "delivery_rate:"},
    {TCP_INFO_busy_time, "busy_time:"},
    {TCP_INFO_rwnd_limited, "rwnd_limited:"},
    {TCP_INFO_sndbuf_limited, "sndbuf_limited:"},
    {TCP_INFO_retrans, "retrans:"},
    {TCP_INFO_total_retrans, "total_retrans:"},
    {TCP_INFO_lost, "lost:"},
    {TCP_INFO_probes, "probes:"},
    {TCP_INFO_backoff, "backoff:"},
    {TCP_INFO_rcv_ooopack, "rcv_ooopack:"},
    {TCP_INFO_dsack_dups, "dsack_dups:"},
};

/* Room for any: a name, a number, a unit. */
#define BRIEF_BYTES 48

/* A field that says something; written by hand, for a list can have a hundred thousand rows. */
static char *put_brief(char *at, const struct socket_detail *d, const struct brief *brief)
{
    const struct tcp_info_field *f = tcp_info_field(brief->id);
    uint64_t number;

    if (!tcp_info_read(d, brief->id, &number) || !number ||
        number == (f->bytes == 8 ? UINT64_MAX : UINT32_MAX) ||
        (f->sense == SENSE_THRESHOLD && number >= INT32_MAX))
        return at;
    at = stpcpy(at, brief->name);
    at += text_u64(number, at);
    if (f->unit == UNIT_US)
        at = stpcpy(at, "us");
    *at++ = ' ';
    return at;
}

GET(info)
{
    const struct socket_detail *d = info_of(s, row, v);
    char *at = v->text, *end = v->text + sizeof(v->text) - BRIEF_BYTES;

    if (!d)
        return;
    if (row->state == STATE_LISTEN) {
        put_none(v, "a listener has none");
        return;
    }
    for (size_t i = 0; i < sizeof(briefs) / sizeof(briefs[0]) && at < end; i++)
        at = put_brief(at, d, &briefs[i]);
    if (at == v->text) {
        put_unknown(v, "this kernel does not tell");
        return;
    }
    v->kind = VALUE_TEXT;
    v->len = (size_t)(at - v->text) - 1;
    v->text[v->len] = '\0';
}

#define INFO_COLUMN(id, title_, place, bytes, unit_, sense, meaning_)                          \
    {.name = #id,                                                                              \
     .title = title_,                                                                          \
     .unit = unit_,                                                                            \
     .right = (sense) != SENSE_PHASE,                                                          \
     .parts = DETAIL_INFO,                                                                     \
     .meaning = meaning_,                                                                      \
     .get = get_##id},

static const struct column columns[] = {
    TCP_INFO_FIELDS(INFO_COLUMN)
        TEXT_COLUMN(options, "options", DETAIL_INFO,
                    "The TCP options that both agreed on; ts sack wscale is normal."),
    NUMBER_COLUMN(snd_wscale, "wscale send", UNIT_COUNT, DETAIL_INFO,
                  "By how many bits the peer's window is shifted; without it a window ends at "
                  "65,535 bytes."),
    NUMBER_COLUMN(rcv_wscale, "wscale receive", UNIT_COUNT, DETAIL_INFO,
                  "By how many bits our window is shifted."),
    TEXT_COLUMN(info, "info", DETAIL_INFO,
                "How the connection does in a line: the fields of TCP_INFO that are not 0, "
                "those that matter most."),
    TEXT_COLUMN(app_limited, "app limited", DETAIL_INFO,
                "Yes: the program gave less to send than the path takes, which is normal."),
    TEXT_COLUMN(fastopen_client_fail, "fast open", DETAIL_INFO,
                "Why TCP Fast Open did not work; normally none."),
    NUMBER_COLUMN(send, "send rate", UNIT_BYTES_S, DETAIL_INFO,
                  "What cwnd and rtt allow: ss's send, which it gives in bits."),
    TEXT_COLUMN(limited, "limited", DETAIL_INFO,
                "Which share of the busy time was lost to the peer's window (rwnd) or our "
                "buffer (sndbuf); normally none."),
    NUMBER_COLUMN(rwnd_share, "rwnd share", UNIT_PERCENT, DETAIL_INFO,
                  "rwnd_limited of busy_time; normally 0, much is a peer that reads slowly."),
    NUMBER_COLUMN(sndbuf_share, "sndbuf share", UNIT_PERCENT, DETAIL_INFO,
                  "sndbuf_limited of busy_time; normally 0."),
    NUMBER_COLUMN(idle, "idle", UNIT_MS, DETAIL_INFO, "Time since data last went either way."),
    NUMBER_COLUMN(age, "age", UNIT_MS, DETAIL_INFO,
                  "How long it is connected; known until it sends data."),
};

const struct column *columns_of_tcp(size_t *ret_n)
{
    *ret_n = sizeof(columns) / sizeof(columns[0]);
    return columns;
}
