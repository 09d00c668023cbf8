/*
 * IRQ objects: one interrupt line or message-signalled vector each, bound to a notification.
 */
#pragma once

#include "object.h"
#include "thread.h"

struct irq {
    struct object object;
    struct binding notification;
    uint64_t bits; /* raised in the notification */
    int vector;
    bool message_signalled;
};

/* Line or IRQ_MSI; the vector, or a kernel_error. */
int irq_allocate_vector(uint64_t line);
void irq_initialize(struct irq *irq, int vector, bool message_signalled);
void irq_destroy(struct irq *irq);

void system_irq(struct thread *thread);
void system_port(struct thread *thread);
