#include "core/wire/pack_float.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* binary16: eleven significant bits, the smallest unit 2^-24. */
enum { HALF_DIGITS = 11, HALF_LEAST = -24 };
#define HALF_INFINITY 0x7c00U
#define HALF_NAN 0x7e00U

/* The bits of a number that is not negative and finite; from HALF_INFINITY on it is too large. */
static uint64_t half_of(double x)
{
    int exponent, unit;
    double scaled, rest;
    uint64_t n;

    if (x >= 65536)
        return HALF_INFINITY;
    frexp(x, &exponent);
    unit = exponent - HALF_DIGITS;
    if (unit < HALF_LEAST || x <= 0)
        unit = HALF_LEAST;
    /* Scaling by a power of two is exact here: x has become less than 2^11. */
    scaled = ldexp(x, -unit);
    n = (uint64_t)scaled;
    rest = scaled - (double)n;
    n += rest > 0.5 || (rest == 0.5 && n % 2);
    /* The leading one, where there is one, and a carry of the rounding both add to the exponent. */
    return ((uint64_t)(unit - HALF_LEAST) << (HALF_DIGITS - 1)) + n;
}

static bool half_bits(double x, uint64_t *ret_bits)
{
    uint64_t bits = isnan(x) ? HALF_NAN : isinf(x) ? HALF_INFINITY : half_of(fabs(x));

    if (bits >= HALF_INFINITY && isfinite(x))
        return false;
    *ret_bits = bits | (signbit(x) ? 0x8000 : 0);
    return true;
}

static double half_value(uint64_t bits)
{
    int exponent = (int)(bits >> 10 & 31);
    double x = (double)(bits & 0x3ff);

    if (exponent == 31)
        x = x > 0 ? NAN : INFINITY;
    else
        x = ldexp(exponent ? x + 1024 : x, (exponent ? exponent : 1) - 1 + HALF_LEAST);
    return copysign(x, bits & 0x8000 ? -1 : 1);
}

bool pack_float_bits(size_t bytes, double x, bool overflows, uint64_t *ret_bits)
{
    uint32_t bits;
    float narrow;

    if (bytes == 2)
        return half_bits(x, ret_bits);
    if (bytes == 8) {
        memcpy(ret_bits, &x, 8);
        return true;
    }
    narrow = (float)x;
    if (isinf(narrow) && isfinite(x) && !overflows)
        return false;
    memcpy(&bits, &narrow, 4);
    *ret_bits = bits;
    return true;
}

double pack_float_value(size_t bytes, uint64_t bits)
{
    uint32_t narrow_bits = (uint32_t)bits;
    float narrow;
    double x;

    if (bytes == 2)
        return half_value(bits);
    if (bytes == 4) {
        memcpy(&narrow, &narrow_bits, 4);
        return (double)narrow;
    }
    memcpy(&x, &bits, 8);
    return x;
}

/* --- text ------------------------------------------------------------------------------- */

/* The decimal point is a point while it is set; give what it returns to c_numbers_end(). */
static locale_t c_numbers(locale_t *ret_c)
{
    *ret_c = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    return uselocale(*ret_c);
}

static void c_numbers_end(locale_t before, locale_t c)
{
    uselocale(before);
    if (c)
        freelocale(c);
}

/* True when a decimal is the number again. */
static bool same(size_t bytes, double x, const char *text)
{
    uint64_t a = 0, b = 0;

    return pack_float_bits(bytes, x, true, &a) &&
           pack_float_bits(bytes, strtod(text, NULL), true, &b) && a == b;
}

const char *pack_float_text(size_t bytes, double x, char buf[PACK_FLOAT_TEXT_BYTES])
{
    locale_t c, before;
    int digits = 0, exponent, decimals;

    if (!isfinite(x)) {
        snprintf(buf, PACK_FLOAT_TEXT_BYTES, "%s", isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
        return buf;
    }
    before = c_numbers(&c);
    do
        snprintf(buf, PACK_FLOAT_TEXT_BYTES, "%.*e", digits, x);
    while (!same(bytes, x, buf) && ++digits < 17);
    exponent = atoi(strchr(buf, 'e') + 1);
    decimals = digits - exponent > 1 ? digits - exponent : 1;
    /* Written out as long as every digit means something. */
    if (exponent >= -4 && exponent < (bytes == 8 ? 16 : 9))
        snprintf(buf, PACK_FLOAT_TEXT_BYTES, "%.*f", decimals, x);
    c_numbers_end(before, c);
    return buf;
}

bool pack_float_read(const char *text, double *ret, size_t *ret_used)
{
    locale_t c, before = c_numbers(&c);
    char *end;
    double x;
    bool fits;

    errno = 0;
    x = strtod(text, &end);
    fits = !(errno == ERANGE && isinf(x));
    c_numbers_end(before, c);
    *ret_used = (size_t)(end - text);
    if (fits)
        *ret = x;
    return fits;
}
