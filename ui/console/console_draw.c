/* The frame: status and tabs above, the panes, and the last line, which is the footer, or what
 * is being typed, or a notice.
 *
 *   sockeye  web1  1,284 sockets · 3 ours         lo: 1,204 packets, 0 dropped           00:31
 *   1 Sockets  2 Sessions  3 Packets  4 Ladder  5 Journal                 [filter port 65432]
 *   ...
 *   F1 help  o open  L serve  i type  / search  & filter  : command                    q quit
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "ui/console/console_state.h"
#include "ui/console/figures.h"
#include "ui/console/kernel_news.h"

#define LINE_BYTES 512
#define NOTICE_ROWS 4
/* Of the sentences about every interface. */
#define CAPTURE_BYTES (CAPTURE_INTERFACES * 128)

static struct area area_of(struct surface *s, const struct rectangle *r)
{
    return area_part(area_whole(s), r->row, r->column, r->rows, r->columns);
}

void console_spot(struct console *c, struct area a, int row, int column, int columns,
                  enum spot_kind kind, uint32_t what)
{
    struct area part = area_part(a, row, column, 1, columns);

    if (c->n_spots < SPOTS_MAX && part.rows > 0 && part.columns > 0)
        c->spots[c->n_spots++] =
            (struct spot){{part.row, part.column, part.rows, part.columns}, kind, what};
}

/* Something is drawn over everything from a row on. */
void console_cover(struct console *c, int row)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n_spots; i++)
        if (c->spots[i].at.row < row)
            c->spots[n++] = c->spots[i];
    c->n_spots = n;
}

/* --- the status line -------------------------------------------------------------------- */

size_t console_n_sessions(const struct model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_sessions; i++)
        n += m->sessions[i].state != SESSION_CLOSED && m->sessions[i].state != SESSION_FAILED;
    return n;
}

size_t console_n_servers(const struct model *m)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_servers; i++)
        n += m->servers[i].listening;
    return n;
}

static void write_sockets(const struct model *m, char *buf, size_t size)
{
    char total[TEXT_NUMBER_BYTES], shown[TEXT_NUMBER_BYTES], ours[TEXT_NUMBER_BYTES];

    text_number(console_n_sessions(m) + console_n_servers(m), ours);
    if (!m->snapshot) {
        snprintf(buf, size, "%s ours", ours);
        return;
    }
    text_number(m->snapshot->n_total, total);
    if (m->snapshot->n_rows - m->snapshot->n_gone != m->snapshot->n_total)
        snprintf(buf, size, "%s of %s sockets · %s ours",
                 text_number(m->snapshot->n_rows - m->snapshot->n_gone, shown), total, ours);
    else
        snprintf(buf, size, "%s sockets · %s ours", total, ours);
}

static bool failed(const struct capture_interface *i)
{
    return i->state == CAPTURE_FAILED;
}

/* "lo: 1,204 packets, 0 dropped", brief: no word of drops that there were not; why it failed is said in full among the packets. */
static void write_interface(const struct capture_interface *i, bool brief, char *buf,
                            size_t size)
{
    char packets[TEXT_NUMBER_BYTES], dropped[TEXT_NUMBER_BYTES];

    if (failed(i) && brief)
        snprintf(buf, size, "%s: no capture", i->name);
    else if (failed(i) && (i->err.code == -EPERM || i->err.code == -EACCES))
        snprintf(buf, size, "%s: no capture: needs CAP_NET_RAW", i->name);
    else if (failed(i))
        snprintf(buf, size, "%s: no capture: %s", i->name, figure_error(&i->err));
    else if (i->state == CAPTURE_OPENING)
        snprintf(buf, size, "%s: opening", i->name);
    else if (brief && !i->dropped)
        snprintf(buf, size, "%s: %s%s packets", i->name,
                 i->state == CAPTURE_DOWN ? "down, " : "", text_number(i->packets, packets));
    else
        snprintf(buf, size, "%s: %s%s packets, %s dropped", i->name,
                 i->state == CAPTURE_DOWN ? "down, " : "", text_number(i->packets, packets),
                 text_number(i->dropped, dropped));
}

/* Of those that failed only the first, and none where it would take the room of others: one
 * that never worked must not fill the line for ever. */
static enum style write_capture(const struct console *c, int room, bool brief, char *buf,
                                size_t size)
{
    const struct capture_status *status = c->model.capture;
    enum style style = STYLE_BAR;
    const struct capture_interface *first_failed = NULL;
    char text[120];
    size_t used = 0;
    bool others = false;

    buf[0] = '\0';
    if (c->setup->no_capture)
        snprintf(buf, size, "not capturing");
    for (size_t i = 0; status && i < status->n_interfaces; i++) {
        const struct capture_interface *one = &status->interfaces[i];

        if (failed(one)) {
            first_failed = first_failed ? first_failed : one;
            continue;
        }
        write_interface(one, brief, text, sizeof(text));
        used += (size_t)snprintf(buf + used, size - used, "%s%s", others ? " · " : "", text);
        others = true;
        if (one->dropped)
            style = STYLE_BAD;
    }
    if (!first_failed)
        return style;
    write_interface(first_failed, others || brief, text, sizeof(text));
    if (others && text_columns(buf) + 3 + text_columns(text) > room)
        return style;
    snprintf(buf + used, size - used, "%s%s", others ? " · " : "", text);
    return STYLE_BAD;
}

/* The longest form that fits; what was not seen comes before whose packets were captured. */
static enum style write_right(const struct console *c, int room, char *buf, size_t size)
{
    char capture[CAPTURE_BYTES], news[KERNEL_NEWS_BYTES];
    enum style style = STYLE_BAR;

    for (int form = 0; form < KERNEL_NEWS_FORMS; form++) {
        kernel_news_status(&c->model, (enum kernel_news_form)form, news);
        style = write_capture(c, room - text_columns(news) - 3, form == KERNEL_NEWS_COUNTS,
                              capture, sizeof(capture));
        snprintf(buf, size, "%s%s%s", capture, capture[0] && news[0] ? " · " : "", news);
        if (text_columns(buf) <= room)
            break;
    }
    if (text_columns(buf) > room)
        snprintf(buf, size, "%s", kernel_news_lacks(&c->model) ? news : capture);
    return kernel_news_lacks(&c->model) ? STYLE_BAD : style;
}

static void draw_status(const struct console *c, struct area a)
{
    char sockets[LINE_BYTES], right[CAPTURE_BYTES + KERNEL_NEWS_BYTES + 4], hour[16];
    char replay[REPLAY_WHERE_BYTES];
    time_t now = (time_t)(clock_shown_wall_ns() / CLOCK_SECOND_NS);
    enum style style;
    struct tm local;
    int at, end = a.columns, width;

    area_fill(a, STYLE_BAR);
    localtime_r(&now, &local);
    strftime(hour, sizeof(hour), "%H:%M", &local);
    if (c->replay) {
        console_replay_where(c, replay, sizeof(replay));
        if (end >= text_columns(replay) + 2)
            area_text(a, 0, end - text_columns(replay) - 1, STYLE_KEY, replay);
        end -= text_columns(replay) + 3;
    } else if (end >= 24) {
        area_text(a, 0, end - 6, STYLE_BAR, hour);
        end -= 8;
    }
    write_sockets(&c->model, sockets, sizeof(sockets));
    at = area_text(a, 0, 1, STYLE_BAR, "sockeye");
    style = write_right(c, end - at - 2 - text_columns(sockets) - 3, right, sizeof(right));
    width = text_columns(right);
    /* A long host name gives way to what is counted. */
    if (c->model.host[0]) {
        int room = end - at - text_columns(sockets) - width - 7;

        if (room > 3)
            at = area_text_cut(a, 0, at + 2, room, STYLE_BAR, c->model.host);
    }
    at = area_text_cut(a, 0, at + 2, end - at - 2, STYLE_BAR, sockets);
    if (width && end - at - 3 > 0)
        area_text_right(a, 0, at + 3, end - at - 3, style, right);
}

/* --- tabs ------------------------------------------------------------------------------- */

/* How the tabs are written, the roomiest first.  The screen that is shown has its whole name in
 * all of them. */
struct tab_form {
    int letters; /* of the other names */
    bool blank;  /* between key and name */
    int gap;     /* between tabs */
    int margin;  /* before the first */
};

#define TAB_NAME_BYTES 32

static const struct tab_form tab_forms[] = {{TAB_NAME_BYTES, true, 2, 1},
                                            {TAB_NAME_BYTES, true, 1, 1},
                                            {TAB_NAME_BYTES, true, 1, 0},
                                            {4, true, 1, 1},
                                            {4, false, 1, 1},
                                            {0, true, 1, 1}};
#define TAB_FORMS (sizeof(tab_forms) / sizeof(tab_forms[0]))

/* " Sockets", " Sock", "Sock" or "". */
static void tab_name(const struct console *c, int screen, const struct tab_form *form,
                     char buf[TAB_NAME_BYTES + 1])
{
    const char *name = actions[console_tabs[screen]].name;
    int letters = (int)c->screen == screen ? TAB_NAME_BYTES : form->letters;

    buf[0] = '\0';
    if (letters)
        snprintf(buf, TAB_NAME_BYTES, "%s%c%.*s", form->blank ? " " : "",
                 toupper((unsigned char)name[0]), letters - 1, name + 1);
}

static int tabs_columns(const struct console *c, const struct tab_form *form)
{
    char name[TAB_NAME_BYTES + 1];
    int columns = form->margin;

    for (int i = 0; i < SCREEN_TABS; i++) {
        tab_name(c, i, form, name);
        columns += text_columns(action_keys(console_tabs[i])) + text_columns(name) + form->gap;
    }
    return columns - form->gap;
}

/* "[paused] [view tree] [filter port 1]": what is not as usual. */
static void write_tab_note(const struct console *c, bool with_view, char *buf, size_t size)
{
    const struct model *m = &c->model;
    struct line_out l = line_in(buf, size);
    char keys[48];

    if (console_records(c))
        line_add(&l, " [recording]");
    if (c->replay)
        line_add(&l, "%s", action_text(console_replay_keys(c), keys, sizeof(keys)));
    if (m->paused)
        line_add(&l, " [paused]");
    if (c->zoom)
        line_add(&l, " [zoomed]");
    if (with_view && c->as[c->screen].preset != LAYOUT_USUAL)
        line_add(&l, " [layout %s]", layout_preset_name(c->as[c->screen].preset));
    if (with_view && m->view != VIEW_LIST && c->screen == SCREEN_HOME)
        line_add(&l, " [view %s]", view_name(m->view));
    if (console_shows_packets(c) ? m->packet_filter[0] : m->filter[0])
        line_add(&l, " [filter %s]", console_shows_packets(c) ? m->packet_filter : m->filter);
}

/* Names give way to what is not as usual, but not to the view, which has a title of its own. */
static const struct tab_form *choose_tabs(const struct console *c, int columns,
                                          char note[LINE_BYTES])
{
    for (int with_view = 1; with_view >= 0; with_view--) {
        write_tab_note(c, with_view, note, LINE_BYTES);
        for (size_t i = 0; i < TAB_FORMS; i++)
            if (tabs_columns(c, &tab_forms[i]) + text_columns(note) + (note[0] != '\0') <=
                columns)
                return &tab_forms[i];
    }
    return &tab_forms[TAB_FORMS - 1];
}

static void draw_tabs(struct console *c, struct area a)
{
    char note[LINE_BYTES], name[TAB_NAME_BYTES + 1];
    const struct tab_form *form = choose_tabs(c, a.columns, note);
    int at = form->margin;

    for (int i = 0; i < SCREEN_TABS; i++) {
        enum style style = (int)c->screen == i ? STYLE_TITLE : STYLE_DIM;
        int begin = at;

        tab_name(c, i, form, name);
        at = area_text(a, 0, at, STYLE_KEY, action_keys(console_tabs[i]));
        at = area_text(a, 0, at, style, name);
        console_spot(c, a, 0, begin, at - begin, SPOT_ACTION, console_tabs[i]);
        at += form->gap;
    }
    if (tabs_columns(c, form) > a.columns)
        area_glyph(a, 0, a.columns - 1, STYLE_KEY, GLYPH_ELLIPSIS);
    if (note[0] && a.columns > at)
        area_text_right(a, 0, at, a.columns - at - 1, STYLE_KEY, note + 1);
}

/* --- the last line ---------------------------------------------------------------------- */

static int footer_word(struct console *c, struct area a, int begin, enum action action)
{
    int at = area_text(a, 0, begin, STYLE_KEY, action_key(action));

    at = area_text(a, 0, at + 1, STYLE_DIM, actions[action].footer);
    console_spot(c, a, 0, begin, at - begin, SPOT_ACTION, action);
    return at;
}

static int footer_columns(enum action action)
{
    return text_columns(action_key(action)) + 1 + text_columns(actions[action].footer);
}

/* As many whole words as fit; how to quit is always there, at the right. */
static void draw_footer(struct console *c, struct area a)
{
    int end = a.columns - 1 - footer_columns(ACTION_QUIT), at = 1;

    if (end > 0 && action_key(ACTION_QUIT)[0])
        footer_word(c, a, end, ACTION_QUIT);
    for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
        enum action action = (enum action)i;

        if (!actions[i].footer || action == ACTION_QUIT || !action_key(action)[0])
            continue;
        if (at + footer_columns(action) + 2 > end)
            return;
        at = footer_word(c, a, at, action) + 2;
    }
}

static void draw_typing_keys(struct area a)
{
    area_text_cut(
        a, 0, 1, a.columns - 1, STYLE_DIM,
        "Enter sends with a line feed   Up Down history   PgUp PgDn scroll   Esc leaves");
}

/* "session 2> " and the line; a hint while nobody types. */
static void draw_input(const struct console *c, struct area a)
{
    uint64_t id = c->mode == MODE_TYPE ? c->typing_session : model_typing_session(&c->model);
    char hint[80];
    int at;

    if (!id) {
        snprintf(hint, sizeof(hint), "no session of ours is open: %s opens one",
                 key_for(ACTION_OPEN));
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_DIM, hint);
        return;
    }
    if (c->mode != MODE_TYPE && !c->typing.len) {
        snprintf(hint, sizeof(hint), "%s types into session %llu", key_for(ACTION_TYPE),
                 (unsigned long long)id);
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_DIM, hint);
        return;
    }
    at = area_printf(a, 0, 1, STYLE_SENT, "session %llu> ", (unsigned long long)id);
    if (c->mode == MODE_TYPE)
        line_edit_draw(&c->typing, a, 0, at);
    else
        area_text_cut(a, 0, at, a.columns - at, STYLE_DIM, c->typing.text);
}

/* What the keys do where nothing is typed. */
static void draw_keys(struct area a, const char *text)
{
    char hint[160];

    area_text_cut(a, 0, 1, a.columns - 1, STYLE_KEY, action_text(text, hint, sizeof(hint)));
}

static void draw_prompt(struct console *c, struct area a)
{
    int at;

    area_fill(a, STYLE_NORMAL);
    switch (c->mode) {
    case MODE_TYPE:
        draw_input(c, a);
        break;
    case MODE_ASK:
        at = area_text_cut(a, 0, 1, a.columns - 8, STYLE_INPUT, c->question);
        area_text(a, 0, at, STYLE_KEY, " (y/n)");
        console_spot(c, a, 0, at + 2, 1, SPOT_KEY, 'y');
        console_spot(c, a, 0, at + 4, 1, SPOT_KEY, 'n');
        break;
    case MODE_PALETTE:
        line_edit_draw(&c->palette.line, a, 0, area_text(a, 0, 0, STYLE_KEY, "find: "));
        break;
    case MODE_MENU:
        draw_keys(a, "{up} and {down} choose, {details} does it, {leave} leaves");
        break;
    case MODE_EXPLAIN:
        draw_keys(a, "{up} and {down} choose, {page-up} and {page-down} scroll, {copy} copies, "
                     "{leave} leaves");
        break;
    case MODE_MARK:
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_KEY,
                      c->marking == ACTION_MARK ? "the letter to mark this packet with"
                                                : "the letter of the packet to go to");
        break;
    case MODE_BIND:
        at = area_printf(a, 0, 1, STYLE_KEY, "the new key for %s: press it",
                         actions[c->binding].name);
        area_text_cut(a, 0, at + 2, a.columns - at - 2, STYLE_DIM, "Esc leaves it as it is");
        break;
    case MODE_FORM:
        area_text_cut(a, 0, 1, a.columns - 1, STYLE_KEY,
                      c->screen == SCREEN_COMPOSE
                          ? "Enter sends   Tab next field   PgUp what was sent   Esc leaves"
                          : "Enter keeps it, Esc leaves; Up and Down move");
        break;
    case MODE_PACKET_FILTER:
        at = area_text(a, 0, 0, STYLE_KEY, a.columns > 30 ? "packets: " : "&");
        line_edit_draw(&c->packet_filter, a, 0, at);
        break;
    case MODE_CAPTURE_FILTER:
        at = area_text(a, 0, 0, STYLE_KEY, a.columns > 30 ? "capture only: " : "b ");
        line_edit_draw(&c->capture_filter, a, 0, at);
        break;
    case MODE_FILTER:
        at = area_text(a, 0, 0, STYLE_KEY, a.columns > 30 ? "filter: " : "&");
        line_edit_draw(&c->filter, a, 0, at);
        break;
    case MODE_SEARCH:
        at = area_text(a, 0, 0, STYLE_KEY, "/");
        line_edit_draw(&c->search, a, 0, at);
        break;
    default:
        at = area_text(a, 0, 0, STYLE_KEY, ":");
        line_edit_draw(&c->command, a, 0, at);
        break;
    }
}

/* --- over the panes --------------------------------------------------------------------- */

/* Candidates with what they are, one a line, above the prompt. */
static void draw_candidates(const struct console *c, struct area whole)
{
    const struct completion *list = &c->completion;
    int rows = (int)list->n, most = whole.rows / 2, width = 0;
    struct area a;

    if (rows > most)
        rows = most;
    a = area_part(whole, whole.rows - 1 - rows, 0, rows, whole.columns);
    area_fill(a, STYLE_NORMAL);
    for (int i = 0; i < rows; i++)
        if (text_columns(list->candidates[i].text) > width)
            width = text_columns(list->candidates[i].text);
    for (int i = 0; i < rows; i++) {
        size_t left = list->n - (size_t)i;

        if (i + 1 == rows && (left > 1 || list->more)) {
            area_printf(a, i, 1, STYLE_DIM, "and %zu%s more", left, list->more ? " or" : "");
            return;
        }
        area_text_cut(a, i, 1, a.columns - 1, STYLE_INPUT, list->candidates[i].text);
        area_text_cut(a, i, width + 3, a.columns - width - 4, STYLE_DIM,
                      list->candidates[i].note);
    }
}

/* What can be done to the selected row, above the last line. */
static void draw_menu(struct console *c, struct area whole)
{
    const struct menu *menu = &c->menu;
    int rows = (int)menu->n, most = whole.rows - 1, top = 0;
    struct area a;

    if (rows > most) {
        rows = most;
        top = (int)menu->cursor - rows + 1;
        top = top > 0 ? top : 0;
    }
    a = area_part(whole, whole.rows - 1 - rows, 0, rows, whole.columns);
    console_cover(c, a.row);
    area_fill(a, STYLE_NORMAL);
    for (int i = 0; i < rows; i++) {
        bool here = (size_t)(top + i) == menu->cursor;

        if (here)
            area_glyph(a, i, 1, STYLE_SELECTED, GLYPH_CURSOR_ROW);
        area_text_cut(a, i, 3, a.columns - 4, here ? STYLE_SELECTED : STYLE_NORMAL,
                      menu->items[top + i].text);
        console_spot(c, a, i, 0, a.columns, SPOT_ITEM, (uint32_t)(top + i));
    }
}

static bool notice_shown(const struct console *c)
{
    const struct model *m = &c->model;

    return m->notice[0] && m->notice_ns > c->notice_gone_ns &&
           (m->notice_bad || clock_shown_ns() < m->notice_ns + NOTICE_NS);
}

/* How many rows a sentence takes: tried out where nobody sees it. */
static int notice_rows(const struct console *c, int columns)
{
    struct surface *s = surface_new(NOTICE_ROWS, columns - 2, term_ascii(c->term));
    int rows = figure_paragraph(area_whole(s), 0, STYLE_NORMAL, c->model.notice);

    surface_free(s);
    return rows < 1 ? 1 : rows > NOTICE_ROWS ? NOTICE_ROWS : rows;
}

/* In place of the footer; the rows that it needs more go over the panes. */
static void draw_notice(struct console *c, struct area whole)
{
    int rows = whole.columns > 2 ? notice_rows(c, whole.columns) : 1;
    bool prompt = c->mode != MODE_KEYS;
    struct area a;
    int below;

    /* Not over what says why. */
    below = c->layout.why.rows ? whole.rows - c->layout.why.row : prompt;
    if (rows + below > whole.rows)
        rows = whole.rows - below;
    a = area_part(whole, whole.rows - rows - below, 0, rows, whole.columns);
    console_cover(c, a.row);
    area_fill(a, STYLE_NORMAL);
    figure_paragraph(area_part(a, 0, 1, a.rows, a.columns - 2), 0,
                     c->model.notice_bad ? STYLE_BAD : STYLE_INPUT, c->model.notice);
    /* A replay draws by itself as its time goes on. */
    if (!c->model.notice_bad && !c->replay)
        loop_timer_set(c->loop, &c->notice, c->model.notice_ns + NOTICE_NS);
}

/* --- everything ------------------------------------------------------------------------- */

static void draw_panes(struct console *c)
{
    for (size_t i = 0; i < c->layout.n; i++) {
        const struct pane *pane = &c->layout.panes[i];
        bool keys = pane->id == console_keys_pane(c);

        model_look_through(&c->model, console_lens_of(c, pane->id));
        console_panel(pane->id)->draw(c->panels[pane->id], &c->model,
                                      area_of(c->surface, &pane->at), keys);
    }
    model_look_through(&c->model, c->lens);
}

/* What was found by itself. */
static void draw_why(const struct console *c, struct area a)
{
    int at = area_line(a, 0, 0, 2, STYLE_DIM, GLYPH_HLINE);

    at = area_text(a, 0, at + 1, STYLE_TITLE, "why");
    at = area_line(a, 0, at + 1, 2, STYLE_DIM, GLYPH_HLINE);
    area_text_cut(a, 0, at + 1, a.columns - at - 1, STYLE_BAD, c->model.why.line);
}

/* What is typed has the input line of the session, when it is shown, else the last line. */
static void draw_last_line(struct console *c, struct area whole)
{
    struct area last = area_part(whole, whole.rows - 1, 0, 1, whole.columns);

    if (c->layout.input.rows) {
        draw_input(c, area_of(c->surface, &c->layout.input));
        console_spot(c, area_of(c->surface, &c->layout.input), 0, 0, c->layout.input.columns,
                     SPOT_ACTION, ACTION_TYPE);
    }
    if (c->mode == MODE_KEYS && c->hinted)
        area_text_cut(last, 0, 1, last.columns - 2, STYLE_INPUT, console_hint(c));
    else if (c->mode == MODE_KEYS)
        draw_footer(c, area_of(c->surface, &c->layout.footer));
    else if (c->mode == MODE_TYPE && c->layout.input.rows)
        draw_typing_keys(area_of(c->surface, &c->layout.footer));
    else
        draw_prompt(c, last);
}

void console_draw(struct console *c)
{
    struct area whole = area_whole(c->surface);

    surface_clear(c->surface);
    c->n_spots = 0;
    if (c->layout.status.rows)
        draw_status(c, area_of(c->surface, &c->layout.status));
    if (c->layout.tabs.rows)
        draw_tabs(c, area_of(c->surface, &c->layout.tabs));
    draw_panes(c);
    console_lesson_point(c);
    if (c->layout.why.rows)
        draw_why(c, area_of(c->surface, &c->layout.why));
    draw_last_line(c, whole);
    if (c->mode == MODE_MENU)
        draw_menu(c, whole);
    else if (c->mode == MODE_PALETTE)
        console_palette_draw(c, whole);
    else if (c->mode == MODE_EXPLAIN)
        console_cover(c, console_explain_draw(c, whole));
    else if (c->completion.n && c->mode == MODE_COMMAND)
        draw_candidates(c, whole);
    else if (notice_shown(c))
        draw_notice(c, whole);
}
