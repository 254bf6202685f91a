/* probes/grant_words.h - the command that gives capabilities to this program. */
#ifndef SOCKEYE_PROBES_GRANT_WORDS_H
#define SOCKEYE_PROBES_GRANT_WORDS_H

#include <stddef.h>

/* "sudo setcap CAPABILITIES=eip PROGRAM", for a shell; "run it as root" where that cannot be
 * said whole in size bytes; "" for root, who has nothing left to gain. */
void grant_setcap(const char *capabilities, char *buf, size_t size);

#endif
