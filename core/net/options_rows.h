/* core/net/options_rows.h - how a row of the tables of socket options is written; only for those. */
#ifndef SOCKEYE_NET_OPTIONS_ROWS_H
#define SOCKEYE_NET_OPTIONS_ROWS_H

#include "core/net/options_internal.h"

/* For a macro of each table, ROW(#name, LEVEL, name, OPTION_##type, ...): only there the name is still a
 * name.  The last argument begins with .flags and may go on with further members. */
#define ROW(name_, level_, number_, type_, unit_, summary_, man_, ...)                         \
    {                                                                                          \
        .name = (name_), .level = (level_), .option = (number_), .type = (type_),              \
        .unit = (unit_), .summary = (summary_), .man = (man_), __VA_ARGS__                     \
    }

#define WORD(text_, constant_)                                                                 \
    {                                                                                          \
        text_, #constant_, constant_                                                           \
    }
#define END_OF_WORDS                                                                           \
    {                                                                                          \
        NULL, NULL, 0                                                                          \
    }
#define END_OF_ROWS                                                                            \
    {                                                                                          \
        .name = NULL                                                                           \
    }

#define RO OPTION_READ
#define WO OPTION_WRITE
#define RW (OPTION_READ | OPTION_WRITE)
#define PRIVILEGED OPTION_PRIVILEGED
#define ON_IP (OPTION_ON_IPV4 | OPTION_ON_IPV6)
#define ON_TCP (OPTION_ON_TCP | ON_IP)
#define ON_UDP (OPTION_ON_UDP | ON_IP)
#define ON_INET (ON_TCP | ON_UDP)
#define ON_UNIX OPTION_ON_UNIX
#define ON_ALL (ON_INET | ON_UNIX)
#define ON_IPV4 (OPTION_ON_IPV4 | OPTION_ON_TCP | OPTION_ON_UDP)
#define ON_IPV6 (OPTION_ON_IPV6 | OPTION_ON_TCP | OPTION_ON_UDP)
#define ON_UDP4 (OPTION_ON_IPV4 | OPTION_ON_UDP)
#define ON_UDP6 (OPTION_ON_IPV6 | OPTION_ON_UDP)
#define ON_TCP4 (OPTION_ON_IPV4 | OPTION_ON_TCP)
#define ON_TCP6 (OPTION_ON_IPV6 | OPTION_ON_TCP)
#define ON_RAW4 (OPTION_ON_IPV4 | OPTION_ON_RAW)
#define ON_RAW6 (OPTION_ON_IPV6 | OPTION_ON_RAW)

#endif
