/* ui/console/lesson_page.h - the text of a lesson's page: prose, the commands of the step as they
 * would be typed, its question, what was expected and what was seen, at the end both runs side by
 * side.
 *
 * A page may be longer than its pane: it is drawn from `top` on.  Every line passes the sanitizer
 * of the surface. */
#ifndef SOCKEYE_CONSOLE_LESSON_PAGE_H
#define SOCKEYE_CONSOLE_LESSON_PAGE_H

#include "core/scenario/lesson.h"
#include "ui/console/surface.h"

#define LESSON_TITLE_BYTES 400

struct lesson_shape {
    int rows;                /* of the whole page */
    int choice, choice_rows; /* where the chosen one stands; choice_rows 0: there is none */
};

/* "lesson 2/4: NAME · TITLE". */
void lesson_title(const struct lesson *l, char buf[LESSON_TITLE_BYTES]);
struct lesson_shape lesson_page_draw(const struct lesson *l, struct area a, int top,
                                     size_t choice);
/* The same in so many columns, without drawing. */
struct lesson_shape lesson_page_shape(const struct lesson *l, int columns, size_t choice);

#endif
