/* Acts on the socket of the selected row: close it for whoever holds it, signal a holder.
 *
 *   > copy all that is known of 127.0.0.1:51826 > 127.0.0.1:65432 as text
 *     ask python3 (812) to end: SIGTERM
 *     ...
 *     close this socket, whoever holds it: SOCK_DESTROY
 *
 * The menu makes command lines; what they do is asked first, and done to what was asked about even
 * if another row is selected by then. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/text.h"
#include "core/model/errors.h"
#include "ui/console/console_state.h"

/* Holders whose signals the menu lists; :signal reaches the others. */
#define MENU_PROCESSES 3

/* --- the row and its holders ------------------------------------------------------------ */

/* NULL after saying why there is none. */
static const struct row *selected_row(struct console *c)
{
    const struct row *row = model_focus_now(&c->model);

    if (c->model.focus.kind != FOCUS_ROW)
        model_notice(&c->model, true, "no socket of the table is selected");
    else if (!row)
        model_notice(&c->model, true, "the selected socket is gone");
    return row;
}

static void write_ends(const struct console *c, const struct row *row, char *buf, size_t size)
{
    char local[ROW_END_BYTES], peer[ROW_END_BYTES];

    snprintf(buf, size, "%.60s > %.60s", row_local(c->model.snapshot, row, local),
             row_peer(c->model.snapshot, row, peer));
}

/* Who holds it now; NULL: nobody, or that is not known. */
static const struct owner *holders_of(const struct console *c, const struct row *row)
{
    const struct owner *o = snapshot_owner(c->model.snapshot, row->inode);

    return row->inode && o && o->knowledge == OWNER_KNOWN && !o->past ? o : NULL;
}

/* The n-th process that holds it; NULL: it has no more. */
static const struct process *process_at(const struct console *c, const struct owner *o,
                                        size_t n)
{
    const struct ownership *owned = &c->model.snapshot->owned;
    const struct process *before = NULL;

    for (size_t i = 0; i < o->n; i++) {
        const struct process *p = owner_process(owned, o, i);

        if (p != before && n-- == 0)
            return p;
        before = p;
    }
    return NULL;
}

/* --- the menu --------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void add_item(struct menu *m, const char *command,
                                                           const char *format, ...)
{
    va_list args;

    if (m->n == MENU_ITEMS)
        return;
    va_start(args, format);
    vsnprintf(m->items[m->n].text, sizeof(m->items[m->n].text), format, args);
    va_end(args);
    snprintf(m->items[m->n].command, sizeof(m->items[m->n].command), "%s", command);
    m->items[m->n].asks = false;
    m->n++;
}

static void add_signals(struct menu *m, const struct process *p)
{
    static const struct {
        const char *name, *before, *behind;
    } signals[] = {
        {"TERM", "ask ", " to end: SIGTERM"},
        {"KILL", "end ", " at once: SIGKILL"},
        {"STOP", "stop ", ": SIGSTOP"},
        {"CONT", "let ", " go on: SIGCONT"},
    };

    for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        char command[40];

        snprintf(command, sizeof(command), "signal %d %s", p->pid, signals[i].name);
        add_item(m, command, "%s%s (%d)%s", signals[i].before, process_name(p), p->pid,
                 signals[i].behind);
    }
}

static void add_row_items(struct console *c, const struct row *row)
{
    const struct owner *o = holders_of(c, row);
    const struct process *p;
    char ends[160];

    write_ends(c, row, ends, sizeof(ends));
    add_item(&c->menu, "copy text", "copy all that is known of %.60s as text", ends);
    add_item(&c->menu, "copy json", "copy it as JSON");
    add_item(&c->menu, "copy ss", "copy the ss command that lists it");
    for (size_t i = 0; o && i < MENU_PROCESSES && (p = process_at(c, o, i)); i++)
        add_signals(&c->menu, p);
    add_item(&c->menu, "destroy", "close this socket, whoever holds it: SOCK_DESTROY");
}

/* On the screen of verdicts the menu is about what it shows. */
void console_menu(struct console *c)
{
    const struct row *row;

    c->menu.n = c->menu.cursor = 0;
    if (c->screen == SCREEN_WHY) {
        add_item(&c->menu, "copy text", "copy the verdict and its evidence as text");
        add_item(&c->menu, "copy json", "copy them as JSON");
    }
    console_offer_fixes(c, &c->menu);
    row = c->screen == SCREEN_WHY ? NULL
          : c->menu.n             ? model_focus_now(&c->model)
                                  : selected_row(c);
    if (row)
        add_row_items(c, row);
    if (c->menu.n)
        console_begin(c, MODE_MENU, "");
}

/* What changes something is asked first. */
static void do_item(struct console *c, size_t index)
{
    const char *command = c->menu.items[index].command;

    c->mode = MODE_KEYS;
    if (!c->menu.items[index].asks) {
        console_line(c, command);
        return;
    }
    c->act.kind = ACT_NONE;
    snprintf(c->question, sizeof(c->question), "%s?", c->menu.items[index].text);
    snprintf(c->answer_command, sizeof(c->answer_command), "%s", command);
    console_begin(c, MODE_ASK, "");
}

void console_menu_key(struct console *c, uint32_t key)
{
    struct menu *m = &c->menu;

    switch (action_of_key(key)) {
    case ACTION_UP:
        m->cursor = (m->cursor + m->n - 1) % m->n;
        break;
    case ACTION_DOWN:
        m->cursor = (m->cursor + 1) % m->n;
        break;
    case ACTION_FIRST:
        m->cursor = 0;
        break;
    case ACTION_LAST:
        m->cursor = m->n - 1;
        break;
    case ACTION_DETAILS:
        do_item(c, m->cursor);
        break;
    case ACTION_LEAVE:
    case ACTION_ACT:
    case ACTION_QUIT:
        c->mode = MODE_KEYS;
        break;
    default: /* no other key does anything here */
        break;
    }
}

/* --- asking ----------------------------------------------------------------------------- */

/* The row as it is now, and where. */
static void aim(struct console *c, const struct row *row)
{
    const struct snapshot *s = c->model.snapshot;

    c->act = (struct pending_act){.row = *row};
    if (s && row->netns < s->n_netns) {
        c->act.where = s->netns[row->netns];
        c->act.has_where = true;
    }
}

void console_destroy(struct console *c)
{
    const struct row *row = selected_row(c);
    char ends[140];

    if (!row)
        return;
    aim(c, row);
    c->act.kind = ACT_DESTROY;
    write_ends(c, row, ends, sizeof(ends));
    snprintf(c->question, sizeof(c->question), "close %.120s for its holders?", ends);
    console_begin(c, MODE_ASK, "");
}

/* NULL after saying why it is not known which. */
static const struct process *choose_process(struct console *c, const struct row *row,
                                            uint64_t pid)
{
    const struct owner *known = snapshot_owner(c->model.snapshot, row->inode);
    const struct owner *o = holders_of(c, row);
    const struct process *p;

    if (!o) {
        model_notice(&c->model, true, "signal: %s",
                     known && known->knowledge == OWNER_NOT_PERMITTED
                         ? "who holds this socket may not be seen"
                     : known || !row->inode ? "no process holds this socket"
                                            : "who holds this socket is not known yet");
        return NULL;
    }
    if (!pid && owner_processes(&c->model.snapshot->owned, o) > 1) {
        model_notice(&c->model, true,
                     "signal: several processes hold this socket; name one: "
                     "signal PID NAME");
        return NULL;
    }
    for (size_t i = 0; (p = process_at(c, o, i)); i++)
        if (!pid || (uint64_t)p->pid == pid)
            return p;
    model_notice(&c->model, true, "signal: process %llu does not hold this socket",
                 (unsigned long long)pid);
    return NULL;
}

void console_signal(struct console *c, const struct command *command)
{
    const struct row *row = selected_row(c);
    const struct process *p = row ? choose_process(c, row, command->target_id) : NULL;
    const char *name = sigabbrev_np(command->format);

    if (!p)
        return;
    if (p->pid == getpid()) {
        model_notice(&c->model, true, "signal: that is this program; %s quits",
                     key_for(ACTION_QUIT));
        return;
    }
    aim(c, row);
    c->act.kind = ACT_SIGNAL;
    c->act.process = *p;
    c->act.signal = command->format;
    if (command->format == SIGCONT) {
        console_act_now(c);
        return;
    }
    snprintf(c->question, sizeof(c->question), "send SIG%s to %s (%d)?", name ? name : "?",
             process_name(p), p->pid);
    console_begin(c, MODE_ASK, "");
}

/* --- doing ------------------------------------------------------------------------------ */

static int destroy(struct console *c, struct err *err)
{
    const struct pending_act *act = &c->act;
    char ends[140];
    int r =
        c->setup->probes->socket_destroy(&act->row, act->has_where ? &act->where : NULL, err);

    write_ends(c, &act->row, ends, sizeof(ends));
    if (r == 0)
        model_notice(&c->model, false, "%s is closed%s", ends,
                     act->row.inode ? ": its holder gets ECONNABORTED" : "");
    return r;
}

static int send_signal(struct console *c, struct err *err)
{
    const struct pending_act *act = &c->act;
    const char *name = sigabbrev_np(act->signal);
    int r = c->setup->probes->process_signal(act->process.pid, act->process.start_ticks,
                                             act->signal, err);

    if (r == 0)
        model_notice(&c->model, false, "SIG%s was sent to %s (%d)", name ? name : "?",
                     process_name(&act->process), act->process.pid);
    return r;
}

void console_act_now(struct console *c)
{
    char text[MODEL_NOTICE_BYTES];
    struct err err = {0};
    int r;

    if (console_hands_off(c)) {
        c->act.kind = ACT_NONE;
        return;
    }
    r = c->act.kind == ACT_DESTROY ? destroy(c, &err) : send_signal(c, &err);
    c->act.kind = ACT_NONE;
    if (r == 0)
        return;
    error_format(&err, text, sizeof(text));
    model_notice(&c->model, true, "%s", text);
}
