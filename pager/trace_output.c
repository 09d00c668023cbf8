/*
 * The trace's way out: the second serial port, by interrupts, or init's hands.
 *
 * Sending begins when the ring is half full and pauses when it is less than a quarter full, so
 * that a trace that fits the ring costs nothing but its recording until the run is over.
 */
#include "address_space.h"
#include "dispatch.h"
#include "kernel_interface.h"
#include "services.h"
#include "trace.h"
#include "wired_map.h"

#include <quire/errno.h>
#include <quire/server_start.h>
#include <quire/uart_port.h>
#include <string.h>

/* A port that takes its bytes at once, as an emulated one does, gets so many FIFOs in a row. */
#define FIFOS_AN_INTERRUPT 64
/* At the end nothing else wants to run. */
#define PATIENCE_NANOSECONDS (3ull * 1000000000)
#define LOOK_NANOSECONDS 1000000ull

static const struct uart_port port = {.ports = BOOT_HANDLE_PORTS, .base = UART_COM2};
static uint32_t irq; /* 0: there is no port, or it is not wanted */
static bool sending, finishing;

void trace_output_boot(void)
{
    const char *where = option_text("trace");
    if (!trace_on || where[0] == '/')
        return;
    if (strcmp(where, "serial") != 0)
        console_message("trace=%s is neither `serial` nor the path of a file", where);
    else if (!uart_port_is_present(&port))
        console_message("trace=serial: there is no second serial port");
    else
        irq = small_object_create(OBJECT_IRQ, BOOT_HANDLE_IRQ, UART_COM2_GSI);
    if (irq == 0 || sys_irq_bind(irq, pager_notification, PAGER_BIT_TRACE) != KERNEL_OK) {
        trace_on = false;
        return;
    }
    uart_port_set_up(&port, UART_FIFO_CLEAR_TRANSMIT);
}

void trace_output_start(void)
{
    if (irq == 0 || sending)
        return;
    sending = true;
    /* An empty transmitter interrupts at once. */
    uart_port_write(&port, UART_INTERRUPT_ENABLE, UART_ENABLE_TRANSMIT);
}

/* One FIFO of bytes; false: the ring is empty. */
static bool send_fifo(void)
{
    const uint8_t *bytes;
    uint64_t count = trace_bytes(&bytes);
    if (count > UART_FIFO_BYTES)
        count = UART_FIFO_BYTES;
    for (uint64_t i = 0; i < count; i++)
        uart_port_write(&port, UART_DATA, bytes[i]);
    trace_taken(count);
    return count != 0;
}

void trace_output_interrupt(void)
{
    if (irq == 0)
        return;
    for (unsigned i = 0; sending && i < FIFOS_AN_INTERRUPT; i++) {
        if (!(uart_port_read(&port, UART_LINE_STATUS) & UART_STATUS_TRANSMIT_EMPTY))
            break;
        if (!send_fifo() || (trace_nearly_empty() && !finishing)) {
            sending = false;
            uart_port_write(&port, UART_INTERRUPT_ENABLE, 0);
        }
    }
    /* Takes away "transmitter empty": the line must fall before it can rise again. */
    uart_port_read(&port, UART_INTERRUPT_IDENTIFICATION);
    sys_irq_acknowledge(irq);
    /* The bytes written last may have gone before that look. */
    if (sending && (uart_port_read(&port, UART_LINE_STATUS) & UART_STATUS_TRANSMIT_EMPTY)) {
        uart_port_write(&port, UART_INTERRUPT_ENABLE, 0);
        uart_port_write(&port, UART_INTERRUPT_ENABLE, UART_ENABLE_TRANSMIT);
    }
}

struct patience {
    uint64_t left, give_up_at;
};

static bool all_sent(void *context)
{
    struct patience *patience = context;
    const uint8_t *bytes;
    uint64_t left = trace_bytes(&bytes), now = clock_now();
    if (left != patience->left) {
        patience->left = left;
        patience->give_up_at = now + PATIENCE_NANOSECONDS;
    }
    timer_wake_at(now + LOOK_NANOSECONDS);
    return left == 0 || now >= patience->give_up_at;
}

void trace_output_finish(void)
{
    trace_finish();
    if (irq == 0)
        return;
    finishing = true;
    trace_output_start();
    struct patience patience = {0};
    event_loop_until(all_sent, &patience);
}

/* TRACE_READ: the first call ends the trace. 0 buffer of init, 1 capacity -> word 0: bytes; 0: all was read. */
enum request_status trace_read_step(struct request *request)
{
    const char *where = option_text("trace");
    if (where == NULL || where[0] != '/')
        return request_done(request, -ENOENT);
    trace_finish();
    const uint8_t *bytes;
    uint64_t count = trace_bytes(&bytes), progress = 0;
    if (count > request->message.words[1])
        count = request->message.words[1];
    if (user_copy_out(request, request->space, request->message.words[0], bytes, count, 0,
                      &progress) != COPY_DONE)
        return request_done(request, -EFAULT);
    trace_taken(count);
    request->value[0] = count;
    return request_done(request, 0);
}
