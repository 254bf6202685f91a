/* ui/console/subjects.h - what several panels have under their cursor, to be explained. */
#ifndef SOCKEYE_CONSOLE_SUBJECTS_H
#define SOCKEYE_CONSOLE_SUBJECTS_H

#include "core/model/model.h"
#include "core/report/explanation.h"

/* Every field with its layer; asked about is the one numbered `field`. */
void subjects_of_fields(struct subjects *s, const struct dissection *d, int field);

/* What the analysis found in it, then the flags of its segment, then all its fields; NULL or a packet
 * that the store has lost adds nothing. */
void subjects_of_packet(struct subjects *s, const struct model *m, uint64_t number);

/* State, error and phases of a session of ours; asked about is the error, else the state.  NULL adds
 * nothing. */
void subjects_of_session(struct subjects *s, const struct model *m,
                         const struct session_status *status);

void subjects_of_error(struct subjects *s, const struct err *err);

#endif
