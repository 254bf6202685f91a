#include "core/report/tar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Offsets and widths of the fields. */
enum {
    MODE_AT = 100,
    UID_AT = 108,
    GID_AT = 116,
    SIZE_AT = 124,
    TIME_AT = 136,
    SUM_AT = 148,
    TYPE_AT = 156,
    MAGIC_AT = 257
};

static void put_octal(uint8_t *at, int digits, uint64_t n)
{
    char text[32];

    snprintf(text, sizeof(text), "%0*llo", digits, (unsigned long long)n);
    memcpy(at, text, (size_t)digits + 1);
}

int tar_header(const char *name, uint64_t size_bytes, uint64_t changed_seconds,
               uint8_t ret[TAR_BLOCK_BYTES])
{
    size_t len = strlen(name);
    unsigned sum = 0;

    if (len > TAR_NAME_BYTES)
        return -ENAMETOOLONG;
    if (size_bytes > TAR_SIZE_MAX || changed_seconds > TAR_SIZE_MAX)
        return -EFBIG;
    memset(ret, 0, TAR_BLOCK_BYTES);
    memcpy(ret, name, len);
    put_octal(ret + MODE_AT, 7, 0644);
    put_octal(ret + UID_AT, 7, 0);
    put_octal(ret + GID_AT, 7, 0);
    put_octal(ret + SIZE_AT, 11, size_bytes);
    put_octal(ret + TIME_AT, 11, changed_seconds);
    ret[TYPE_AT] = '0';
    memcpy(ret + MAGIC_AT,
           "ustar\0"
           "00",
           8);
    /* The sum is taken with blanks in its own place. */
    memset(ret + SUM_AT, ' ', 8);
    for (size_t i = 0; i < TAR_BLOCK_BYTES; i++)
        sum += ret[i];
    put_octal(ret + SUM_AT, 6, sum);
    return 0;
}
