/* core/model/command_internal.h - between the files of the grammar: command.c (words and lines),
 * command_verbs.c (the tables), command_options.c (options and their values), command_format.c (back
 * to text). */
#ifndef SOCKEYE_MODEL_COMMAND_INTERNAL_H
#define SOCKEYE_MODEL_COMMAND_INTERNAL_H

#include "core/model/command.h"

/* Fills err with what is wrong with a verb's word, and the verb's usage.  Returns -EINVAL. */
int command_bad(struct err *err, enum verb verb, const char *input, const char *reason);

/* Digits only, up to max.  0 or -EINVAL. */
int command_parse_number(const char *word, uint64_t max, uint64_t *ret);

/* Letters, digits, _ . -, up to COMMAND_TAG_BYTES. */
bool command_is_tag(const char *name);

/* "NAME=VALUE" of a socket option. */
int command_check_assignment(const char *value, struct err *err);

/* Take every option out of the words; "--" ends them.  What is left are the arguments. */
int command_take_options(struct command *c, size_t *n, char *words[], struct err *err);

#endif
