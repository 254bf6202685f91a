#include "core/model/reference.h"

#include <stdlib.h>

#include "core/base/mem.h"
#include "core/base/share.h"

static int take_all(const struct reference_kind *kind, struct reference *r, struct err *err)
{
    const cJSON *item;

    if (!cJSON_IsArray(r->text.root) || !r->text.root->child)
        return json_text_wrong(&r->text, r->text.root, err, "it is no array of %s", kind->all);
    cJSON_ArrayForEach(item, r->text.root)
    {
        const char *key = "", *name = NULL, *wrong;

        if (r->n == kind->max)
            return json_text_wrong(&r->text, item, err, "it has more than %zu %s", kind->max,
                                   kind->all);
        wrong = kind->take(r, item, &key, &name);
        if (wrong)
            return json_text_wrong(&r->text, item, err, "%s %zu (%s): \"%s\" %s", kind->one,
                                   r->n + 1, name ? name : "?", key, wrong);
        r->n++;
    }
    return 0;
}

int reference_load(const struct reference_kind *kind, const char *path, struct reference **all,
                   struct err *err)
{
    struct json_text text;
    struct reference *r;
    int code = path ? json_text_read(path, SHARE_FILE_BYTES, &text, err)
                    : json_text_share(kind->file, &text, err);

    if (code < 0)
        return code;
    r = mem_new(1, kind->bytes);
    r->text = text;
    code = take_all(kind, r, err);
    if (code < 0) {
        reference_free(r);
        return code;
    }
    reference_free(*all);
    *all = r;
    return 0;
}

void reference_free(struct reference *r)
{
    if (!r)
        return;
    json_text_done(&r->text);
    free(r);
}
