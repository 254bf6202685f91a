#include "core/wire/decode_app.h"

/* So that ports, flags and numbers of the transport still fit behind it. */
#define WORDS_MAX 88

/* Asked in this order. */
static const struct app *const OVER_UDP[] = {&app_mdns, &app_llmnr, &app_dns,
                                             &app_dhcp, &app_ntp,   NULL};
static const struct app *const OVER_TCP[] = {&app_dns_tcp, &app_http, &app_tls, &app_message,
                                             NULL};

bool app_has_port_of(const struct app_data *a, const uint16_t *ports, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (app_has_port(a, ports[i]))
            return true;
    return false;
}

void app_ended(struct decoder *k, const struct app_data *a, const char *layer, size_t at)
{
    size_t end = a->at + a->len;

    if (a->cut) {
        decode_cut(k, layer);
    } else if (a->stream) {
        at = at < end ? at : end;
        FIELD(k, 1, "Segment data", at, end - at, "goes on in the next segment");
    } else {
        decode_malformed(k, layer);
    }
}

static void decode_words(struct decoder *k, const struct app *app, const struct app_data *a)
{
    app->decode(k, a);
    if (k->info_len > WORDS_MAX) {
        k->info_len = WORDS_MAX;
        SAY(k, "...");
    }
    if (k->info_len)
        SAY(k, " | ");
}

bool decode_app(struct decoder *k)
{
    const struct flow *flow = &k->d->flow;
    struct app_data a = {
        .bytes = k->c.bytes,
        .at = k->c.at,
        .len = cursor_left(&k->c),
        .cut = k->c.len < k->end,
        .stream = flow->protocol == IPPROTO_TCP,
        .source = flow->source.port,
        .destination = flow->destination.port,
    };

    if (!a.len || k->fragment)
        return false;
    for (const struct app *const *app = a.stream ? OVER_TCP : OVER_UDP; *app; app++) {
        if (!(*app)->recognise(&a))
            continue;
        k->d->protocol = (*app)->protocol;
        if (decode_wants_info(k))
            decode_words(k, *app, &a);
        return true;
    }
    return false;
}
