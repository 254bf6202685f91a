/* The files that name lookups read, on any text: first line the name, the rest each of the files;
 * what comes of it is judged and shown. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/report/names.h"
#include "probes/names_files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look(void *ctx, const char *line)
{
    (void)ctx;
    for (; *line; line++)
        if ((unsigned char)*line < ' ')
            abort();
    return 0;
}

static void ask_candidates(const struct name_report *r)
{
    char name[2 * NAMES_TEXT_BYTES];
    const char *suffix;
    size_t i = 0;

    while (names_candidate(&r->resolver, r->name, i, name, &suffix))
        if (i++ > NAMES_SUFFIXES || strlen(name) < strlen(r->name))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = size ? memchr(text, '\n', size) : NULL;
    size_t len = end ? (size_t)(end - text) : 0;
    struct name_report *r = calloc(1, sizeof(*r));
    cJSON *document;

    if (!r)
        return 0;
    if (len < sizeof(r->name))
        memcpy(r->name, text, len);
    r->has_port = true;
    r->port = 80;
    names_read_hosts(text, size, r);
    names_read_resolv(text, size, 53, r->name, NULL, NULL, &r->resolver);
    names_read_switch(text, size, r);
    names_read_services(text, size, r);
    for (size_t i = 0; i < r->n_findings && i < 4; i++)
        if (r->findings[i].source == NAME_FILE) {
            r->addresses[r->n_addresses++].addr = r->findings[i].about;
            names_read_hosts_of(text, size, &r->findings[i].about, r);
        }
    ask_candidates(r);
    names_judge(r);
    names_text(r, look, NULL);
    document = names_json(r);
    if (!document)
        abort();
    cJSON_Delete(document);
    free(r);
    return 0;
}
