/* core/report/pack.h - packed bytes and their values, as JSON. */
#ifndef SOCKEYE_REPORT_PACK_H
#define SOCKEYE_REPORT_PACK_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "core/wire/pack.h"

/* {"format": ..., "size": 6, "bytes": "0102...", "values": [{"offset": 0, "code": "H", "value":
 * 258}, {"offset": 2, "code": "4s", "value": "text\\x00", "hex": "74657874..."}]}
 *
 * Integers are exact whatever their size.  JSON has no NaN and no infinity: they are the strings
 * "nan", "inf" and "-inf".  The value of a text (c s p) has the escapes of text_escape().  text is
 * what f was parsed from; bytes has f->n_bytes.  The caller owns the result (cJSON_Delete). */
cJSON *pack_json(const char *text, const struct pack_format *f, const uint8_t *bytes);

#endif
