/* core/model/errors.h - what an error means, what usually causes it, and what to try.
 *
 * The texts are share/errors.json: an array of objects, errnos by number, then EAI_* codes.
 *
 *   name     "ECONNREFUSED"            number   111; EAI_* codes are negative, as in <netdb.h>
 *   kind     "errno" or "eai"          aliases  other names of the number; may be left out
 *   calls    the calls that give it: "send" stands for sendto and sendmsg, too
 *   meaning  one sentence              causes   the likeliest first
 *   try      what a person does next   man      the page that documents it: "connect(2)"
 *
 * All of it is printable ASCII, so that a byte is a column on any terminal.  What the calls
 * return is read from their man pages (sections 2, 3 and 7).
 *
 * One reference serves the process: it is loaded at the start, by one thread, and only read
 * after that.  Without it the lookups find nothing. */
#ifndef SOCKEYE_MODEL_ERRORS_H
#define SOCKEYE_MODEL_ERRORS_H

#include <stddef.h>

#include "core/base/err.h"

#define ERRORS_MAX 256      /* entries */
#define ERROR_TEXTS_MAX 24  /* of one list */
#define ERROR_TEXT_MAX 240  /* bytes of one text */
#define ERROR_NAME_BYTES 24 /* of a name, with its NUL */

enum error_kind { ERROR_ERRNO, ERROR_EAI };

struct error_texts {
    size_t n;
    const char *list[ERROR_TEXTS_MAX];
};

struct error_entry {
    const char *name;
    enum error_kind kind;
    int number;
    struct error_texts aliases; /* may be empty; the others are not */
    struct error_texts calls, causes, tries;
    const char *meaning, *man;
};

/* Read share/errors.json, or the file at path.  Returns 0, or negative errno with err: then what
 * was loaded before, if anything, is still there; else its entries are gone. */
int error_reference_load(struct err *err);
int error_reference_load_from(const char *path, struct err *err);

/* The entries in the order of the file. */
size_t error_count(void);
const struct error_entry *error_at(size_t index);

/* By name or alias, in any case; by number, an errno's with either sign.  NULL: none. */
const struct error_entry *error_by_name(const char *name);
const struct error_entry *error_by_number(enum error_kind kind, int number);

/* What the C library says for it: "Connection refused".  Good until the thread asks again. */
const char *error_sentence(const struct error_entry *e);

/* The entry of an error that was met: the symbol's ("EAI_NONAME") when there is one, else the
 * errno's, of either sign.  NULL: not known, or no error. */
const struct error_entry *error_explain(int code, const char *symbol);
/* The same for a failure, if err_format() names the errno or symbol of it. */
const struct error_entry *error_of(const struct err *err);

/* err_format(), with the first thing to try where the failure brings no hint of its own. */
void error_format(const struct err *err, char *buf, size_t size);

#endif
