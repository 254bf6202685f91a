#include "core/model/tcp_info.h"

#include <string.h>

#include "core/model/column_put.h"

/* TCP_INFINITE_SSTHRESH of include/net/tcp.h: slow start has never ended. */
#define SSTHRESH_INFINITE 0x7fffffffU

#define TCP_INFO_ROW(name, title, place, bytes, unit, sense, meaning)                          \
    [TCP_INFO_##name] = {#name, title, meaning, place, bytes, unit, sense},

static const struct tcp_info_field fields[TCP_INFO_COUNT] = {TCP_INFO_FIELDS(TCP_INFO_ROW)};

const struct tcp_info_field *tcp_info_field(enum tcp_info_id id)
{
    return &fields[id];
}

bool tcp_info_read(const struct socket_detail *d, enum tcp_info_id id, uint64_t *ret)
{
    const struct tcp_info_field *f = &fields[id];
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;

    if ((size_t)f->place + f->bytes > d->info_bytes)
        return false;
    switch (f->bytes) {
    case sizeof(u64):
        memcpy(&u64, d->info + f->place, sizeof(u64));
        *ret = u64;
        break;
    case sizeof(u32):
        memcpy(&u32, d->info + f->place, sizeof(u32));
        *ret = u32;
        break;
    case sizeof(u16):
        memcpy(&u16, d->info + f->place, sizeof(u16));
        *ret = u16;
        break;
    default:
        *ret = d->info[f->place];
    }
    return true;
}

/* TCP_CA_Open ... of include/uapi/linux/tcp.h. */
static void put_phase(struct value *v, uint64_t state)
{
    static const char *const names[] = {"open", "disorder", "cwr", "recovery", "loss"};

    if (state < sizeof(names) / sizeof(names[0]))
        put_text(v, names[state]);
    else
        put_number(v, state);
}

static void put_rate(struct value *v, uint64_t rate, unsigned bytes)
{
    if (rate == 0)
        put_none(v, "not measured yet");
    else if (rate == (bytes == 8 ? UINT64_MAX : UINT32_MAX))
        put_none(v, "no limit");
    else
        put_number(v, rate);
}

void tcp_info_value(const struct socket_detail *d, enum tcp_info_id id, struct value *ret)
{
    const struct tcp_info_field *f = &fields[id];
    uint64_t number;

    if (!tcp_info_read(d, id, &number)) {
        put_unknown(ret, "this kernel does not tell");
        return;
    }
    switch ((enum tcp_info_sense)f->sense) {
    case SENSE_MEASURED:
        if (number == 0 || number == UINT32_MAX)
            put_none(ret, "not measured yet");
        else
            put_number(ret, number);
        break;
    case SENSE_RATE:
        put_rate(ret, number, f->bytes);
        break;
    case SENSE_THRESHOLD:
        if (number >= SSTHRESH_INFINITE)
            put_none(ret, "not set");
        else
            put_number(ret, number);
        break;
    case SENSE_PHASE:
        put_phase(ret, number);
        break;
    case SENSE_UNKNOWN:
        put_unknown(ret, "the kernel does not remember it");
        break;
    case SENSE_PLAIN:
    case SENSE_LIMITED:
        put_number(ret, number);
        break;
    }
}
