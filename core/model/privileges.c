#include "core/model/privileges.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/line.h"

/* In the order of linux/capability.h. */
static const char *const names[] = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
};

#define N_NAMES (sizeof(names) / sizeof(names[0]))

/* The number behind a title at the beginning of a line. */
static bool number(const char *text, const char *title, int base, uint64_t *ret)
{
    const char *at = strstr(text, title);
    char *end;

    if (!at)
        return false;
    *ret = strtoull(at + strlen(title), &end, base);
    return end != at + strlen(title);
}

bool process_rights_parse(const char *text, struct process_rights *ret)
{
    struct process_rights r = {.known = true};
    uint64_t pid, uid, promise, filter = 0;

    /* Uid: real, effective, ...: whoever has changed one of them has changed all. */
    if (!number(text, "\nPid:\t", 10, &pid) || !number(text, "\nUid:\t", 10, &uid) ||
        !number(text, "\nCapPrm:\t", 16, &r.capabilities) ||
        !number(text, "\nCapBnd:\t", 16, &r.bounding) ||
        !number(text, "\nNoNewPrivs:\t", 10, &promise))
        return false;
    (void)number(text, "\nSeccomp:\t", 10, &filter);
    r.pid = (int32_t)pid;
    r.uid = (uint32_t)uid;
    r.no_new_privileges = promise != 0;
    r.seccomp = filter != 0;
    *ret = r;
    return true;
}

static void add_capabilities(struct line_out *l, uint64_t set)
{
    const char *between = "";

    if (!set)
        line_add(l, "no capability");
    else if (!(~set & ((UINT64_C(1) << N_NAMES) - 1)))
        line_add(l, "all capabilities");
    else
        for (size_t i = 0; i < 64; i++) {
            if (!(set >> i & 1))
                continue;
            if (i < N_NAMES)
                line_add(l, "%scap_%s", between, names[i]);
            else
                line_add(l, "%scap_%zu", between, i);
            between = ", ";
        }
}

const char *capabilities_text(uint64_t set, char *buf, size_t size)
{
    struct line_out l = line_in(buf, size);

    add_capabilities(&l, set);
    return buf;
}

static void add_self(struct line_out *l, const struct privileges *p)
{
    line_add(l, "uid %u%s, ", p->self.uid, p->as_caller ? " (of the caller)" : "");
    add_capabilities(l, p->self.capabilities);
    line_add(l, ", %s", p->self.seccomp ? "seccomp" : "no seccomp");
    if (p->landlock)
        line_add(l, ", Landlock %d", p->landlock);
    else
        line_add(l, ", no Landlock");
}

static void add_helper(struct line_out *l, const struct privileges *p)
{
    if (p->state == HELPER_ENDED) {
        line_add(l, "has ended: what it opened goes on, more is not to be had");
        return;
    }
    line_add(l, "%d %s", p->helper.pid, p->state == HELPER_SILENT ? "does not answer, " : "");
    if (p->helper.known) {
        line_add(l, "holds ");
        add_capabilities(l, p->helper.capabilities);
    }
}

size_t privileges_lines(const struct privileges *p,
                        struct privileges_line ret[PRIVILEGES_LINES])
{
    struct line_out l;
    size_t n = 0;

    if (!p->self.known)
        return 0;
    ret[n] = (struct privileges_line){.title = p->sandbox ? "sandbox" : "no sandbox",
                                      .bad = p->sandbox && p->self.capabilities};
    l = line_in(ret[n].text, sizeof(ret[n].text));
    add_self(&l, p);
    n++;
    if (p->state != HELPER_NONE) {
        ret[n] = (struct privileges_line){.title = "helper", .bad = p->state != HELPER_RUNS};
        l = line_in(ret[n].text, sizeof(ret[n].text));
        add_helper(&l, p);
        n++;
    }
    for (size_t i = 0; i < p->n_lacks; i++, n++) {
        ret[n] = (struct privileges_line){.title = "not to be had", .bad = true};
        err_format(&p->lacks[i], ret[n].text, sizeof(ret[n].text));
    }
    return n;
}

const char *privileges_text(const struct privileges *p, char buf[PRIVILEGES_TEXT_BYTES])
{
    struct privileges_line lines[PRIVILEGES_LINES];
    struct line_out l = line_in(buf, PRIVILEGES_TEXT_BYTES);
    size_t n = privileges_lines(p, lines);

    if (!n)
        line_add(&l, "the rights of this program cannot be read");
    for (size_t i = 0; i < n; i++)
        line_add(&l, "%s%s%s %s", i ? "; " : "", lines[i].title, i ? "" : ":", lines[i].text);
    return buf;
}
