/* core/base/mailbox.h - the newest of something, handed from one thread to another.
 *
 * Where only the latest matters (a snapshot, the wishes of a view) the writer
 * replaces what was not taken yet.  Nobody waits. */
#ifndef SOCKEYE_BASE_MAILBOX_H
#define SOCKEYE_BASE_MAILBOX_H

struct mailbox;

struct mailbox *mailbox_new(void);

/* What still lies inside is returned for the caller to release, or NULL. */
void *mailbox_free(struct mailbox *m);

/* Put a letter; the mailbox owns it until it is taken.  Returns the letter that it
 * replaces, which is the caller's again, or NULL. */
void *mailbox_put(struct mailbox *m, void *letter);

/* Take the letter, which then is the caller's, or NULL. */
void *mailbox_take(struct mailbox *m);

/* An eventfd that is readable while a letter waits; owned by the mailbox. */
int mailbox_fd(const struct mailbox *m);

#endif
