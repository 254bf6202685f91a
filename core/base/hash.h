/* core/base/hash.h - uthash(3), with memory that never fails to its caller: core/base/mem.h. */
#ifndef SOCKEYE_BASE_HASH_H
#define SOCKEYE_BASE_HASH_H

#include "core/base/mem.h"

#define uthash_malloc(bytes) mem_new(1, bytes)

#include <uthash.h>

#endif
