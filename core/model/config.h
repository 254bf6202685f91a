/* core/model/config.h - what a person sets once: settings and keys.
 *
 * One table of settings feeds the configuration file, its schema (share/config.schema.json), the
 * settings screen, completion and the command line.  Values are kept as text, checked when they
 * come in.  Which actions and keys there are is the console's business; here they are words.
 *
 * The file is JSON (RFC 8259): one object with a member a setting, and "keys": {"ACTION": ["KEY",
 * ...]}.  "$schema" is kept for editors; every other member is an error, and so is one twice.
 *
 * config_parse() and config_write() are pure; files and folders are in config_file.h. */
#ifndef SOCKEYE_MODEL_CONFIG_H
#define SOCKEYE_MODEL_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/json_text.h"
#include "core/message/json_write.h"

enum setting {
    SETTING_THEME,
    SETTING_COLOURS,
    SETTING_ASCII,
    SETTING_MOUSE,
    SETTING_TIMES,
    SETTING_CAPTURE,
    SETTING_REFRESH,
    SETTING_HISTORY,
    SETTING_SCREEN_READER,
    SETTING_LOG,
    SETTING_COUNT
};

enum setting_kind {
    SETTING_SWITCH, /* "on" or "off"; true or false in the file */
    SETTING_CHOICE, /* one of choices */
    SETTING_NUMBER, /* from min to max */
    SETTING_TEXT    /* up to max bytes; may be empty */
};

struct setting_info {
    const char *name;
    enum setting_kind kind;
    const char *const *choices; /* ends with NULL */
    uint64_t min, max;
    const char *initial;
    bool at_start; /* a change holds from the next start on */
    const char *help;
};

/* By enum setting. */
extern const struct setting_info setting_infos[SETTING_COUNT];

enum colour_depth {
    COLOURS_AUTO,
    COLOURS_TRUE,
    COLOURS_256,
    COLOURS_16,
    COLOURS_NONE
}; /* by the choices */
enum times_shown { TIMES_ELAPSED, TIMES_CLOCK };

/* Who said so. */
enum setting_from { FROM_DEFAULT, FROM_FILE, FROM_OPTION, FROM_HERE };

#define CONFIG_TEXT_BYTES 512
#define CONFIG_ACTION_BYTES 40
#define CONFIG_KEY_BYTES 16
#define CONFIG_KEYS 8       /* of one action */
#define CONFIG_BINDINGS 256 /* actions */
#define CONFIG_FILE_BYTES (64U << 10)

struct setting_value {
    enum setting_from from;
    size_t line; /* FROM_FILE */
    char text[CONFIG_TEXT_BYTES];
};

/* The keys of an action, instead of its usual ones; n 0: it has none. */
struct config_binding {
    char action[CONFIG_ACTION_BYTES];
    size_t line;
    bool here; /* changed here: not in the file */
    size_t n;
    char keys[CONFIG_KEYS][CONFIG_KEY_BYTES];
};

struct config {
    char file[PATH_MAX]; /* read, or to be written; "": none */
    bool unread;         /* it is there, but not for us to read: as by default */
    char schema[CONFIG_TEXT_BYTES];
    struct setting_value values[SETTING_COUNT];
    size_t n_bindings;
    struct config_binding bindings[CONFIG_BINDINGS];
};

/* Every setting as by default, no keys. */
void config_init(struct config *c);

/* Take what the text of a file says.  Returns 0, or -EINVAL with file, line and field in err; c
 * then may be changed in part. */
int config_parse(struct config *c, const struct json_text *text, struct err *err);

/* Fills err: "FILE:LINE: FIELD: REASON"; of a long path the end is shown; line 0: "FIELD: REASON".
 * Returns -EINVAL. */
int config_wrong(const char *file, size_t line, const char *field, struct err *err,
                 const char *reason, ...) __attribute__((format(printf, 5, 6)));
/* A string of the tree that is not empty, printable and shorter than size; NULL: it is none. */
const char *config_string(const cJSON *item, size_t size);

/* The setting of a name; SETTING_COUNT: there is none, and err says which is near. */
enum setting setting_by_name(const char *name, struct err *err);

/* Set one.  Returns 0, or -EINVAL with err and the value as it was. */
int config_set(struct config *c, enum setting setting, const char *text, enum setting_from from,
               struct err *err);
/* What is wrong with a value, err filled; 0: nothing. */
int setting_check(enum setting setting, const char *text, struct err *err);

bool config_on(const struct config *c, enum setting setting);
int config_choice(const struct config *c, enum setting setting); /* its place in choices */
uint64_t config_number(const struct config *c, enum setting setting);
const char *config_text(const struct config *c, enum setting setting);

/* Where its value comes from: "default", "FILE:LINE", "command line", "changed here".  Returns buf. */
const char *config_from(const struct config *c, enum setting setting, char *buf, size_t size);

/* Other keys for an action, parted by blanks, "" for none; NULL: the usual ones again.  Returns 0, or
 * -EINVAL with err and c as it was.  Whether they are keys is not looked at. */
int config_bind(struct config *c, const char *action, const char *keys, struct err *err);
/* What binds an action; NULL: it has its usual keys. */
const struct config_binding *config_binding(const struct config *c, const char *action);

/* The value one step on, or back, in *ret: switches turn, choices go round, numbers go up and down
 * by 1-2-5 within their limits.  False of a text. */
bool setting_step(enum setting setting, const char *text, bool back,
                  char ret[CONFIG_TEXT_BYTES]);

/* The file that says all of this: what is as by default is left out. */
void config_write(const struct config *c, struct json_writer *w);

#endif
