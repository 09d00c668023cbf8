/*
 * IRQ objects and port I/O: what a driver in user space needs of the kernel.
 *
 * A level-triggered line stays masked from its interrupt until the driver, which has then
 * quietened the device, acknowledges it.
 */
#include "irq.h"
#include "handle.h"
#include "notification.h"
#include "scheduler.h"

/* Vector -> its IRQ object. */
static struct irq *irqs[INTERRUPT_VECTORS];

int irq_allocate_vector(uint64_t line)
{
    if (line == IRQ_MSI)
        return machine_interrupt_allocate_message();
    if (line > UINT32_MAX)
        return ERROR_ARGUMENT;
    return machine_interrupt_allocate_line((uint32_t)line);
}

void irq_initialize(struct irq *irq, int vector, bool message_signalled)
{
    irq->vector = vector;
    irq->message_signalled = message_signalled;
    irqs[vector] = irq;
}

void irq_destroy(struct irq *irq)
{
    machine_interrupt_mask(irq->vector);
    irqs[irq->vector] = NULL;
    machine_interrupt_release(irq->vector);
    slab_release(&irq->object);
}

void device_interrupt(int vector)
{
    struct irq *irq = irqs[vector];
    if (irq == NULL || !binding_alive(&irq->notification))
        return; /* a late message of a device whose driver is gone */
    notification_raise((struct notification *)irq->notification.object, irq->bits);
    if (this_scheduler()->reschedule)
        scheduler_settle();
}

/* ---------------------------------------------------------------- SYS_IRQ */

static int bind(struct thread *thread, struct irq *irq)
{
    const struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error =
        handle_find(thread->task, registers->rdx, OBJECT_NOTIFICATION, RIGHT_RECEIVE, &slot);
    if (error != KERNEL_OK)
        return error;
    binding_set(&irq->notification, slot->object, 0);
    irq->bits = registers->r8;
    machine_interrupt_unmask(irq->vector);
    return KERNEL_OK;
}

static int acknowledge(const struct irq *irq)
{
    if (!binding_alive(&irq->notification))
        return ERROR_STATE; /* unmasked, it would interrupt for nobody */
    if (machine_interrupt_is_level(irq->vector))
        machine_interrupt_unmask(irq->vector);
    return KERNEL_OK;
}

static int info(struct thread *thread, const struct irq *irq)
{
    struct thread_registers *registers = &thread->context.registers;
    uint64_t address = 0;
    uint32_t data = 0;
    machine_interrupt_message(irq->vector, &address, &data);
    registers->rdx = address;
    registers->r8 = data;
    return KERNEL_OK;
}

static int control_irq(struct thread *thread)
{
    const struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_IRQ, RIGHT_RECEIVE, &slot);
    if (error != KERNEL_OK)
        return error;
    if (slot->object->flags & OBJECT_FLAG_IRQ_AUTHORITY)
        return ERROR_TYPE;
    struct irq *irq = (struct irq *)slot->object;
    switch (registers->rsi) {
    case IRQ_BIND: return bind(thread, irq);
    case IRQ_ACKNOWLEDGE: return acknowledge(irq);
    case IRQ_INFO: return irq->message_signalled ? info(thread, irq) : ERROR_STATE;
    default: return ERROR_ARGUMENT;
    }
}

void system_irq(struct thread *thread)
{
    thread_set_status(thread, control_irq(thread));
}

/* ---------------------------------------------------------------- SYS_PORT */

static unsigned port_width(uint64_t operation)
{
    switch (operation) {
    case PORT_IN8:
    case PORT_OUT8: return 1;
    case PORT_IN16:
    case PORT_OUT16: return 2;
    case PORT_IN32:
    case PORT_OUT32: return 4;
    default: return 0;
    }
}

static int access_port(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int error = handle_find(thread->task, registers->rdi, OBJECT_PORTS, RIGHT_SEND, &slot);
    if (error != KERNEL_OK)
        return error;
    const struct ports *ports = (const struct ports *)slot->object;
    unsigned width = port_width(registers->rsi);
    uint64_t port = registers->rdx;
    if (width == 0 || port < ports->first || port >= ports->first + ports->count ||
        port + width > ports->first + ports->count)
        return ERROR_ARGUMENT;

    switch (registers->rsi) {
    case PORT_IN8: registers->rdx = port_in8((uint16_t)port); break;
    case PORT_IN16: registers->rdx = port_in16((uint16_t)port); break;
    case PORT_IN32: registers->rdx = port_in32((uint16_t)port); break;
    case PORT_OUT8: port_out8((uint16_t)port, (uint8_t)registers->r8); break;
    case PORT_OUT16: port_out16((uint16_t)port, (uint16_t)registers->r8); break;
    default: port_out32((uint16_t)port, (uint32_t)registers->r8); break;
    }
    return KERNEL_OK;
}

void system_port(struct thread *thread)
{
    thread_set_status(thread, access_port(thread));
}
