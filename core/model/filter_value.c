#include "core/model/filter_value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define CGROUP_MOUNT "/sys/fs/cgroup"

/* Of the kernel, when /proc does not say. */
#define EPHEMERAL_LOW 32768
#define EPHEMERAL_HIGH 60999

static int digit(char c, unsigned base)
{
    int value = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : 16;

    return value < (int)base ? value : -1;
}

/* Digits from text on; returns what stands behind them, NULL: none or more than max. */
static const char *read_digits(const char *text, unsigned base, uint64_t max, uint64_t *ret)
{
    uint64_t n = 0;

    if (digit(*text, base) < 0)
        return NULL;
    for (; digit(*text, base) >= 0; text++) {
        uint64_t d = (uint64_t)digit(*text, base);

        if (d > max || n > (max - d) / base)
            return NULL;
        n = n * base + d;
    }
    *ret = n;
    return text;
}

bool value_integer(const char *text, uint64_t max, uint64_t *ret)
{
    bool hex = strncasecmp(text, "0x", 2) == 0;
    uint64_t n = 0;
    const char *end = read_digits(text + (hex ? 2 : 0), hex ? 16 : 10, max, &n);

    if (!end || *end)
        return false;
    *ret = n;
    return true;
}

struct suffix {
    const char *text;
    uint64_t times;
};

static bool find_suffix(const struct suffix *list, const char *text, uint64_t *ret)
{
    for (; list->text; list++) {
        if (strcasecmp(list->text, text) == 0) {
            *ret = list->times;
            return true;
        }
    }
    return false;
}

static const struct suffix durations[] = {
    {"ns", 1},         {"us", 1000},         {"ms", 1000000},
    {"s", 1000000000}, {"min", 60000000000}, {"h", 3600000000000},
    {NULL, 0}};
static const struct suffix percents[] = {{"", 1}, {"%", 1}, {NULL, 0}};
static const struct suffix amounts[] = {{"", 1},
                                        {"K", 1000},
                                        {"M", 1000000},
                                        {"G", 1000000000},
                                        {"T", 1000000000000},
                                        {"Ki", UINT64_C(1) << 10},
                                        {"Mi", UINT64_C(1) << 20},
                                        {"Gi", UINT64_C(1) << 30},
                                        {"Ti", UINT64_C(1) << 40},
                                        {NULL, 0}};

static const struct suffix *suffixes_of(enum column_unit unit)
{
    if (unit == UNIT_US || unit == UNIT_MS)
        return durations;
    return unit == UNIT_PERCENT ? percents : amounts;
}

static uint64_t nanoseconds_of(enum column_unit unit)
{
    return unit == UNIT_US ? 1000 : unit == UNIT_MS ? 1000000 : 0;
}

/* ".5" of a unit: false when that is no whole number of what is counted. */
static bool add_fraction(const char *digits, size_t n, uint64_t times, uint64_t *sum)
{
    uint64_t part = times;

    for (size_t i = 0; i < n; i++) {
        uint64_t d = (uint64_t)(digits[i] - '0');

        if (d && part % 10 && part * d % 10)
            return false;
        *sum += part * d / 10;
        part /= 10;
    }
    return true;
}

bool value_amount(const char *text, enum column_unit unit, uint64_t *ret, uint64_t *ret_scale)
{
    uint64_t whole = 0, times, scale = nanoseconds_of(unit), sum;
    const char *end, *fraction = "";
    size_t n_fraction = 0;

    if (value_integer(text, UINT64_MAX / (scale ? scale : 1), &whole)) {
        *ret = whole * (scale ? scale : 1);
        *ret_scale = scale ? scale : 1;
        return true;
    }
    end = read_digits(text, 10, UINT64_MAX, &whole);
    if (!end)
        return false;
    if (*end == '.') {
        fraction = end + 1;
        n_fraction = strspn(fraction, "0123456789");
        end = fraction + n_fraction;
        if (!n_fraction)
            return false;
    }
    if (scale && !*end)
        times = scale;
    else if (!find_suffix(suffixes_of(unit), end, &times))
        return false;
    /* Half of the range, so that the fraction cannot pass its end. */
    if (whole > UINT64_MAX / 2 / times)
        return false;
    sum = whole * times;
    if (!add_fraction(fraction, n_fraction, times, &sum))
        return false;
    *ret = sum;
    *ret_scale = scale ? scale : 1;
    return true;
}

const char *value_amount_words(enum column_unit unit)
{
    if (unit == UNIT_PERCENT)
        return "like 50%";
    return nanoseconds_of(unit) ? "like 50ms: us, ms, s, min or h"
                                : "like 1000, 64K, 1.5M or 2Mi";
}

static bool read_port(const char *text, uint32_t *ret)
{
    struct servent entry, *found = NULL;
    uint64_t number = 0;
    char buf[1024];

    if (value_integer(text, UINT32_MAX, &number)) {
        *ret = (uint32_t)number;
        return number <= 65535;
    }
    if (!isalpha((unsigned char)*text) ||
        getservbyname_r(text, NULL, &entry, buf, sizeof(buf), &found) != 0 || !found)
        return false;
    *ret = ntohs((uint16_t)found->s_port);
    return true;
}

bool value_ports(char *text, uint32_t *ret_low, uint32_t *ret_high)
{
    char *dash = strchr(text, '-');
    uint32_t low = 0, high = 65535;

    if (dash && isdigit((unsigned char)*text)) { /* service names have dashes too */
        *dash = '\0';
        if (!read_port(text, &low) || !isdigit((unsigned char)dash[1]) ||
            !read_port(dash + 1, &high) || low > high)
            return false;
    } else if (strcmp(text, "*") != 0) {
        if (!read_port(text, &low))
            return false;
        high = low;
    }
    *ret_low = low;
    *ret_high = high;
    return true;
}

/* Take the brackets of "[fd00::]/8" and "[fd00::/8]" away. */
static bool strip_brackets(char *text)
{
    char *close = strchr(text, ']');
    size_t inside = close ? (size_t)(close - text) - 1 : 0;

    if (text[0] != '[')
        return !close && !strchr(text, '[');
    if (!close || !memchr(text, ':', inside + 1))
        return false;
    memmove(text, text + 1, inside);
    memmove(text + inside, close + 1, strlen(close + 1) + 1);
    return !strpbrk(text, "[]");
}

/* One line of hosts(5). */
static bool line_names(char *line, const char *name, int family, struct addr *ret)
{
    char *save = NULL, *word;
    uint8_t ip[16];
    int found;

    line[strcspn(line, "#\n")] = '\0';
    word = strtok_r(line, " \t", &save);
    if (!word)
        return false;
    found = strchr(word, ':') ? AF_INET6 : AF_INET;
    if ((family != AF_UNSPEC && family != found) || inet_pton(found, word, ip) != 1)
        return false;
    while ((word = strtok_r(NULL, " \t", &save))) {
        if (strcasecmp(word, name) == 0) {
            *ret = addr_make(found, ip, 0);
            return true;
        }
    }
    return false;
}

/* Only the file: a filter is parsed where nothing may wait for a name server. */
static bool find_host(const char *name, int family, struct addr *ret)
{
    FILE *f = isalpha((unsigned char)*name) ? fopen("/etc/hosts", "re") : NULL;
    bool found = false;
    char line[512];

    while (f && !found && fgets(line, sizeof(line), f))
        found = line_names(line, name, family, ret);
    if (f)
        fclose(f);
    return found;
}

bool value_prefix(char *text, int family, struct addr *ret, unsigned *ret_bits)
{
    struct addr addr = {.family = AF_UNSPEC};
    uint64_t bits;
    uint8_t ip[16];
    char *slash;
    int found;

    if (!*text || strcmp(text, "*") == 0) {
        *ret = addr;
        *ret_bits = 0;
        return true;
    }
    if (!strip_brackets(text))
        return false;
    slash = strchr(text, '/');
    if (slash)
        *slash++ = '\0';
    found = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(found, text, ip) == 1)
        addr = addr_make(found, ip, 0);
    else if (!find_host(text, family, &addr))
        return false;
    bits = addr.family == AF_INET6 ? 128 : 32;
    if ((family != AF_UNSPEC && family != addr.family) ||
        (slash && !value_integer(slash, bits, &bits)))
        return false;
    *ret = addr;
    *ret_bits = (unsigned)bits;
    return true;
}

char *value_cut_port(char *text)
{
    char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');

    if (!colon || (bracket ? colon < bracket : strchr(text, ':') != colon))
        return NULL;
    *colon = '\0';
    return colon + 1;
}

bool value_user(const char *text, uint64_t *ret_uid)
{
    struct passwd entry, *found = NULL;
    char buf[4096];

    if (value_integer(text, UINT32_MAX, ret_uid))
        return true;
    if (getpwnam_r(text, &entry, buf, sizeof(buf), &found) != 0 || !found)
        return false;
    *ret_uid = found->pw_uid;
    return true;
}

/* A cgroup's id is the inode of its folder, since Linux 5.5. */
static bool folder_id(const char *path, uint64_t *ret)
{
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return false;
    *ret = st.st_ino;
    return true;
}

bool value_cgroup(const char *text, uint64_t *ret_id)
{
    static const char *const mounts[] = {CGROUP_MOUNT, CGROUP_MOUNT "/unified"};
    char path[512];

    if (value_integer(text, UINT64_MAX, ret_id))
        return true;
    /* What /proc/PID/cgroup says begins with a slash too: the mount goes first. */
    for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
        int len = snprintf(path, sizeof(path), "%s/%s", mounts[i], text);

        if (len > 0 && (size_t)len < sizeof(path) && folder_id(path, ret_id))
            return true;
    }
    return *text == '/' && folder_id(text, ret_id);
}

bool value_mark(char *text, uint64_t *ret, uint64_t *ret_mask)
{
    char *slash = strchr(text, '/');
    uint64_t mark, mask = UINT32_MAX;

    if (slash)
        *slash++ = '\0';
    if (!value_integer(text, UINT32_MAX, &mark) ||
        (slash && !value_integer(slash, UINT32_MAX, &mask)))
        return false;
    *ret = mark;
    *ret_mask = mask;
    return true;
}

uint32_t value_kinds(const char *text)
{
    uint32_t kinds = 0;

    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (strcasecmp(text, kind_name((enum socket_kind)kind)) == 0 ||
            strcasecmp(text, kind_protocol((enum socket_kind)kind)) == 0)
            kinds |= KIND_BIT(kind);
    return kinds;
}

#define BIT(state) (UINT32_C(1) << (state))

uint32_t value_states(const char *text)
{
    const uint32_t apart = BIT(STATE_LISTEN) | BIT(STATE_CLOSE) | BIT(STATE_BOUND_INACTIVE);
    /* The kernel tells both kinds of half-open connection as one. */
    const uint32_t half_open = BIT(STATE_SYN_RECV) | BIT(STATE_NEW_SYN_RECV);
    const uint32_t bucket = half_open | BIT(STATE_TIME_WAIT);
    const struct {
        const char *name;
        uint32_t states;
    } groups[] = {
        {"all", FILTER_EVERY_STATE},
        {"connected", FILTER_EVERY_STATE & ~apart},
        {"synchronized", FILTER_EVERY_STATE & ~(apart | BIT(STATE_SYN_SENT))},
        {"bucket", bucket},
        {"big", FILTER_EVERY_STATE & ~bucket},
        {"syn-rcv", half_open},
    };
    enum socket_state state = state_parse(text);

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
        if (strcasecmp(text, groups[i].name) == 0)
            return groups[i].states;
    return state == STATE_SYN_RECV ? half_open : state ? BIT(state) : 0;
}

void value_ephemeral(uint32_t *ret_low, uint32_t *ret_high)
{
    FILE *f = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    unsigned low, high;

    *ret_low = EPHEMERAL_LOW;
    *ret_high = EPHEMERAL_HIGH;
    if (f && fscanf(f, "%u %u", &low, &high) == 2) {
        *ret_low = low;
        *ret_high = high;
    }
    if (f)
        fclose(f);
}
