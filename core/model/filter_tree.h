/* core/model/filter_tree.h - a parsed filter; shared by its parser and its matcher only. */
#ifndef SOCKEYE_MODEL_FILTER_TREE_H
#define SOCKEYE_MODEL_FILTER_TREE_H

#include "core/model/filter.h"

#define FILTER_NODES_MAX 256
#define FILTER_DEPTH_MAX 32 /* parentheses and nots in each other */
#define FILTER_WORD_BYTES 64

enum filter_kind {
    FILTER_AND,   /* left, right */
    FILTER_OR,    /* left, right */
    FILTER_NOT,   /* left */
    FILTER_STATE, /* states */
    FILTER_PORT,  /* side, op, low, high */
    FILTER_ADDR,  /* side, addr, prefix; low, high: ports */
    FILTER_RECVQ, /* op, low */
    FILTER_SENDQ, /* op, low */
    FILTER_PID,   /* op, low */
    FILTER_USER,  /* low */
    FILTER_COMM,  /* word */
    FILTER_TEXT,  /* word */
};

enum filter_op { OP_EQ, OP_NE, OP_LT, OP_GT, OP_LE, OP_GE };
enum filter_side { SIDE_LOCAL = 1, SIDE_PEER = 2, SIDE_EITHER = 3 };

struct filter_node {
    enum filter_kind kind;
    enum filter_op op;
    enum filter_side side;
    uint16_t left, right; /* indexes of nodes */
    uint32_t states;
    uint32_t low, high; /* a number, or a range with both ends in it */
    struct addr addr;   /* AF_UNSPEC: any */
    unsigned prefix;    /* leading bits of addr that count */
    char word[FILTER_WORD_BYTES];
};

struct filter {
    uint16_t root, n_nodes;
    struct filter_node nodes[FILTER_NODES_MAX];
};

/* Bits of every state there is. */
#define FILTER_EVERY_STATE ((1U << STATE_COUNT) - 2)

#endif
