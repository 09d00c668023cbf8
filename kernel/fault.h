/*
 * Faults, exceptions and foreign system calls: messages that the kernel sends for a thread,
 * and the replies to them.
 */
#pragma once

#include "message.h"

/* Writes the message of a sender with a fault or exception into the receiver's registers. */
void fault_fill_message(struct message_log *log, struct thread *receiver, struct thread *sender);
/* The same for a page fault. */
ALWAYS_INLINE void fault_fill_page_fault(struct message_log *log, struct thread *receiver,
                                         struct thread *sender)
{
    struct thread_registers *to = &receiver->context.registers;
    const struct thread_registers *from = &sender->context.registers;
    const uint64_t tag = TAG_OF_KIND(MESSAGE_FAULT) | MAKE_TAG(0, 5, 0);
    message_log_add(log, sender, receiver, tag, sender->fault_address);
    to->rax = KERNEL_OK;
    to->rsi = tag;
    message_set_words(to, sender->fault_address, sender->fault_access, from->rip, from->rsp,
                      sender->name, 0);
}

/*
 * Acts on the reply to a fault or exception. KERNEL_OK: the client may run again, or was killed
 * as the reply asked (client->killed). An error: the reply was wrong and the client was killed.
 * The client is no longer counted among its server's callers.
 */
int fault_reply(struct thread *server, struct thread *client);

/* A system call that goes to the exception endpoint, or ends the thread. */
void foreign_system_call(struct thread *thread);
