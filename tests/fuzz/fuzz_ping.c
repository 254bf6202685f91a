/* What comes back to a ping, as a raw or a datagram socket gives it: the first byte says which and
 * of what version, the second whether it is what the error queue keeps. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/wire/echo.h"
#include "core/wire/icmp_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int truth)
{
    if (!truth)
        abort();
}

static void read_message(bool v6, bool with_header, const uint8_t *bytes, size_t len)
{
    struct echo_message m = {.bytes = 4242};
    int r = echo_read(v6, with_header, bytes, len, &m);
    char words[ICMP_TEXT_BYTES];

    if (r < 0) {
        expect((r == -EBADMSG || r == -ENOMSG) && m.bytes == 4242);
        return;
    }
    expect(icmp_describe(v6, m.type, m.code, words) == words && words[0]);
    expect(strlen(words) < sizeof(words) - 1);
    if (m.kind == ECHO_REPLY)
        expect(m.bytes >= ECHO_HEADER_BYTES && m.bytes <= len &&
               m.has_mark == (m.bytes >= ECHO_HEADER_BYTES + ECHO_MARK_BYTES));
    else
        expect(m.destination.family == (v6 ? AF_INET6 : AF_INET) && !m.has_mark &&
               (!m.has_mtu || m.mtu));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *bytes;
    uint16_t id = 0, sequence = 0;
    bool v6;

    if (size < 2)
        return 0;
    /* In an allocation of its own size: a read behind it is seen. */
    bytes = malloc(size - 2 ? size - 2 : 1);
    if (!bytes)
        return 0;
    memcpy(bytes, data + 2, size - 2);
    v6 = data[0] & 1;
    if (data[1] & 1)
        expect(echo_read_request(v6, bytes, size - 2, &id, &sequence) <= 0);
    else
        read_message(v6, !v6 && data[0] & 2, bytes, size - 2);
    free(bytes);
    return 0;
}
