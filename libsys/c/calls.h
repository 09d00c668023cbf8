/*
 * The library's way to the servers: one message each. Shared by the C library and the
 * Pintos-compatible one, which differ in what they make of the results.
 */
#pragma once

#include <quire/errno.h>
#include <quire/pager_protocol.h>
#include <quire/process_protocol.h>
#include <quire/system_call.h>

/* The result of a request: a negative errno or a value, and the words of the reply. */
struct call_result {
    int32_t result;
    uint64_t word[3];
};

/* Six words and an operation to one of the two servers that every program knows. */
static inline struct call_result server_call(uint32_t server, uint32_t operation, uint64_t word0,
                                             uint64_t word1, uint64_t word2, uint64_t word3,
                                             uint64_t word4, uint64_t word5)
{
    struct message message = {
        .tag = MAKE_TAG(operation, MESSAGE_WORDS, 0),
        .words = {word0, word1, word2, word3, word4, word5},
    };
    int64_t status = sys_call(server, &message);
    if (status != KERNEL_OK)
        return (struct call_result){.result = -EPIPE};
    return (struct call_result){
        .result = (int32_t)TAG_LABEL(message.tag),
        .word = {message.words[0], message.words[1], message.words[2]},
    };
}

/* The caller's stack pointer: below it a call's buffer may not make the stack grow. */
static inline uint64_t stack_pointer(void)
{
    uint64_t pointer;
    __asm__("movq %%rsp, %0" : "=r"(pointer));
    return pointer;
}
