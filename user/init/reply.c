/* Answers to clients, now or later. */
#include "process.h"

bool reply(uint64_t token, int32_t result, uint64_t word0, uint64_t word1, uint64_t word2)
{
    struct message message = {
        .tag = MAKE_TAG(result, 3, 0),
        .words = {word0, word1, word2},
    };
    /* A client that died while it waited has a stale token. */
    return sys_reply(token, &message) == KERNEL_OK;
}
