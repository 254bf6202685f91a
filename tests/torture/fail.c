/* tests/torture/fail.c - a library for LD_PRELOAD that makes a chosen call of the program fail.
 *
 * A call site is where the program stood: the function that was called, who called it (where that is
 * the C library, whom it did it for as well), and the innermost frames of the program's own image.  Its hash is the same in every run of one build.
 * Calls that have no frame of the program above them (the dynamic linker's) are left alone.
 *
 *   TORTURE_OUT=FILE    a line for each site at its 1st, 2nd, 4th, 8th ... call, for the strike, and
 *                       for the first call behind it that the lasting kind would strike as well:
 *                       "site", "hit" or "more", the call, the hash, how many calls, MODULE+OFFSET...
 *   TORTURE_CALL=NAME   strike at this function,
 *   TORTURE_SITE=HASH   at this site of it (any without it),
 *   TORTURE_CALLER=MODULE+OFFSET  its first frame, by which most others are told apart at once,
 *   TORTURE_NTH=N       at its n-th call,
 *   TORTURE_KIND=once   this call fails; "ever": and every later one that wants of the same, memory,
 *                       descriptors or this function; "eintr": it is interrupted; "short": it moves
 *                       one byte, "shorts": it and every later one move a sixteenth; "full": one byte fits, and
 *                       then no more ever.
 *   TORTURE_ERRNO=I     of the call's errnos, the I-th instead of the first.
 *
 * What the program starts in turn is left alone. */
#include "tests/torture/fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FRAMES_MAX 64
#define OWN_FRAMES 5 /* of the program's, in a site's hash */
#define SITES_MAX 65536
#define MODULES_MAX 64

enum kind { KIND_NONE, KIND_ONCE, KIND_EVER, KIND_EINTR, KIND_SHORT, KIND_SHORTS, KIND_FULL };
static const char *const kinds[] = {"none", "once", "ever", "eintr", "short", "shorts", "full"};

static struct {
    char path[256], name[32];
    uint64_t site;
    uintptr_t caller; /* 0: any */
    unsigned long nth, error;
    enum kind kind;
    bool armed;
} plan;

static struct module {
    uintptr_t begin, end, base;
    char name[48];
} modules[MODULES_MAX];
static size_t n_modules;

static struct site {
    uint64_t hash;
    atomic_ulong calls;
} sites[SITES_MAX];
static atomic_ulong all_calls;
static atomic_bool has_hit, has_more;
static atomic_flag sites_lock = ATOMIC_FLAG_INIT;
static _Thread_local bool inside __attribute__((tls_model("initial-exec")));

/* ---- where ----------------------------------------------------------------------------- */

static int note_module(struct dl_phdr_info *info, size_t size, void *unused)
{
    const char *name = strrchr(info->dlpi_name, '/');
    struct module *m = modules + n_modules;

    (void)size, (void)unused;
    if (n_modules == MODULES_MAX)
        return 1;
    m->base = info->dlpi_addr;
    m->begin = UINTPTR_MAX;
    snprintf(m->name, sizeof(m->name), "%s",
             n_modules == 0 ? "program"
             : name         ? name + 1
                            : "?");
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = info->dlpi_phdr + i;
        uintptr_t begin = info->dlpi_addr + p->p_vaddr;

        if (p->p_type != PT_LOAD)
            continue;
        m->begin = begin < m->begin ? begin : m->begin;
        m->end = begin + p->p_memsz > m->end ? begin + p->p_memsz : m->end;
    }
    n_modules++;
    return 0;
}

static const struct module *module_of(uintptr_t at)
{
    for (size_t i = 0; i < n_modules; i++)
        if (at >= modules[i].begin && at < modules[i].end)
            return modules + i;
    return NULL;
}

static bool is_ours(const struct module *m)
{
    return m && strstr(m->name, "libfail");
}

/* It wraps backtrace(3), and beyond that stands behind this library: what it calls itself is none
 * of the program's doing. */
static bool is_sanitizer(const struct module *m)
{
    return m && strstr(m->name, "san.so");
}

static bool is_libc(const struct module *m)
{
    return m && strncmp(m->name, "libc.so", strlen("libc.so")) == 0;
}

struct place {
    uintptr_t at[OWN_FRAMES + 1];
    size_t n;
    uint64_t hash;
};

static void place_add(struct place *p, const struct module *m, uintptr_t at)
{
    p->at[p->n++] = at;
    p->hash = (p->hash ^ (at - (m ? m->base : 0))) * 0x100000001b3;
}

/* Frames of other libraries than the direct caller tell nothing; but strdup(3) has a caller. */
static bool is_between(const struct place *p, const struct module *m)
{
    return p->n && m != modules && !(p->n == 1 && is_libc(module_of(p->at[0])) && !is_libc(m));
}

/* The direct caller, then frames of the program.  False: the program has no part in it. */
static bool find_place(const char *name, struct place *ret)
{
    void *frames[FRAMES_MAX];
    int n = backtrace(frames, FRAMES_MAX);
    bool own = false, wrapped = true;

    *ret = (struct place){.hash = 0xcbf29ce484222325};
    for (const char *c = name; *c; c++)
        ret->hash = (ret->hash ^ (uint8_t)*c) * 0x100000001b3;
    for (int i = 0; i < n && ret->n < OWN_FRAMES + 1; i++) {
        const struct module *m = module_of((uintptr_t)frames[i]);

        if (is_ours(m) || (wrapped && is_sanitizer(m)) || is_between(ret, m)) {
            wrapped = wrapped && !is_ours(m);
            continue;
        }
        if (is_sanitizer(m))
            return false;
        own = own || m == modules;
        place_add(ret, m, (uintptr_t)frames[i]);
    }
    return own;
}

static void tell(const char *what, const char *name, const struct place *p, unsigned long calls)
{
    char line[512];
    int n = snprintf(line, sizeof(line), "%s\t%s\t%016lx\t%lu\t", what, name, p->hash, calls);
    long fd;

    for (size_t i = 0; i < p->n; i++) {
        const struct module *m = module_of(p->at[i]);

        n += snprintf(line + n, sizeof(line) - (size_t)n, "%s+0x%lx ", m ? m->name : "?",
                      p->at[i] - (m ? m->base : 0));
    }
    line[n++] = '\n';
    fd = syscall(SYS_open, plan.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd >= 0) {
        syscall(SYS_write, fd, line, n);
        syscall(SYS_close, fd);
    }
}

static unsigned long count(uint64_t hash)
{
    size_t i = hash % SITES_MAX;

    while (atomic_flag_test_and_set(&sites_lock))
        sched_yield();
    while (sites[i].hash && sites[i].hash != hash)
        i = (i + 1) % SITES_MAX;
    sites[i].hash = hash;
    atomic_flag_clear(&sites_lock);
    return atomic_fetch_add(&sites[i].calls, 1) + 1;
}

/* ---- whether --------------------------------------------------------------------------- */

static bool is_power(unsigned long n)
{
    return (n & (n - 1)) == 0;
}

static int chosen_errno(const struct call *call)
{
    int code = call->errnos[plan.error < 4 ? plan.error : 0];

    return code ? code : call->errnos[0];
}

/* What the same shortage does to a later call. */
static int later(enum kind kind, const struct call *call, enum want wanted)
{
    bool same = strcmp(call->name, plan.name) == 0;

    switch (kind) {
    case KIND_EVER:
        return same || (call->want && call->want == wanted) ? chosen_errno(call) : 0;
    case KIND_SHORTS:
        return same ? MOVE_LESS : 0;
    case KIND_FULL:
        return same ? chosen_errno(call) : 0;
    default:
        return 0;
    }
}

static enum want wanted; /* what the call that was struck wanted */

/* Would it have failed, too, had the shortage lasted?  Where there is no such call, once is ever. */
static bool is_more(const struct call *call)
{
    enum kind lasting = plan.kind == KIND_ONCE    ? KIND_EVER
                        : plan.kind == KIND_SHORT ? KIND_SHORTS
                                                  : KIND_NONE;

    return !atomic_load(&has_more) && later(lasting, call, wanted) != 0;
}

/* Before its frames are looked at, which takes long: can it matter at all? */
static bool may_matter(const struct call *call, const void *caller)
{
    if (plan.kind == KIND_NONE)
        return true;
    if (!atomic_load(&has_hit))
        return (!plan.caller || plan.caller == (uintptr_t)caller) &&
               strcmp(call->name, plan.name) == 0;
    return later(plan.kind, call, wanted) != 0 || is_more(call);
}

int strike_from(const struct call *call, const void *caller)
{
    int saved = errno, code = 0;
    struct place place;
    unsigned long calls;

    if (!plan.armed || inside || !may_matter(call, caller))
        return 0;
    inside = true;
    if (find_place(call->name, &place)) {
        calls = count(place.hash);
        if (plan.kind == KIND_NONE) {
            if (is_power(calls))
                tell("site", call->name, &place, calls);
        } else if (atomic_load(&has_hit)) {
            code = later(plan.kind, call, wanted);
            if (is_more(call)) {
                atomic_store(&has_more, true);
                tell("more", call->name, &place, calls);
            }
        } else if (strcmp(call->name, plan.name) == 0 &&
                   (plan.site ? plan.site == place.hash && calls == plan.nth
                              : atomic_fetch_add(&all_calls, 1) + 1 == plan.nth)) {
            wanted = call->want;
            atomic_store(&has_hit, true);
            tell("hit", call->name, &place, calls);
            code = plan.kind == KIND_EINTR    ? EINTR
                   : plan.kind == KIND_SHORTS ? MOVE_LESS
                   : plan.kind >= KIND_SHORT  ? MOVE_ONE
                                              : chosen_errno(call);
        }
    }
    inside = false;
    errno = saved;
    return code;
}

void *next_of(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (!found)
        abort();
    return found;
}

static unsigned long number(const char *name, int base)
{
    const char *text = getenv(name);

    return text ? strtoul(text, NULL, base) : 0;
}

/* Where that is now; 0 for what is loaded later. */
static uintptr_t address_of(const char *place)
{
    const char *plus = place ? strrchr(place, '+') : NULL;

    for (size_t i = 0; plus && i < n_modules; i++)
        if (strlen(modules[i].name) == (size_t)(plus - place) &&
            strncmp(modules[i].name, place, (size_t)(plus - place)) == 0)
            return modules[i].base + strtoul(plus + 1, NULL, 16);
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TORTURE_OUT"), *name = getenv("TORTURE_CALL");
    const char *kind = getenv("TORTURE_KIND");
    void *frames[2];

    unsetenv("LD_PRELOAD");
    if (!path)
        return;
    backtrace(frames, 2); /* loads what it needs */
    dl_iterate_phdr(note_module, NULL);
    snprintf(plan.path, sizeof(plan.path), "%s", path);
    snprintf(plan.name, sizeof(plan.name), "%s", name ? name : "");
    plan.site = number("TORTURE_SITE", 16);
    plan.caller = address_of(getenv("TORTURE_CALLER"));
    plan.nth = number("TORTURE_NTH", 10);
    plan.error = number("TORTURE_ERRNO", 10);
    for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kind, kinds[i]) == 0)
            plan.kind = (enum kind)i;
    plan.armed = true;
}
