#include "probes/firewall.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "probes/grant.h"

#define OUTPUT_BYTES (8U << 20)
#define PATIENCE_NS (2 * CLOCK_SECOND_NS)

struct output {
    char *text; /* a NUL stands behind it */
    size_t len;
};

/* Read until its end, the bound or the time is over. */
static int drain(int fd, uint64_t until_ns, struct output *out)
{
    size_t room = 16384;

    out->text = mem_new(room + 1, 1);
    out->len = 0;
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (clock_now_ns() > until_ns)
            return -ETIMEDOUT;
        if (poll(&p, 1, 50) <= 0)
            continue;
        n = read(fd, out->text + out->len, room - out->len);
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n == 0)
            break;
        out->len += n > 0 ? (size_t)n : 0;
        if (out->len == room && room >= OUTPUT_BYTES)
            return -EFBIG;
        if (out->len == room) {
            room *= 2;
            out->text = mem_resize(out->text, room + 1, 1);
        }
    }
    out->text[out->len] = '\0';
    return 0;
}

/* How the program ended: 0, or -EPERM for an error of its own. */
static int ending(int fd, uint64_t until_ns)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint8_t status = 1;

    while (poll(&p, 1, 50) <= 0)
        if (clock_now_ns() > until_ns)
            return -ETIMEDOUT;
    return read(fd, &status, 1) == 1 && status == 0 ? 0 : -EPERM;
}

/* What a program writes.  Returns 0, or negative errno: -EPERM when it ended with an error. */
static int run(enum guard_rules program, struct output *out)
{
    uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
    int fd, status, r = grant_rules(program, &fd, &status);

    out->text = NULL;
    if (r < 0)
        return r;
    r = drain(fd, until_ns, out);
    close(fd);
    if (r == 0)
        r = ending(status, until_ns);
    close(status);
    if (r < 0) {
        free(out->text);
        out->text = NULL;
    }
    return r;
}

/* Legacy tables exist only while somebody made rules: the names file is empty then. */
static bool has_legacy(const char *names)
{
    char c;
    int fd = -1;
    bool any = grant_net_file(names, &fd) == 0 && read(fd, &c, 1) == 1;

    if (fd >= 0)
        close(fd);
    return any;
}

static int look_nft(const struct firewall_question *question, struct firewall_facts *f)
{
    struct output out = {0};
    int r = firewall_count_tables();

    if (r <= 0)
        return r; /* without a table there is no rule, and no program is needed to say so */
    r = run(GUARD_NFT, &out);
    if (r < 0)
        return r == -ENOENT ? -ENOPKG : r;
    r = firewall_parse_nft(out.text, out.len, question, f);
    free(out.text);
    return r;
}

static int look_legacy(const char *names, enum guard_rules program,
                       const struct firewall_question *question, struct firewall_facts *f)
{
    struct output out = {0};
    int r;

    if (!has_legacy(names))
        return -ENOENT;
    r = run(program, &out);
    if (r < 0)
        return r;
    r = firewall_parse_save(out.text, program == GUARD_IP6TABLES, question, f);
    free(out.text);
    return r;
}

int firewall_look(const struct firewall_question *question, struct firewall_facts *ret,
                  struct err *err)
{
    int nft, legacy4, legacy6;

    /* Nothing that could have decided has no count to read again. */
    if (ret->seen && !ret->n_rules)
        return 0;
    nft = look_nft(question, ret);
    legacy4 = look_legacy("ip_tables_names", GUARD_IPTABLES, question, ret);
    legacy6 = look_legacy("ip6_tables_names", GUARD_IP6TABLES, question, ret);

    if (nft == 0 || legacy4 == 0 || legacy6 == 0) {
        ret->seen = true;
        return 0;
    }
    if (nft == -ENOPKG) {
        err_set(err, -EPERM, "firewall", "",
                "there are rules, and nft, which tells them, is not");
        err_hint(err, "install nftables");
        return -EPERM;
    }
    if (nft == -ENOENT && legacy4 == -ENOENT && legacy6 == -ENOENT)
        return err_set(err, -ENOENT, "firewall", "", "no nft and no iptables here");
    err_set(err, -EPERM, "firewall", "", "the rules may not be read");
    err_hint(err, "run it as root");
    return -EPERM;
}
