/* Any text as one of our data files, which the first byte chooses: read whole or refused in clean
 * words that name the file; and what is found in it is printable. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/model/errors.h"
#include "core/model/state_texts.h"
#include "core/report/icmp_advice.h"
#include "core/why/causes.h"
#include "tests/fuzz/refused.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
    if (!condition)
        abort();
}

static void check_errors(void)
{
    struct err err = {.code = -1};
    char text[1024];

    for (size_t i = 0; i < error_count(); i++) {
        const struct error_entry *e = error_at(i);

        must(error_by_name(e->name) == e && error_by_number(e->kind, e->number) != NULL);
        must(e->tries.n > 0 && e->tries.n <= ERROR_TEXTS_MAX && text_is_printable(e->meaning));
    }
    error_format(&err, text, sizeof(text));
    must(text_is_printable(text));
}

static void check_causes(void)
{
    for (size_t i = 0; i < cause_count(); i++) {
        const struct cause *c = cause_at(i);

        must(cause_by_id(c->id) == c && c->n_fixes > 0 && c->n_fixes <= CAUSE_FIXES_MAX);
        must(strlen(c->title) < CAUSE_TITLE_BYTES && text_is_printable(c->explanation));
    }
}

static void check_states(void)
{
    for (int i = STATE_ESTABLISHED; i < STATE_COUNT; i++) {
        const struct state_text *t = state_text((enum socket_state)i);

        must(!t || (text_is_printable(t->means) && t->trouble[0]));
    }
}

static int load_icmp(const char *path, struct err *err)
{
    struct icmp_advice *a;
    int r = icmp_advice_load_from(path, &a, err);

    for (int type = 0; r == 0 && type < 256; type++) {
        const char *text = icmp_advice_of(a, type & 1, (uint8_t)type, 0);

        must(!text || (text[0] && text_is_printable(text)));
    }
    if (r == 0)
        icmp_advice_free(a);
    return r;
}

static int load(unsigned which, const char *path, struct err *err)
{
    switch (which) {
    case 0:
        return error_reference_load_from(path, err);
    case 1:
        return causes_load_from(path, err);
    case 2:
        return state_texts_load_from(path, err);
    default:
        return load_icmp(path, err);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("reference", MFD_CLOEXEC);
    struct err err = {0};
    char path[64];

    must(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (size) {
        must(write(fd, data + 1, size - 1) == (ssize_t)size - 1);
        if (load(data[0] & 3, path, &err) < 0)
            check_refusal(&err, path);
    }
    close(fd);
    check_errors();
    check_causes();
    check_states();
    return 0;
}
