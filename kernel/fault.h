/*
 * Faults, exceptions and foreign system calls: messages that the kernel sends for a thread,
 * and the replies to them.
 */
#pragma once

#include "message.h"

/* Writes the message of a faulting sender into the receiver's registers. */
void fault_fill_message(struct thread *receiver, const struct thread *sender);

/*
 * Acts on the reply to a fault or exception. KERNEL_OK: the client may run again, or was killed
 * as the reply asked (client->killed). An error: the reply was wrong and the client was killed.
 * The client has left its server's list of callers.
 */
int fault_reply(struct thread *server, struct thread *client);

/* A system call that goes to the exception endpoint, or ends the thread. */
void foreign_system_call(struct thread *thread);
