/*
 * Handles in messages, and the log of the last messages.
 */
#include "message.h"
#include "handle.h"
#include "scheduler.h"

static uint64_t *message_word(struct thread_registers *registers, unsigned index)
{
    switch (index) {
    case 0: return &registers->rdx;
    case 1: return &registers->r8;
    case 2: return &registers->r9;
    case 3: return &registers->r10;
    case 4: return &registers->r12;
    default: return &registers->r13;
    }
}

int message_check_handles(struct thread *sender, uint64_t tag)
{
    unsigned count = TAG_HANDLES(tag);
    if (count > MESSAGE_HANDLES_MAX)
        return ERROR_ARGUMENT;
    for (unsigned i = MESSAGE_WORDS - count; i < MESSAGE_WORDS; i++) {
        struct handle_slot *slot;
        uint64_t handle = *message_word(&sender->context.registers, i);
        int error = handle_find(sender->task, handle, OBJECT_NONE, RIGHT_COPY, &slot);
        if (error != KERNEL_OK)
            return error;
    }
    return KERNEL_OK;
}

void message_transfer(struct message_log *log, struct thread *receiver, struct thread *sender)
{
    uint64_t tag = sender->context.registers.rsi;
    message_transfer_plain(log, receiver, sender);
    receiver->context.registers.rsi = tag & (TAG_PLAIN | TAG_HANDLE_BITS);
    for (unsigned i = MESSAGE_WORDS - TAG_HANDLES(tag); i < MESSAGE_WORDS; i++) {
        uint64_t handle = *message_word(&sender->context.registers, i);
        struct handle_slot *slot;
        uint32_t copy = 0;
        if (handle_find(sender->task, handle, OBJECT_NONE, RIGHT_COPY, &slot) == KERNEL_OK)
            copy = handle_install(receiver->task, slot->object, slot->rights, slot->badge);
        *message_word(&receiver->context.registers, i) = copy;
    }
}

/* ---------------------------------------------------------------- the log */

static const char *kind_name(enum message_kind kind)
{
    static const char *const names[] = {"call/reply", "notification", "fault", "exception"};
    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

/* The thread's birth, or 0 if its frame holds no thread any more. */
static unsigned long birth_of(const struct thread *thread)
{
    return frame_of_pointer(thread)->tag == FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_THREAD)
               ? (unsigned long)thread->object.birth
               : 0;
}

void message_log_print(void)
{
    const struct scheduler *scheduler = this_scheduler();
    if (scheduler == NULL)
        return;
    print("last messages, oldest first:\n");
    uint64_t oldest = scheduler->messages.next_offset / sizeof(struct message_record);
    for (unsigned i = 0; i < MESSAGE_LOG_SIZE; i++) {
        const struct message_record *record =
            &scheduler->messages.records[(oldest + i) % MESSAGE_LOG_SIZE];
        if (record->sender != NULL)
            print("  thread %lu -> %lu  %s label %u word %lx\n", birth_of(record->sender),
                  birth_of(record->receiver), kind_name(TAG_KIND(record->tag)),
                  TAG_LABEL(record->tag), (unsigned long)record->word);
    }
}
