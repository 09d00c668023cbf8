/* From a server's answer to errno. */
#pragma once

#include "calls.h"

#include <errno.h>
#include <stdint.h>

/* The result, or -1 with errno. */
static inline int32_t or_errno(struct call_result call)
{
    if (call.result >= 0)
        return call.result;
    errno = -call.result;
    return -1;
}

/* Word 0 of the answer, or -1 with errno. */
static inline int64_t word_or_errno(struct call_result call)
{
    return or_errno(call) < 0 ? -1 : (int64_t)call.word[0];
}

static inline uint64_t as_word(int64_t value)
{
    return (uint64_t)value;
}
