/*
 * The trace's way out: the second serial port, by interrupts, or init's hands.
 *
 * Sending begins when the ring is half full and pauses when it is less than a quarter full, so
 * that a trace that fits the ring costs nothing but its recording until the run is over.
 * Registers and bits as in the PC16550D data sheet.
 */
#include "address_space.h"
#include "dispatch.h"
#include "kernel_interface.h"
#include "services.h"
#include "trace.h"
#include "wired_map.h"

#include <quire/errno.h>
#include <quire/server_start.h>
#include <string.h>

#define UART_BASE 0x2f8 /* COM2 */
#define UART_GSI 3
enum uart_register {
    UART_DATA = 0,
    UART_INTERRUPT_ENABLE = 1,
    UART_INTERRUPT_IDENTIFICATION = 2,
    UART_FIFO_CONTROL = 2,
    UART_LINE_CONTROL = 3,
    UART_MODEM_CONTROL = 4,
    UART_LINE_STATUS = 5,
    UART_SCRATCH = 7,
};
#define ENABLE_TRANSMIT 0x02u
#define FIFO_ENABLE_CLEAR_BOTH 0x07u
#define LINE_DIVISOR_LATCH 0x80u
#define LINE_8N1 0x03u
#define DIVISOR_115200 1u
#define MODEM_READY_WITH_INTERRUPT 0x0bu
#define STATUS_TRANSMIT_EMPTY 0x20u
#define FIFO_BYTES 16u
/* A port that takes its bytes at once, as an emulated one does, gets so many FIFOs in a row. */
#define FIFOS_AN_INTERRUPT 64
/* At the end nothing else wants to run. */
#define PATIENCE_NANOSECONDS (3ull * 1000000000)
#define LOOK_NANOSECONDS 1000000ull

static uint32_t irq; /* 0: there is no port, or it is not wanted */
static bool sending, finishing;

static uint8_t read_register(enum uart_register number)
{
    int64_t value = sys_port_in(BOOT_HANDLE_PORTS, PORT_IN8, (uint16_t)(UART_BASE + number));
    return value < 0 ? 0xff : (uint8_t)value;
}

static void write_register(enum uart_register number, uint8_t value)
{
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, (uint16_t)(UART_BASE + number), value);
}

/* A missing device floats: what is written does not come back. */
static bool is_present(void)
{
    write_register(UART_SCRATCH, 0x5a);
    if (read_register(UART_SCRATCH) != 0x5a)
        return false;
    write_register(UART_SCRATCH, 0xa5);
    return read_register(UART_SCRATCH) == 0xa5;
}

void trace_output_boot(void)
{
    const char *where = option_text("trace");
    if (!trace_on || where[0] == '/')
        return;
    if (strcmp(where, "serial") != 0)
        console_message("trace=%s is neither `serial` nor the path of a file", where);
    else if (!is_present())
        console_message("trace=serial: there is no second serial port");
    else
        irq = small_object_create(OBJECT_IRQ, BOOT_HANDLE_IRQ, UART_GSI);
    if (irq == 0 || sys_irq_bind(irq, pager_notification, PAGER_BIT_TRACE) != KERNEL_OK) {
        trace_on = false;
        return;
    }
    write_register(UART_INTERRUPT_ENABLE, 0);
    write_register(UART_LINE_CONTROL, LINE_DIVISOR_LATCH);
    write_register(UART_DATA, DIVISOR_115200);
    write_register(UART_INTERRUPT_ENABLE, 0);
    write_register(UART_LINE_CONTROL, LINE_8N1);
    write_register(UART_FIFO_CONTROL, FIFO_ENABLE_CLEAR_BOTH);
    write_register(UART_MODEM_CONTROL, MODEM_READY_WITH_INTERRUPT);
}

void trace_output_start(void)
{
    if (irq == 0 || sending)
        return;
    sending = true;
    /* An empty transmitter interrupts at once. */
    write_register(UART_INTERRUPT_ENABLE, ENABLE_TRANSMIT);
}

/* One FIFO of bytes; false: the ring is empty. */
static bool send_fifo(void)
{
    const uint8_t *bytes;
    uint64_t count = trace_bytes(&bytes);
    if (count > FIFO_BYTES)
        count = FIFO_BYTES;
    for (uint64_t i = 0; i < count; i++)
        write_register(UART_DATA, bytes[i]);
    trace_taken(count);
    return count != 0;
}

void trace_output_interrupt(void)
{
    if (irq == 0)
        return;
    for (unsigned i = 0; sending && i < FIFOS_AN_INTERRUPT; i++) {
        if (!(read_register(UART_LINE_STATUS) & STATUS_TRANSMIT_EMPTY))
            break;
        if (!send_fifo() || (trace_nearly_empty() && !finishing)) {
            sending = false;
            write_register(UART_INTERRUPT_ENABLE, 0);
        }
    }
    /* Takes away "transmitter empty": the line must fall before it can rise again. */
    read_register(UART_INTERRUPT_IDENTIFICATION);
    sys_irq_acknowledge(irq);
    /* The bytes written last may have gone before that look. */
    if (sending && (read_register(UART_LINE_STATUS) & STATUS_TRANSMIT_EMPTY)) {
        write_register(UART_INTERRUPT_ENABLE, 0);
        write_register(UART_INTERRUPT_ENABLE, ENABLE_TRANSMIT);
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
