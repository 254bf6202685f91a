#include "ui/cli/errors_cause.h"

#define LABEL (ERRORS_INDENT - 2)

static void write_text(FILE *out, const char *label, const char *text)
{
    fprintf(out, "  %-*s", LABEL, label);
    errors_write_wrapped(out, ERRORS_INDENT, text);
}

static void write_cause(FILE *out, const struct cause *c)
{
    fprintf(out, "%s (%s): %s\n", c->id, c->group, c->title);
    write_text(out, "means", c->explanation);
    write_text(out, "apart", c->apart);
    for (size_t i = 0; i < c->n_fixes; i++) {
        fprintf(out, "  %-*s- ", LABEL, i ? "" : "try");
        errors_write_wrapped(out, ERRORS_INDENT + 2, c->fixes[i]);
    }
    write_text(out, "manual", c->see);
}

/* The entry as it is in the file. */
static cJSON *cause_json(const struct cause *c)
{
    cJSON *object = cJSON_CreateObject(), *fixes;

    cJSON_AddStringToObject(object, "id", c->id);
    cJSON_AddStringToObject(object, "kind", "cause");
    cJSON_AddStringToObject(object, "group", c->group);
    cJSON_AddStringToObject(object, "title", c->title);
    cJSON_AddStringToObject(object, "explanation", c->explanation);
    cJSON_AddStringToObject(object, "apart", c->apart);
    fixes = cJSON_AddArrayToObject(object, "fixes");
    for (size_t i = 0; i < c->n_fixes; i++)
        cJSON_AddItemToArray(fixes, cJSON_CreateString(c->fixes[i]));
    cJSON_AddStringToObject(object, "see", c->see);
    return object;
}

void errors_put_cause(FILE *out, cJSON *document, const struct cause *cause)
{
    if (document)
        cJSON_AddItemToArray(document, cause_json(cause));
    else
        write_cause(out, cause);
}

void errors_put_causes(FILE *out, cJSON *document)
{
    for (size_t i = 0; i < cause_count(); i++) {
        const struct cause *c = cause_at(i);

        if (document)
            cJSON_AddItemToArray(document, cause_json(c));
        else
            fprintf(out, "%-27s %-9s %s\n", c->id, c->group, c->title);
    }
}
