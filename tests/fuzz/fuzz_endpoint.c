/* Whatever text comes, the endpoint parser answers with a value whose text parses to itself, or
 * with an error that holds no control byte. */
#include <stdlib.h>
#include <string.h>

#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/net/endpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = mem_copy(data, size);
    char canonical[ENDPOINT_TEXT_BYTES], again[ENDPOINT_TEXT_BYTES];
    char line[ERR_TEXT_BYTES * 4];
    struct endpoint e;
    struct err err = {0};
    struct addr a;

    if (endpoint_parse(text, &e, &err) == 0) {
        endpoint_numeric(&e, &a);
        endpoint_format(&e, canonical);
        if (endpoint_parse(canonical, &e, &err) < 0 ||
            strcmp(endpoint_format(&e, again), canonical) != 0)
            abort();
    } else {
        err_format(&err, line, sizeof(line));
        for (const char *c = line; *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                abort();
    }
    free(text);
    return 0;
}
