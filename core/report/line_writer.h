/* core/report/line_writer.h - a report as lines, one after the other, to whoever takes them. */
#ifndef SOCKEYE_REPORT_LINE_WRITER_H
#define SOCKEYE_REPORT_LINE_WRITER_H

/* Of a line, with its NUL; what is longer is cut. */
#define LINE_WRITER_BYTES 2048

struct line_writer {
    int (*put)(void *ctx, const char *line); /* without a line end; 0 or negative errno */
    void *ctx;
    int r; /* the first error; nothing is written after it */
};

void write_line(struct line_writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
