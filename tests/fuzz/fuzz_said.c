/* Whatever bytes are sent or come, however they are cut: what they are said to be is the same, its
 * words are printable, and lines of /proc/net/igmp are taken as they come. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/text.h"
#include "core/net/tls_try.h"
#include "core/why/frame_look.h"
#include "core/why/request_look.h"
#include "probes/groups.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const char *words, size_t size)
{
    char clean[4 * ERR_TEXT_BYTES + 1];

    if (!memchr(words, '\0', size))
        abort();
    text_clean(words, strlen(words), clean, sizeof(clean));
    if (strcmp(words, clean) != 0)
        abort();
}

static void look(const uint8_t *data, size_t size, size_t step, struct frame_facts *ret)
{
    struct frame_look l;

    frame_look_init(&l);
    for (size_t at = 0; at < size; at += step)
        frame_look_feed(&l, data + at, step < size - at ? step : size - at);
    frame_look_facts(&l, ret);
    frame_look_done(&l);
}

static void check_line(const uint8_t *data, size_t size)
{
    char line[256], device[GROUPS_DEVICE_BYTES] = "";
    uint8_t ip[16] = {0xff, 0x02, [15] = 1};
    struct addr four = addr_make(AF_INET, (uint8_t[]){224, 0, 0, 1}, 0),
                six = addr_make(AF_INET6, ip, 0);
    size_t len = size < sizeof(line) - 1 ? size : sizeof(line) - 1;

    memcpy(line, data, len);
    line[len] = '\0';
    groups_parse(line, &four, device);
    groups_parse(line, &six, device);
    if (!memchr(device, '\0', sizeof(device)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frame_facts whole, parts;
    struct request_facts request;

    look(data, size, size ? size : 1, &whole);
    look(data, size, 1 + size % 7, &parts);
    if (memcmp(&whole, &parts, sizeof(whole)) != 0)
        abort();
    check_words(whole.why, sizeof(whole.why));
    request_look(data, size, &request);
    check_words(request.why, sizeof(request.why));
    tls_look_at(data, size, data, size);
    tls_look_at(data, size, NULL, 0);
    check_line(data, size);
    return 0;
}
