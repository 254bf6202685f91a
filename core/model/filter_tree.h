/* core/model/filter_tree.h - a parsed filter, for its parser, its matcher and those that pass a
 * part of it on (probes/diag_bytecode.h). */
#ifndef SOCKEYE_MODEL_FILTER_TREE_H
#define SOCKEYE_MODEL_FILTER_TREE_H

#include "core/model/column.h"
#include "core/model/filter.h"

#define FILTER_NODES_MAX 256
#define FILTER_DEPTH_MAX 32 /* parentheses and nots in each other */
#define FILTER_WORD_BYTES 128

enum filter_kind {
    FILTER_AND,       /* left, right */
    FILTER_OR,        /* left, right */
    FILTER_NOT,       /* left */
    FILTER_STATE,     /* set: bits of states; number: of those, named one by one */
    FILTER_KIND,      /* set: KIND_BITs */
    FILTER_FAMILY,    /* addr.family */
    FILTER_PORT,      /* side, op, low, high; addr.family: AF_UNSPEC is both of IP */
    FILTER_ADDR,      /* side, op, addr, prefix; low, high: ports */
    FILTER_NAME,      /* side, op, addr.family, word: a pattern of fnmatch(3) */
    FILTER_DEVICE,    /* op, word: its name; or is_number: number, its index */
    FILTER_MARK,      /* op, number, mask */
    FILTER_CGROUP,    /* op, number: id */
    FILTER_AUTOBOUND, /* low, high: the ports that the kernel gives out */
    FILTER_RECVQ,     /* op, number */
    FILTER_SENDQ,     /* op, number */
    FILTER_UID,       /* op, number */
    FILTER_INODE,     /* op, number */
    FILTER_COOKIE,    /* op, number */
    FILTER_PID,       /* op, number */
    FILTER_COMM,      /* op, word: a pattern of fnmatch(3) */
    FILTER_COMMAND,   /* op, word: a part of the command line */
    FILTER_CONTAINER, /* op, word: a pattern of fnmatch(3), or the beginning of its id */
    FILTER_NETNS,     /* op, word; number: the same as a number, if it is one */
    FILTER_COLUMN,    /* column, op, word; is_number: number, scale */
    FILTER_FLAG,      /* column; word: its name */
    FILTER_LIMITED,   /* what holds the sender back is the peer or the buffer */
    FILTER_TEXT,      /* word */
};

enum filter_op { OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE };
enum filter_side { SIDE_LOCAL = 1, SIDE_PEER = 2, SIDE_EITHER = 3 };

struct filter_node {
    enum filter_kind kind;
    enum filter_op op;
    enum filter_side side;
    uint16_t left, right; /* indexes of nodes */
    bool is_number;
    unsigned prefix;    /* leading bits of addr that count */
    uint32_t set;       /* a bit each */
    uint32_t low, high; /* a range with both ends in it */
    uint64_t number, mask;
    uint64_t scale; /* a value of the column times this compares with number */
    struct addr addr;
    const struct column *column;
    char word[FILTER_WORD_BYTES];
};

struct filter {
    uint16_t root, n_nodes;
    struct filter_node nodes[FILTER_NODES_MAX];
};

/* Whether a value compares so with the range [low, high]. */
static inline bool filter_compare(enum filter_op op, uint64_t value, uint64_t low,
                                  uint64_t high)
{
    switch (op) {
    case OP_EQ:
        return value >= low && value <= high;
    case OP_NE:
        return value < low || value > high;
    case OP_LT:
        return value < low;
    case OP_GT:
        return value > high;
    case OP_LE:
        return value <= high;
    case OP_GE:
        return value >= low;
    }
    return false;
}

/* Bits of every state there is. */
#define FILTER_EVERY_STATE ((1U << STATE_COUNT) - 2)

#endif
