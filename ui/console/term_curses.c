/* ncurses writes into a memfd, so that a terminal that was stopped (C-s, a full pty) can never
 * block us in write(2), and so that stdin and stdout keep their blocking mode for whoever
 * shares them.  Keys are read and decoded here (key_decode.h), not by ncurses.
 *
 * Sources: ncurses(3X), curs_getcchar(3X), terminfo(5), termios(3), tty_ioctl(4). */
#include "ui/console/term_curses.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/will.h"
#include "ui/console/reader.h"
#include "ui/console/term_emergency.h"

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
/* Presses, releases and moves with a button down (1002), with numbers as text (1006). */
#define MOUSE_ON "\033[?1002h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1002l"
#define COPY_ON "\033]52;c;"
#define COPY_OFF "\a"
/* What xterm and tmux take. */
#define COPY_BYTES 74000
#define ROWS_MAX 1000
#define COLUMNS_MAX 2000
#define CLOSE_WAIT_MS 200
#define CURSES_BYTES (1U << 20) /* what it takes in all for 200x60; for 80x24 a fifth of that */

struct term {
    int fd;      /* the terminal, by an open file description of our own: O_NONBLOCK */
    int memory;  /* what ncurses writes to */
    FILE *frame; /* the same for newterm() */
    FILE *no_input;
    SCREEN *screen;
    struct termios saved;
    bool ascii, colours_begun, hung_up, resumed;
    enum theme_depth depth;
    attr_t attributes[STYLE_COUNT];
    bool given_back; /* to the shell */
    bool pasted;
    bool mouse; /* we are to be told what it does */
    int rows, columns;
    struct cell *shown; /* what the newest frame has in each cell */
    unsigned char *pending;
    size_t pending_at, pending_len, pending_room;
    struct key_decoder keys;
};

/* --- looks ------------------------------------------------------------------------------ */

/* The most that can be shown; COLORS is not known before start_color(3X). */
static enum theme_depth depth_of_terminal(void)
{
    int colours = tigetnum("colors");

    if (!has_colors() || tigetnum("pairs") <= STYLE_COUNT || colours < 8)
        return THEME_MONO;
    /* "direct" colours: user_caps(5) */
    if (colours > 256 && tigetflag("RGB") > 0)
        return THEME_TRUE;
    return colours >= 256 ? THEME_256 : colours >= 16 ? THEME_16 : THEME_8;
}

static enum theme_depth depth_wanted(enum colour_depth colours)
{
    const char *no_color = getenv("NO_COLOR"); /* no-color.org */

    switch (colours) {
    case COLOURS_AUTO:
        return no_color && *no_color ? THEME_MONO : THEME_TRUE;
    case COLOURS_TRUE:
        return THEME_TRUE;
    case COLOURS_256:
        return THEME_256;
    case COLOURS_16:
        return THEME_16;
    case COLOURS_NONE:
        break;
    }
    return THEME_MONO;
}

/* Lines need nothing of curses. */
static bool is_plain(const struct term *t)
{
    return !t->screen;
}

static attr_t attributes_of(unsigned look)
{
    static const struct {
        unsigned look;
        attr_t attribute;
    } all[] = {{LOOK_BOLD, A_BOLD},
               {LOOK_DIM, A_DIM},
               {LOOK_UNDERLINE, A_UNDERLINE},
               {LOOK_REVERSE, A_REVERSE},
               {LOOK_ITALIC, A_ITALIC}};
    attr_t attributes = A_NORMAL;

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (look & all[i].look)
            attributes |= all[i].attribute;
    return attributes;
}

/* ncurses is told of colours only when there are to be some: it writes then. */
static bool begin_colours(struct term *t)
{
    if (!t->colours_begun)
        t->colours_begun = start_color() != ERR && use_default_colors() != ERR;
    return t->colours_begun;
}

void term_dress(struct term *t, const struct term_dress *dress)
{
    enum theme_depth most;

    t->ascii = dress->ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    if (is_plain(t))
        return;
    most = depth_of_terminal();
    t->depth = depth_wanted(dress->colours);
    if (t->depth > most)
        t->depth = most;
    if (t->depth != THEME_MONO && !begin_colours(t))
        t->depth = THEME_MONO;
    for (int style = 0; style < STYLE_COUNT; style++) {
        struct theme_look look = theme_look(dress->theme, (enum style)style, t->depth);

        t->attributes[style] = attributes_of(look.attributes);
        if (t->depth != THEME_MONO)
            init_extended_pair(style + 1, look.fg, look.bg);
    }
    if (t->shown)
        term_redraw(t);
}

enum theme_depth term_depth(const struct term *t)
{
    return t->depth;
}

/* --- output ----------------------------------------------------------------------------- */

/* Append bytes to those that are on their way. */
static void add_pending(struct term *t, const void *bytes, size_t len)
{
    if (t->pending_at) {
        memmove(t->pending, t->pending + t->pending_at, t->pending_len - t->pending_at);
        t->pending_len -= t->pending_at;
        t->pending_at = 0;
    }
    if (t->pending_len + len > t->pending_room) {
        t->pending_room = t->pending_len + len;
        t->pending = mem_resize(t->pending, t->pending_room, 1);
    }
    if (bytes)
        memcpy(t->pending + t->pending_len, bytes, len);
    t->pending_len += len;
}

/* Move what ncurses has written since to the pending bytes; the next frame overwrites it. */
static void take_frame(struct term *t)
{
    off_t size;

    fflush(t->frame);
    size = lseek(t->memory, 0, SEEK_CUR);
    if (size <= 0)
        return;
    add_pending(t, NULL, (size_t)size);
    if (pread(t->memory, t->pending + t->pending_len - size, (size_t)size, 0) != size)
        t->pending_len -= (size_t)size;
    lseek(t->memory, 0, SEEK_SET);
}

/* RFC 4648, section 4. */
static size_t base64(const uint8_t *in, size_t len, char *out)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = 0;

    for (size_t i = 0; i < len; i += 3) {
        uint32_t b = (uint32_t)in[i] << 16 | (i + 1 < len ? (uint32_t)in[i + 1] << 8 : 0) |
                     (i + 2 < len ? in[i + 2] : 0);

        out[n++] = digits[b >> 18];
        out[n++] = digits[b >> 12 & 63];
        out[n++] = '=';
        out[n++] = '=';
        if (i + 1 < len)
            out[n - 2] = digits[b >> 6 & 63];
        if (i + 2 < len)
            out[n - 1] = digits[b & 63];
    }
    return n;
}

bool term_copy(struct term *t, const char *text, size_t len)
{
    char *code;
    size_t n;

    if (len > COPY_BYTES)
        return false;
    code = mem_new(len / 3 + 1, 4);
    n = base64((const uint8_t *)text, len, code);
    add_pending(t, COPY_ON, strlen(COPY_ON));
    add_pending(t, code, n);
    add_pending(t, COPY_OFF, strlen(COPY_OFF));
    free(code);
    return true;
}

int term_flush(struct term *t)
{
    while (t->pending_at < t->pending_len && !t->hung_up) {
        ssize_t n = write(t->fd, t->pending + t->pending_at, t->pending_len - t->pending_at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0) {
            t->hung_up = true;
            break;
        }
        t->pending_at += (size_t)n;
    }
    if (t->pending_at == t->pending_len)
        t->pending_at = t->pending_len = 0;
    return t->hung_up ? -EIO : 0;
}

bool term_pending(const struct term *t)
{
    return t->pending_at < t->pending_len && !t->hung_up;
}

/* --- size ------------------------------------------------------------------------------- */

static void ask_size(const struct term *t, int *ret_rows, int *ret_columns)
{
    struct winsize size = {0};

    /* A line without a size (0 x 0) has the one that terminfo tells. */
    if (ioctl(t->fd, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col) {
        int rows = tigetnum("lines"), columns = tigetnum("cols");

        *ret_rows = rows > 0 ? rows : 24;
        *ret_columns = columns > 0 ? columns : 80;
        return;
    }
    *ret_rows = size.ws_row < ROWS_MAX ? size.ws_row : ROWS_MAX;
    *ret_columns = size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

static void forget_shown(struct term *t)
{
    free(t->shown);
    t->shown = mem_new((size_t)t->rows * (size_t)t->columns, sizeof(*t->shown));
}

bool term_resize(struct term *t)
{
    int rows, columns;

    if (is_plain(t)) {
        t->rows = READER_ROWS;
        t->columns = READER_COLUMNS;
        return false;
    }
    ask_size(t, &rows, &columns);
    if (rows == t->rows && columns == t->columns)
        return false;
    t->rows = rows;
    t->columns = columns;
    resize_term(rows, columns);
    term_redraw(t);
    return true;
}

void term_size(const struct term *t, int *ret_rows, int *ret_columns)
{
    *ret_rows = t->rows;
    *ret_columns = t->columns;
}

bool term_ascii(const struct term *t)
{
    return t->ascii;
}

int term_fd(const struct term *t)
{
    return t->fd;
}

/* --- drawing ---------------------------------------------------------------------------- */

/* The characters of a cell; what ncurses would take for a control character becomes '?'. */
static void to_wide(const char *text, wchar_t wide[CCHARW_MAX + 1])
{
    size_t left = strlen(text), n = 0;
    uint32_t code;

    while (left && n < CCHARW_MAX) {
        size_t used = text_utf8_decode(text, left, &code);

        if (!used)
            break;
        if (n == 0 && wcwidth((wchar_t)code) < 1)
            code = '?';
        wide[n++] = (wchar_t)code;
        text += used;
        left -= used;
    }
    wide[n] = L'\0';
}

static void put_cell(const struct term *t, int row, int column, const struct cell *cell)
{
    wchar_t wide[CCHARW_MAX + 1];
    cchar_t out;
    unsigned style = cell->style < STYLE_COUNT ? cell->style : STYLE_NORMAL;

    to_wide(cell->text, wide);
    setcchar(&out, wide, t->attributes[style], t->depth != THEME_MONO ? (short)(style + 1) : 0,
             NULL);
    mvadd_wch(row, column, &out);
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->style == b->style && a->width == b->width && !strcmp(a->text, b->text);
}

/* A row that differs anywhere is given whole: ncurses finds the least to write itself. */
static void put_row(struct term *t, const struct surface *s, int row, int columns)
{
    struct cell *shown = t->shown + (size_t)row * (size_t)t->columns;
    int column = 0;

    while (column < columns && same_cell(&shown[column], surface_cell(s, row, column)))
        column++;
    if (column == columns)
        return;
    for (column = 0; column < columns; column++) {
        shown[column] = *surface_cell(s, row, column);
        if (shown[column].width)
            put_cell(t, row, column, &shown[column]);
    }
}

bool term_draw(struct term *t, const struct surface *s)
{
    int rows = surface_rows(s), columns = surface_columns(s);

    if (t->given_back || t->hung_up || term_flush(t) < 0)
        return true;
    if (term_pending(t))
        return false;
    for (int row = 0; row < rows && row < t->rows; row++)
        put_row(t, s, row, columns < t->columns ? columns : t->columns);
    wnoutrefresh(stdscr);
    doupdate();
    take_frame(t);
    if (t->resumed) {
        add_pending(t, PASTE_ON, sizeof(PASTE_ON) - 1);
        if (t->mouse)
            add_pending(t, MOUSE_ON, sizeof(MOUSE_ON) - 1);
        t->resumed = false;
    }
    term_flush(t);
    return true;
}

void term_print(struct term *t, const char *text, size_t len)
{
    if (t->given_back || t->hung_up || !len)
        return;
    add_pending(t, text, len);
    term_flush(t);
}

void term_redraw(struct term *t)
{
    if (is_plain(t))
        return;
    clearok(curscr, TRUE);
    forget_shown(t);
}

/* --- keys ------------------------------------------------------------------------------- */

int term_read(struct term *t)
{
    unsigned char bytes[KEY_DECODE_BYTES];
    size_t room = key_decoder_room(&t->keys);
    ssize_t n;

    if (t->hung_up)
        return -EIO;
    if (!room || t->given_back)
        return 0;
    do
        n = read(t->fd, bytes, room);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0) {
        t->hung_up = true;
        return -EIO;
    }
    t->pasted = key_decoder_pasted(bytes, (size_t)n);
    key_decoder_give(&t->keys, bytes, (size_t)n);
    return (int)n;
}

bool term_read_pasted(const struct term *t)
{
    return t->pasted;
}

bool term_key(struct term *t, bool late, uint32_t *ret_key)
{
    return key_decoder_next(&t->keys, late, ret_key);
}

const struct mouse *term_mouse_report(const struct term *t)
{
    return &t->keys.mouse;
}

void term_mouse(struct term *t, bool on)
{
    if (is_plain(t))
        return;
    if (on != t->mouse && !t->given_back)
        add_pending(t, on ? MOUSE_ON : MOUSE_OFF,
                    on ? sizeof(MOUSE_ON) - 1 : sizeof(MOUSE_OFF) - 1);
    t->mouse = on;
}

bool term_key_begun(const struct term *t)
{
    return key_decoder_waits(&t->keys);
}

/* --- taking and giving back -------------------------------------------------------------- */

/* Every key as it is typed; C-s and C-q stay the terminal's. */
static int set_raw(const struct term *t)
{
    struct termios raw = t->saved;

    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP | BRKINT | PARMRK);
    raw.c_iflag |= IXON;
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_cc[VMIN] = 1; /* so that a read of 0 bytes means a hang-up */
    raw.c_cc[VTIME] = 0;
    /* TCSADRAIN would wait for a stopped terminal. */
    return tcsetattr(t->fd, TCSANOW, &raw) < 0 ? -errno : 0;
}

/* Before the terminal is given back: what is on its way should arrive, but not at the price
 * of waiting for a terminal that nobody reads. */
static void flush_patiently(struct term *t)
{
    uint64_t until = clock_now_ns() + CLOSE_WAIT_MS * CLOCK_MS_NS;
    struct termios raw;

    /* Without IXON the kernel undoes a C-s, so that the shell's screen can come back. */
    if (tcgetattr(t->fd, &raw) == 0) {
        raw.c_iflag &= ~(tcflag_t)IXON;
        tcsetattr(t->fd, TCSANOW, &raw);
    }
    while (term_flush(t) == 0 && term_pending(t) && clock_now_ns() < until) {
        struct pollfd p = {.fd = t->fd, .events = POLLOUT};

        poll(&p, 1, 20);
    }
}

bool term_in_foreground(void)
{
    pid_t group = tcgetpgrp(STDIN_FILENO); /* 0: one of another namespace */

    return group <= 0 || group == getpgrp();
}

/* Of what could not be written the little that leaves the screen counts most.  False: not even that,
 * and who has the time to wait for the terminal knows (will.h). */
static bool write_and_restore(struct term *t)
{
    flush_patiently(t);
    tcsetattr(t->fd, TCSANOW, &t->saved);
    if (!t->hung_up && !term_pending(t))
        return true;
    term_emergency();
    return false;
}

void term_suspend(struct term *t)
{
    if (t->given_back)
        return;
    if (t->hung_up) {
        term_emergency(); /* whatever could not be read, it may still be written to */
        return;
    }
    t->given_back = true;
    if (!is_plain(t)) {
        curs_set(1);
        endwin();
        take_frame(t);
        add_pending(t, PASTE_OFF, sizeof(PASTE_OFF) - 1);
    }
    if (t->mouse)
        add_pending(t, MOUSE_OFF, sizeof(MOUSE_OFF) - 1);
    /* tcsetattr() would stop us there: SIGTTOU. */
    if (!term_in_foreground() || write_and_restore(t))
        will_terminal_taken(false);
    t->pending_at = t->pending_len = 0;
    emergency_arm(false);
}

bool term_given_back(const struct term *t)
{
    return t->given_back;
}

int term_resume(struct term *t)
{
    int r = set_raw(t);

    if (r < 0)
        return r;
    t->given_back = false;
    emergency_arm(true);
    will_terminal_taken(true);
    t->resumed = true;
    if (!is_plain(t))
        curs_set(0);
    term_resize(t);
    term_redraw(t);
    return 0;
}

/* A capability as text; NULL when the terminal has none (also a cancelled one). */
static const char *capability(const char *name)
{
    const char *text = tigetstr(name);

    return text == (const char *)-1 ? NULL : text; // NOLINT: what tigetstr(3X) returns
}

/* A description of our own, so that O_NONBLOCK concerns nobody else. */
static int open_tty(void)
{
    const char *name = ttyname(STDIN_FILENO);
    const int flags = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    int fd = name ? open(name, flags) : -1;

    /* Another mount namespace may not have the name of it. */
    /* After su(1) the device belongs to another user; the controlling terminal opens anyway. */
    return fd >= 0 ? fd : open("/dev/tty", flags);
}

static int no_terminal(struct err *err, int code, const char *name, const char *reason)
{
    err_set(err, code, "open terminal", name, "%s", reason);
    err_hint(err, "the subcommands work without: sockeye --help");
    return code;
}

/* newterm() sets handlers for these; ours or nobody's have to stay. */
static const int curses_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
#define N_CURSES_SIGNALS (sizeof(curses_signals) / sizeof(curses_signals[0]))

/* "xterm-direct" for "xterm-256color": the same terminal, described with true colours. */
static SCREEN *newterm_direct(struct term *t, const char *name)
{
    char direct[64];
    int n = snprintf(direct, sizeof(direct), "%.*s-direct", (int)strcspn(name, "-"), name);

    return n < (int)sizeof(direct) ? newterm(direct, t->frame, t->no_input) : NULL;
}

/* COLORTERM is how terminals say it whose TERM does not. */
static bool wants_direct(enum colour_depth colours)
{
    const char *said = getenv("COLORTERM");

    if (colours != COLOURS_AUTO || depth_wanted(colours) != THEME_TRUE)
        return colours == COLOURS_TRUE;
    return said && (strcmp(said, "truecolor") == 0 || strcmp(said, "24bit") == 0);
}

static SCREEN *start_curses(struct term *t, const char *name, enum colour_depth colours)
{
    struct sigaction before[N_CURSES_SIGNALS];
    SCREEN *screen = NULL;

    /* libtinfo crashes where it gets no memory: better to be told of that here. */
    free(mem_new(1, CURSES_BYTES));
    for (size_t i = 0; i < N_CURSES_SIGNALS; i++)
        sigaction(curses_signals[i], NULL, &before[i]);
    use_env(FALSE);
    use_tioctl(
        TRUE); /* else no size would be assumed where terminfo has none: the Linux console */
    if (wants_direct(colours))
        screen = newterm_direct(t, name);
    if (!screen)
        screen = newterm(name, t->frame, t->no_input);
    for (size_t i = 0; i < N_CURSES_SIGNALS; i++)
        sigaction(curses_signals[i], &before[i], NULL);
    return screen;
}

static int set_up(struct term *t, const char *name, const struct term_dress *dress,
                  struct err *err)
{
    t->fd = open_tty();
    if (t->fd < 0)
        return err_set(err, -errno, "open terminal", "", "%s", "");
    if (tcgetattr(t->fd, &t->saved) < 0)
        return err_set(err, -errno, "tcgetattr", "", "%s", "");
    if (dress->plain)
        return 0;
    t->memory = memfd_create("frame", MFD_CLOEXEC);
    t->frame = t->memory < 0 ? NULL : fdopen(t->memory, "w");
    t->no_input = fopen("/dev/null", "re");
    if (!t->frame || !t->no_input)
        return err_set(err, -errno, "open terminal", "", "%s", "");
    t->screen = start_curses(t, name, dress->colours);
    if (!t->screen)
        return no_terminal(err, -EINVAL, name,
                           "this TERM is unknown to terminfo or too simple");
    if (!capability("cup"))
        return no_terminal(err, -EINVAL, name, "this TERM cannot move its cursor");
    return 0;
}

static void tear_down(struct term *t)
{
    if (t->screen)
        delscreen(t->screen);
    if (t->frame)
        fclose(t->frame);
    else if (t->memory >= 0)
        close(t->memory);
    if (t->no_input)
        fclose(t->no_input);
    if (t->fd >= 0)
        close(t->fd);
    free(t->shown);
    free(t->pending);
    free(t);
}

static void begin_emergency(const struct term *t)
{
    emergency_begin(t->fd, &t->saved);
    if (!is_plain(t)) {
        emergency_add(PASTE_OFF);
        emergency_add(MOUSE_OFF);
        emergency_add(capability("rmkx"));
        emergency_add(capability("sgr0"));
        emergency_add(capability("op"));
        emergency_add(capability("rmcup"));
        emergency_add(capability("cnorm"));
    }
    emergency_arm(true);
}

static void begin_curses(struct term *t)
{
    typeahead(-1); /* a frame is never broken off for a key */
    nonl();
    keypad(stdscr, TRUE); /* sends smkx and rmkx; keys are decoded by key_decode.c */
    leaveok(stdscr, TRUE);
    t->mouse = capability("kmous") != NULL;
}

int term_open(struct term **ret, const struct term_dress *dress, struct err *err)
{
    const char *name = getenv("TERM");
    struct termios raw;
    struct term *t;
    int r;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return no_terminal(err, -ENOTTY, "",
                           "the console needs a terminal on stdin and stdout");
    if (!dress->plain && (!name || !*name))
        return no_terminal(err, -EINVAL, "", "TERM is not set");
    t = mem_new(1, sizeof(*t));
    t->fd = t->memory = -1;
    r = set_up(t, name, dress, err);
    if (r < 0) {
        if (t->screen)
            endwin(); /* into the frame, which nobody sees */
        tear_down(t);
        return r;
    }
    if (!is_plain(t))
        begin_curses(t);
    term_dress(t, dress);
    begin_emergency(t);
    term_resize(t);
    t->given_back = true;
    r = term_resume(t);
    if (r < 0) {
        term_close(t);
        return err_set(err, r, "tcsetattr", "", "%s", "");
    }
    if (tcgetattr(t->fd, &raw) == 0)
        emergency_outlive(&raw);
    will_begin();
    *ret = t;
    return 0;
}

void term_close(struct term *t)
{
    if (!t)
        return;
    term_suspend(t);
    emergency_end();
    tear_down(t);
}
