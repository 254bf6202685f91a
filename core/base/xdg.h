/* core/base/xdg.h - where a program keeps what is a person's (XDG Base Directory Specification
 * 0.8).  A variable that is unset, empty or no absolute path counts as unset.  Root, who was given
 * somebody else's home (sudo(8) may leave HOME as it was), remembers in its own. */
#ifndef SOCKEYE_BASE_XDG_H
#define SOCKEYE_BASE_XDG_H

#include <limits.h>

enum xdg_folder {
    XDG_CONFIG, /* what is set: ~/.config */
    XDG_STATE   /* what is remembered: ~/.local/state */
};

/* A file of ours there: "~/.config/sockeye/NAME".  Returns buf, or NULL where there is no home or
 * the path is too long. */
const char *xdg_path(enum xdg_folder folder, const char *name, char buf[PATH_MAX]);

/* Make the folders that a file lies in, for nobody but the person.  Returns 0 or negative errno. */
int xdg_make_folders(const char *path);

#endif
