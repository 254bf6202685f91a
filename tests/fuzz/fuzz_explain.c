/* Any text as the file of explanations: read whole or refused with a reason, and what is found in it
 * is printable. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/report/explanation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check_text(const char *text)
{
    for (; *text; text++)
        require(*text >= ' ' && *text <= '~');
}

static void check_topic(const struct topic *t, const char *value)
{
    static struct subjects subjects;
    static struct explanation e;

    subjects.n = 0;
    subjects_add(&subjects, t->kind, t->in, t->name, value);
    require(topic_find(t->kind, t->in, t->name) == t);
    require(explanation_of(&subjects.list[0], &e));
    require(e.n > 0 && e.n <= EXPLANATION_LINES);
    for (size_t i = 0; i < e.n; i++)
        check_text(e.lines[i].text);
    require(explanation_find(t->name, &subjects) > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("explain", MFD_CLOEXEC);
    char path[64], value[64];
    struct err err = {0};

    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    snprintf(value, sizeof(value), "SYN, ACK");
    if (topics_load_from(path, &err) < 0)
        require(err.reason[0] != '\0');
    else
        for (size_t i = 0; i < topic_count() && i < 16; i++)
            check_topic(topic_at(i), value);
    close(fd);
    return 0;
}
