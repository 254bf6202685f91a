/* Times of pcapng: counts of any power of 10 or 2 of a second, moved by an offset. */
#include "core/wire/pcapng.h"

#define NS_PER_S 1000000000U
#define BINARY 0x80U
/* 10^19 is the last power of ten that 64 bits hold, 2^63 of two. */
#define DECIMAL_MAX (9 + 19)
#define BINARY_MAX 63

typedef unsigned __int128 wide;

static uint64_t power_of_ten(unsigned n)
{
    uint64_t power = 1;

    while (n--)
        power *= 10;
    return power;
}

static wide ns_of(uint8_t resolution, uint64_t ticks)
{
    unsigned n = resolution & ~BINARY;

    if (resolution & BINARY)
        return n > BINARY_MAX ? 0 : (wide)ticks * NS_PER_S >> n;
    if (n <= 9)
        return (wide)ticks * power_of_ten(9 - n);
    return n > DECIMAL_MAX ? 0 : ticks / power_of_ten(n - 9);
}

bool pcapng_to_ns(const struct pcapng_interface *i, uint64_t ticks, uint64_t *ret_ns)
{
    __int128 ns = (__int128)ns_of(i->resolution, ticks) + (__int128)i->offset_s * NS_PER_S;

    if (ns < 0 || ns > UINT64_MAX)
        return false;
    *ret_ns = (uint64_t)ns;
    return true;
}

bool pcapng_from_ns(const struct pcapng_interface *i, uint64_t ns, uint64_t *ret_ticks)
{
    __int128 since = (__int128)ns - (__int128)i->offset_s * NS_PER_S;
    unsigned n = i->resolution & ~BINARY;
    wide ticks;

    /* Up to 2^93 ns, which 2^63 ticks a second or 10^28 would take beyond 128 bits. */
    if (since < 0 || since > UINT64_MAX)
        return false;
    if (i->resolution & BINARY) {
        if (n > BINARY_MAX)
            return false;
        /* Upwards: the first count that is this many whole nanoseconds again. */
        ticks = (((wide)since << n) + NS_PER_S - 1) / NS_PER_S;
    } else if (n <= 9) {
        ticks = (wide)since / power_of_ten(9 - n);
    } else {
        if (n > DECIMAL_MAX)
            return false;
        ticks = (wide)since * power_of_ten(n - 9);
    }
    if (ticks > UINT64_MAX)
        return false;
    *ret_ticks = (uint64_t)ticks;
    return true;
}
