/* The demonstration: an echo server with a session that says hello, and a server that never
 * reads with a session whose Send-Q fills up.  Each step begins when what the one before asked
 * for has happened; a step that fails ends it, and the failure is shown like any other. */
#include <stdio.h>

#include "core/model/command.h"
#include "ui/console/console_state.h"

#define ECHO "serve echo tcp://127.0.0.1:65432"
#define SILENT "serve never-recv tcp://127.0.0.1:65433"

static void post(struct console *c, enum demo_step step, struct command *command)
{
    command->next_port = command->verb == VERB_SERVE;
    c->demo_id = 0;
    c->demo_command = console_post(c, command);
    c->demo = c->demo_command ? step : DEMO_OFF;
}

static void serve(struct console *c, enum demo_step step, const char *line)
{
    struct command command;

    if (command_parse(line, &command, NULL) == 0)
        post(c, step, &command);
}

static void connect_to(struct console *c, enum demo_step step)
{
    const struct server_status *s = model_server(&c->model, c->demo_id);
    struct command command = command_default(VERB_CONNECT);

    if (!s) /* its first status comes later */
        return;
    command.endpoint = s->endpoint;
    post(c, step, &command);
}

/* The session that was opened, once it is open; one that failed ends the demonstration. */
static bool opened(struct console *c)
{
    const struct session_status *s = model_session(&c->model, c->demo_id);

    if (s && s->state > SESSION_OPEN)
        c->demo = DEMO_OFF;
    return s && s->state == SESSION_OPEN;
}

static void say_hello(struct console *c)
{
    struct command command = command_default(VERB_SEND);

    if (!opened(c))
        return;
    c->demo_session = command.target_id = c->demo_id;
    command.text_len = (size_t)snprintf(command.text, sizeof(command.text), "Hello, world\n");
    post(c, DEMO_HELLO, &command);
}

static void flood(struct console *c)
{
    struct command command = command_default(VERB_FLOOD);

    if (!opened(c))
        return;
    command.target_id = c->demo_id;
    post(c, DEMO_OFF, &command);
    console_follow(c, c->demo_session);
    model_notice(&c->model, false,
                 "a demonstration: %s types into session %llu, %s takes commands, %s helps",
                 key_for(ACTION_TYPE), (unsigned long long)c->demo_session,
                 key_for(ACTION_COMMAND), key_for(ACTION_HELP));
}

void console_demo_start(struct console *c)
{
    if (!c->setup->demo || c->demo_started)
        return;
    c->demo_started = true;
    serve(c, DEMO_ECHO_SERVER, ECHO);
}

/* True when the reply that the step waits for is there, and good. */
static bool replied(struct console *c, const struct event *event)
{
    if (event->kind == EVENT_REPLY && event->reply.command_id == c->demo_command) {
        c->demo_command = 0;
        c->demo_id = event->reply.id;
        if (event->reply.err.code)
            c->demo = DEMO_OFF;
    }
    return !c->demo_command;
}

void console_demo_event(struct console *c, const struct event *event)
{
    if (c->demo == DEMO_OFF || !replied(c, event))
        return;
    switch (c->demo) {
    case DEMO_ECHO_SERVER:
        connect_to(c, DEMO_ECHO_SESSION);
        break;
    case DEMO_ECHO_SESSION:
        say_hello(c);
        break;
    case DEMO_HELLO:
        serve(c, DEMO_SILENT_SERVER, SILENT);
        break;
    case DEMO_SILENT_SERVER:
        connect_to(c, DEMO_SILENT_SESSION);
        break;
    case DEMO_SILENT_SESSION:
        flood(c);
        break;
    case DEMO_OFF:
        break;
    }
}
