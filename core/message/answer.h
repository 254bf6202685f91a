/* core/message/answer.h - what the message service answers: a pure function of the request and
 * its dictionary.
 *
 * A text/json request {"action": "search", "value": X} is answered with {"result": ...} in
 * UTF-8; any other content with its first ten bytes, as binary/custom-server-binary-type. */
#ifndef SOCKEYE_MESSAGE_ANSWER_H
#define SOCKEYE_MESSAGE_ANSWER_H

#include <cjson/cJSON.h>

#include "core/message/message.h"

/* Reads share/message.json: an object of strings.  The caller owns it (cJSON_Delete).  Returns 0,
 * or negative errno with err. */
int answer_dictionary(cJSON **ret, struct err *err);

/* The whole answering message; every request has one, {"result": "Error: ..."} where it makes no
 * sense.  The bytes are the caller's to free(). */
void answer_make(const struct message *request, const cJSON *dictionary,
                 const struct message_limits *limits, uint8_t **ret_bytes, size_t *ret_len);

/* The service closes after its answer unless the request's header has "connection" with the
 * value "keep-alive". */
bool answer_keeps_connection(const struct message *request);

#endif
