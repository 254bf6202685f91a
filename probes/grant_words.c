/* The words of the grant: capabilities(7), setcap(8). */
#include "probes/grant_words.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "probes/grant.h"

/* This program's file in a form that a shell takes as one word; empty when unknown. */
static void program_word(char *buf, size_t size)
{
    static const char deleted[] = " (deleted)", plain[] = "abcdefghijklmnopqrstuvwxyz"
                                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                          "0123456789/._+-";
    char path[1024], clean[sizeof(path)];
    const char *quote;
    ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
    size_t len = n > 0 && (size_t)n < sizeof(path) ? (size_t)n : 0;
    size_t tail = sizeof(deleted) - 1;

    /* A program that was built anew while it runs. */
    if (len > tail && memcmp(path + len - tail, deleted, tail) == 0)
        len -= tail;
    text_clean(path, len, clean, sizeof(clean));
    buf[0] = '\0';
    if (!len || strlen(clean) != len || strchr(clean, '\''))
        return;
    quote = strspn(clean, plain) == len ? "" : "'";
    if (snprintf(buf, size, "%s%s%s", quote, clean, quote) >= (int)size)
        buf[0] = '\0';
}

void grant_setcap(const char *capabilities, char *buf, size_t size)
{
    char program[1024];
    int n;

    if (size && geteuid() == 0) {
        buf[0] = '\0';
        return;
    }
    program_word(program, sizeof(program));
    n = snprintf(buf, size, "sudo setcap %s=eip %s", capabilities, program);
    /* Half a command is worse than none. */
    if (!program[0] || n < 0 || (size_t)n >= size)
        snprintf(buf, size, "run it as root");
}

void grant_command(char *buf, size_t size)
{
    grant_setcap("cap_net_raw,cap_net_admin,cap_sys_ptrace,cap_dac_read_search", buf, size);
}
