/* core/message/json_print.h - a tree of cJSON as text: the only way for one to leave the program.
 *
 * cJSON escapes the controls below U+0020 only, and passes on whatever is no UTF-8. */
#ifndef SOCKEYE_MESSAGE_JSON_PRINT_H
#define SOCKEYE_MESSAGE_JSON_PRINT_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/* In one line, or a line for each member.  What must not reach a terminal or a log
 * (text_printable()) is escaped, what is no UTF-8 becomes U+FFFD.  The caller's to free(); NULL
 * without memory. */
char *json_print(const cJSON *item, bool pretty);

#endif
