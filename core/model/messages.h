/* core/model/messages.h - the framed messages of one session, found in its transcript, or in
 * bytes of two directions from elsewhere.
 *
 * Each direction is a stream that is decoded as its passages come.  The transcript keeps only the
 * beginning of a long passage, and loses old ones: then a stream is followed on only where the
 * next message is known to begin, behind a content whose length was read.  Else it stops there,
 * and says so; nothing is guessed.  Pure but for reading the ring; one thread. */
#ifndef SOCKEYE_MODEL_MESSAGES_H
#define SOCKEYE_MODEL_MESSAGES_H

#include "core/message/decoder.h"
#include "core/message/describe.h"
#include "core/model/transcript.h"

#define MESSAGES_KEPT 512          /* the oldest go first */
#define MESSAGES_BYTES (8U << 20)  /* of all that are kept, but for the newest */
#define MESSAGES_BEHIND_FAULT 4096 /* bytes kept behind those that are no message */
#define MESSAGES_SUMMARY_BYTES 240

enum found_kind {
    FOUND_COMING, /* not all of it has come */
    FOUND_WHOLE,
    FOUND_CUT,    /* all of it has come, the end of its content was not kept */
    FOUND_FAULTY, /* no message: fault says why; its stream ends here */
    FOUND_LOST,   /* what was not kept held a boundary: its stream ends here */
};

struct found {
    enum found_kind kind;
    uint8_t direction; /* enum direction */
    uint64_t at_ns;    /* its first byte */
    uint64_t passage;  /* number of the passage with its first byte */
    /* Its bytes as far as they are here.  NULL: of FOUND_LOST there may be none.  Of
     * FOUND_COMING it is the decoder's. */
    struct message *message;
    struct message_fault fault; /* FOUND_FAULTY */
    bool wrong;                 /* FOUND_WHOLE: its content is not what its header says */
    bool gone;                  /* FOUND_LOST: whole passages, nobody knows how many bytes */
    uint64_t missing_bytes;     /* that were not kept, or not beside it */
    uint64_t behind_bytes;      /* of its stream since it ended here */
    size_t n_lines;             /* of found_describe() */
    char summary[MESSAGES_SUMMARY_BYTES]; /* printable */
};

/* One direction. */
struct message_stream {
    struct decoder decoder;
    bool ended;
    uint64_t to_skip; /* bytes up to the next message */
    uint64_t current; /* the number of what is coming, of what is cut, or of what ended it */
    bool has_current;
};

struct messages {
    uint64_t session_id;    /* 0: none */
    uint64_t next_passage;  /* first one not looked at yet; while one is, its number */
    uint64_t newest_ns;     /* of those that were */
    uint64_t first, next;   /* numbers of what was found: [first, next) are here */
    size_t bytes;           /* of those that have come */
    struct found *found;    /* MESSAGES_KEPT of them */
    struct passage passage; /* to read into */
    uint8_t *passage_bytes; /* TRANSCRIPT_KEPT_BYTES */
    struct message_stream streams[DIRECTION_NOTE];
};

void messages_init(struct messages *m);
void messages_done(struct messages *m);

/* Look at what came since, up to record `end` of the ring.  Starts over for another session. */
void messages_update(struct messages *m, const struct ring *transcript, uint64_t end,
                     uint64_t session_id, uint64_t opened_ns);

/* The same without a transcript: the next passage, of which the first `kept` bytes are here.
 * Passages are numbered by whoever calls. */
void messages_take(struct messages *m, uint64_t number, const struct passage *p,
                   const uint8_t *bytes, size_t kept);
/* Passages of a direction were lost before the next one. */
void messages_lose(struct messages *m, unsigned direction, uint64_t at_ns);

/* NULL when there is none of that number (any more). */
const struct found *messages_at(const struct messages *m, uint64_t number);

/* Its parts, and behind them the fault.  Returns how many lines. */
#define FOUND_LINES_MAX (DESCRIBE_LINES_MAX + 1)
size_t found_describe(const struct found *f, struct describe_line ret[FOUND_LINES_MAX]);

#endif
