/* ui/cli/say.h - what is said to a person on stderr, by the subcommands and by the console once the
 * terminal is the shell's again. */
#ifndef SOCKEYE_UI_CLI_SAY_H
#define SOCKEYE_UI_CLI_SAY_H

/* One line, whatever its arguments hold: all of it passes text_clean().  Without a line feed. */
void say_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
