/*
 * Handles in messages, and the log of the last messages.
 */
#include "message.h"
#include "handle.h"

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
        int error = handle_find_any(sender->task, handle, RIGHT_COPY, &slot);
        if (error != KERNEL_OK)
            return error;
    }
    return KERNEL_OK;
}

void message_copy_handles(struct thread *receiver, struct thread *sender, uint64_t tag)
{
    for (unsigned i = MESSAGE_WORDS - TAG_HANDLES(tag); i < MESSAGE_WORDS; i++) {
        uint64_t handle = *message_word(&sender->context.registers, i);
        struct handle_slot *slot;
        uint32_t copy = 0;
        if (handle_find_any(sender->task, handle, RIGHT_COPY, &slot) == KERNEL_OK)
            copy = handle_install(receiver->task, slot->object, slot->rights, slot->badge);
        *message_word(&receiver->context.registers, i) = copy;
    }
}

/* ---------------------------------------------------------------- the log */

#ifdef QUIRE_DEBUG

#define LOG_SIZE 32

static struct message_record {
    uint64_t sender, receiver; /* births of the threads */
    uint64_t tag, word;
} message_log[LOG_SIZE];
static unsigned message_log_next;

void message_log_add(const struct thread *sender, const struct thread *receiver)
{
    message_log[message_log_next++ % LOG_SIZE] = (struct message_record){
        .sender = sender->object.birth,
        .receiver = receiver->object.birth,
        .tag = receiver->context.registers.rsi,
        .word = receiver->context.registers.rdx,
    };
}

static const char *kind_name(enum message_kind kind)
{
    static const char *const names[] = {"call/reply", "notification", "fault", "exception"};
    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "?";
}

void message_log_print(void)
{
    print("last messages, oldest first:\n");
    for (unsigned i = 0; i < LOG_SIZE; i++) {
        const struct message_record *record = &message_log[(message_log_next + i) % LOG_SIZE];
        if (record->sender == 0)
            continue;
        print("  thread %lu -> %lu  %s label %u word %lx\n", (unsigned long)record->sender,
              (unsigned long)record->receiver, kind_name(TAG_KIND(record->tag)),
              TAG_LABEL(record->tag), (unsigned long)record->word);
    }
}

#else

void message_log_print(void)
{
}

#endif
