/* Input: a byte that says which form, then a text of it.  Read twice, as before and after. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "probes/counters.h"
#include "probes/firewall.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition)
{
    if (!condition)
        abort();
}

static void check(const struct firewall_facts *f)
{
    require(f->n_rules <= FIREWALL_RULES);
    for (size_t i = 0; i < f->n_rules; i++) {
        require(f->rules[i].where[0] && f->rules[i].action <= FIREWALL_REDIRECT);
        require(memchr(f->rules[i].text, 0, sizeof(f->rules[i].text)) != NULL);
        require(memchr(f->rules[i].remove, 0, sizeof(f->rules[i].remove)) != NULL);
    }
}

static void read_form(unsigned form, const char *text, size_t len,
                      const struct firewall_question *q, struct firewall_facts *f)
{
    static struct counters counters;

    counters.n = 0;
    if (form == 0)
        firewall_parse_nft(text, len, q, f);
    else if (form == 1)
        firewall_parse_save(text, false, q, f);
    else if (form == 2)
        counters_parse_pairs(text, &counters);
    else
        counters_parse_list(text, &counters);
    require(counters.n <= COUNTERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct firewall_facts facts;
    struct firewall_question q = {
        .protocol = IPPROTO_TCP, .interface = "eth0", .remote_is_here = true};
    struct in_addr ip = {htonl(INADDR_LOOPBACK)};
    char *text;

    if (!size)
        return 0;
    q.remote = addr_make(AF_INET, &ip, 80);
    memset(&facts, 0, sizeof(facts));
    text = mem_copy(data + 1, size - 1);
    for (int look = 0; look < 2; look++) {
        read_form(data[0] % 4, text, size - 1, &q, &facts);
        check(&facts);
        facts.seen = true;
    }
    free(text);
    return 0;
}
