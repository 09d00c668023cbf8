/*
 * What is inside a message: words and handles from one thread's registers to another's.
 */
#pragma once

#include "thread.h"

/* Tag bits that travel; the kind is the kernel's. */
#define TAG_TRAVELS 0x0000ff00ffffffffull
#define TAG_HANDLE_BITS (0xfull << 44)
#define TAG_OF_KIND(kind) ((uint64_t)(kind) << 32)

static inline void message_copy_words(struct thread_registers *to,
                                      const struct thread_registers *from)
{
    to->rdx = from->rdx;
    to->r8 = from->r8;
    to->r9 = from->r9;
    to->r10 = from->r10;
    to->r12 = from->r12;
    to->r13 = from->r13;
}

static inline void message_set_words(struct thread_registers *to, uint64_t word0, uint64_t word1,
                                     uint64_t word2, uint64_t word3, uint64_t word4, uint64_t word5)
{
    to->rdx = word0;
    to->r8 = word1;
    to->r9 = word2;
    to->r10 = word3;
    to->r12 = word4;
    to->r13 = word5;
}

/*
 * Whether the sender may pass the handles that its tag announces: KERNEL_OK, ERROR_ARGUMENT,
 * ERROR_BAD_HANDLE or ERROR_RIGHTS.
 */
int message_check_handles(struct thread *sender, uint64_t tag);
/*
 * Copies the handles into the receiver's table and puts the new ones into its words. A handle
 * that went stale since the check, or that finds no room, becomes 0.
 */
void message_copy_handles(struct thread *receiver, struct thread *sender, uint64_t tag);

/* The last 32 messages, for a panic. Debug builds only: it is a tenth of a message's cost. */
#ifdef QUIRE_DEBUG
void message_log_add(const struct thread *sender, const struct thread *receiver);
#else
static inline void message_log_add(const struct thread *sender, const struct thread *receiver)
{
    (void)sender;
    (void)receiver;
}
#endif
