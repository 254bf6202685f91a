/* Names that a person asks for. */
#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/base/words.h"
#include "core/model/errors.h"
#include "core/model/lookups.h"
#include "ui/console/console_state.h"

static void news(struct console *c)
{
    c->news = true;
    console_record_lookups(c);
    /* What was asked for shows on a paused display, too. */
    console_tell_all(c, PANEL_TICK);
    console_dirty(c);
}

static void names_ready(struct watch *w, uint32_t events)
{
    struct console *c = w->owner;

    (void)events;
    if (lookups_take(c->model.lookups))
        news(c);
}

void console_names_start(struct console *c)
{
    c->model.lookups = lookups_new(c->setup->probes);
    c->names = (struct watch){.fd = lookups_fd(c->model.lookups),
                              .events = EPOLLIN,
                              .ready = names_ready,
                              .owner = c};
    loop_add(c->loop, &c->names);
}

void console_names_stop(struct console *c)
{
    lookups_free(c->model.lookups);
    c->model.lookups = NULL;
}

void console_take_lookup(struct console *c, const struct lookup *lookup)
{
    lookups_show(c->model.lookups, lookup);
    news(c);
}

void console_resolve(struct console *c, const struct command *command)
{
    char text[MODEL_NOTICE_BYTES];
    struct names_wish wish;
    struct err err = {0};

    /* What came of it is in the recording. */
    if (console_hands_off(c)) {
        if (console_replay_follows(c))
            console_go(c, SCREEN_NAMES);
        return;
    }
    if (command_names_wish(command, &wish, &err) < 0 ||
        lookups_ask(c->model.lookups, &wish, &err) < 0) {
        error_format(&err, text, sizeof(text));
        model_notice(&c->model, true, "%s", text);
    }
    console_go(c, SCREEN_NAMES);
    news(c);
}

static bool is_an_address(const struct addr *a)
{
    return (a->family == AF_INET || a->family == AF_INET6) && !addr_is_any(a);
}

void console_look_up(struct console *c)
{
    const struct session_status *s = model_session(&c->model, c->model.focus.session_id);
    const struct row *row = model_focus_row(&c->model);
    const struct addr *a = row && is_an_address(&row->peer)    ? &row->peer
                           : row && is_an_address(&row->local) ? &row->local
                           : s && is_an_address(&s->peer)      ? &s->peer
                                                               : NULL;
    char text[ADDR_TEXT_BYTES], line[ADDR_TEXT_BYTES + 16];

    if (!a) {
        model_notice(&c->model, true,
                     "what is selected has no address with names: :resolve NAME asks for any");
        return;
    }
    snprintf(line, sizeof(line), "resolve %s", addr_format(a, text));
    console_line(c, line);
}

bool console_names_give_up(struct console *c)
{
    if (!c->model.lookups || !lookups_give_up(c->model.lookups))
        return false;
    model_notice(&c->model, false, "given up: what the servers say is not waited for any more");
    news(c);
    return true;
}
