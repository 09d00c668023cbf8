/*
 * What is inside a message: words and handles from one thread's registers to another's.
 */
#pragma once

#include "thread.h"

/* Tag bits that travel as they are. The kind is the kernel's, and handles are work. */
#define TAG_PLAIN 0x00000f00ffffffffull
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
 * The last 32 messages, printed by a panic. Ten instructions a message: threads are noted by
 * address and looked up when the log is printed.
 */
#define MESSAGE_LOG_SIZE 32

struct message_record {
    struct thread *sender, *receiver; /* NULL: the record is empty */
    uint64_t tag, word;
};

struct message_log {
    struct message_record records[MESSAGE_LOG_SIZE];
    uint64_t next_offset; /* in bytes: where the oldest record is */
};

ALWAYS_INLINE void message_log_add(struct message_log *log, struct thread *sender,
                                   struct thread *receiver, uint64_t tag, uint64_t word)
{
    uint64_t offset = log->next_offset;
    log->next_offset = (offset + sizeof(struct message_record)) % sizeof(log->records);
    *(struct message_record *)((char *)log->records + offset) =
        (struct message_record){sender, receiver, tag, word};
}

/* message_transfer() for a tag without anything but TAG_PLAIN. */
ALWAYS_INLINE void message_transfer_plain(struct message_log *log, struct thread *receiver,
                                          struct thread *sender)
{
    const struct thread_registers *from = &sender->context.registers;
    struct thread_registers *to = &receiver->context.registers;
    message_log_add(log, sender, receiver, from->rsi, from->rdx);
    to->rax = KERNEL_OK;
    to->rsi = from->rsi;
    message_copy_words(to, from);
}

/*
 * The message in the sender's registers, checked, into the receiver's, and into the log. The
 * handles are copied into its table; one that went stale since the check, or that finds no room,
 * becomes 0.
 */
void message_transfer(struct message_log *log, struct thread *receiver, struct thread *sender);
