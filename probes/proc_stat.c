#include "probes/proc_stat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probes/grant.h"

/* Fields are counted from 1; the state behind the name is field 3. */
enum { FIELD_AFTER_NAME = 3, FIELD_START = 22 };

/* The n-th word of text, words being parted by one space; NULL when there are fewer. */
static const char *word(const char *text, unsigned n)
{
    while (text && n--) {
        text = strchr(text, ' ');
        if (text)
            text++;
    }
    return text;
}

int proc_stat_parse(const char *line, size_t len, struct proc_stat *ret)
{
    char text[1024];
    struct proc_stat stat = {0};
    const char *open, *close, *start;
    char *end;

    if (len >= sizeof(text))
        len = sizeof(text) - 1;
    memcpy(text, line, len);
    text[len] = '\0';
    open = strchr(text, '(');
    /* The name may hold anything, also ") R 1": only the last parenthesis is the line's. */
    close = strrchr(text, ')');
    if (!open || !close || close < open || close[1] != ' ')
        return -EBADMSG;
    start = word(close + 2, FIELD_START - FIELD_AFTER_NAME);
    if (!start)
        return -EBADMSG;
    stat.start_ticks = strtoull(start, &end, 10);
    if (end == start || (*end != ' ' && *end != '\0'))
        return -EBADMSG;
    stat.comm_len = (size_t)(close - open - 1);
    if (stat.comm_len > sizeof(stat.comm))
        stat.comm_len = sizeof(stat.comm);
    memcpy(stat.comm, open + 1, stat.comm_len);
    *ret = stat;
    return 0;
}

int proc_stat_read(int fd_directory, struct proc_stat *ret)
{
    char line[1024];
    ssize_t n;
    uint32_t uid;
    int fd, rc = grant_file_beside(fd_directory, GUARD_PROC_STAT, &fd, &uid);

    if (rc < 0)
        return rc;
    n = read(fd, line, sizeof(line));
    if (n < 0)
        n = -errno;
    close(fd);
    rc = n < 0 ? (int)n : proc_stat_parse(line, (size_t)n, ret);
    if (rc == 0)
        ret->uid = uid;
    return rc;
}
