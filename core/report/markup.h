/* core/report/markup.h - foreign text in a page or a picture: HTML and SVG have no other way in.
 *
 * What comes out has nothing that begins an element, an entity or the end of an attribute. */
#ifndef SOCKEYE_REPORT_MARKUP_H
#define SOCKEYE_REPORT_MARKUP_H

/* Any bytes, cleaned as by text_clean() and escaped.  The caller's to free(). */
char *markup_text(const char *bytes);

#endif
