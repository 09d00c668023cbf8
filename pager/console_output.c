/*
 * Console output: programs' writes and the pager's own lines, as records in the ring.
 *
 * One write is one record, so what one call writes comes out unbroken; a text longer than a
 * record goes in pieces. When the ring is full, writers park and the pager's own lines wait
 * in memory, in order, until the console has made room.
 *
 *      record    | length (4) | bytes ... | padding to 4 |
 */
#include "address_space.h"
#include "console.h"
#include "console_private.h"
#include "kernel_interface.h"
#include "memory.h"
#include "services.h"

#include <quire/byte_ring.h>
#include <quire/errno.h>
#include <quire/format.h>
#include <quire/server_start.h>
#include <quire/uart_registers.h>
#include <stdarg.h>
#include <string.h>

#define LINE_BYTES 232
/* A serial port that never gets empty is no serial port. */
#define SERIAL_PATIENCE 1000000

/* A record as the ring takes it: the text stands behind its length. */
#define RECORD_BYTES(text_bytes) (sizeof(uint32_t) + (text_bytes))

/* A line of the pager's own that found no room in the ring. */
struct pending_line {
    struct pending_line *next;
    uint32_t length;
    _Alignas(4) uint8_t record[RECORD_BYTES(LINE_BYTES)];
};

static struct slab line_slab = SLAB_INITIALIZER(struct pending_line);
static struct pending_line *pending_first, *pending_last;
static uint64_t lines_lost;

static struct byte_ring output;
static uint32_t console_notification; /* 0: not started */
static bool console_gone;
static bool written; /* since the last flush */
static struct wait_queue writers;

/* What programs write is put together here. */
static _Alignas(4) uint8_t record[CONSOLE_OUTPUT_BYTES];
#define RECORD_TEXT (record + sizeof(uint32_t))
_Static_assert(RECORD_BYTES(CONSOLE_RECORD_BYTES) == CONSOLE_OUTPUT_BYTES,
               "a record fits the ring");
_Static_assert(LINE_BYTES % 4 == 0, "a line's padding fits its record");

void console_output_boot(void *area, uint32_t notification)
{
    void *ring = (uint8_t *)area + CONSOLE_AREA_OUTPUT;
    byte_ring_format(ring, CONSOLE_OUTPUT_BYTES);
    byte_ring_attach(&output, ring, CONSOLE_OUTPUT_BYTES);
    console_notification = notification;
    written = true;
}

/* Text of `length` bytes stands behind the room for its length at `bytes`. False: no room now. */
static bool record_put(uint8_t *bytes, uint32_t length)
{
    uint8_t *text = bytes + sizeof length;
    if (console_gone || capture_is_quiet()) {
        capture_record(text, length);
        return true;
    }
    if (console_notification == 0)
        return false;
    uint32_t padded = (length + 3) & ~3u;
    memcpy(bytes, &length, sizeof length);
    memset(text + length, 0, padded - length);
    if (!byte_ring_write(&output, bytes, RECORD_BYTES(padded)))
        return false;
    written = true;
    capture_record(text, length);
    return true;
}

static SLOW_PATH void wake_console(void)
{
    written = false;
    if (console_notification != 0 && !console_gone && byte_ring_consumer_sleeps(&output))
        sys_notify(console_notification, SERVER_BIT_RING);
}

void console_flush(void)
{
    if (written)
        wake_console();
}

/* ---------------------------------------------------------------- the pager's own lines */

static void pending_put(const uint8_t *bytes, uint32_t length)
{
    struct pending_line *line = slab_allocate(&line_slab);
    if (line == NULL) {
        lines_lost++;
        return;
    }
    memcpy(line->record, bytes, RECORD_BYTES(length));
    line->length = length;
    if (pending_last != NULL)
        pending_last->next = line;
    else
        pending_first = line;
    pending_last = line;
}

static void pending_flush(void)
{
    while (pending_first != NULL) {
        struct pending_line *line = pending_first;
        if (!record_put(line->record, line->length))
            return;
        pending_first = line->next;
        if (pending_first == NULL)
            pending_last = NULL;
        slab_free(&line_slab, line);
    }
}

void console_message(const char *format, ...)
{
    static const char prefix[] = "pager: ";
    _Alignas(4) uint8_t bytes[RECORD_BYTES(LINE_BYTES)];
    char *text = (char *)bytes + sizeof(uint32_t);
    memcpy(text, prefix, sizeof prefix);
    va_list arguments;
    va_start(arguments, format);
    size_t length = sizeof prefix - 1;
    length += format_string_list(text + length, LINE_BYTES - length - 1, format, arguments);
    va_end(arguments);
    if (length > LINE_BYTES - 2)
        length = LINE_BYTES - 2;
    text[length++] = '\n';

    pending_flush();
    if (pending_first != NULL || !record_put(bytes, (uint32_t)length))
        pending_put(bytes, (uint32_t)length);
}

void console_emergency(const char *format, ...)
{
    char text[LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_string_list(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > sizeof text - 1)
        length = sizeof text - 1;
    for (size_t i = 0; i < length; i++) {
        for (uint32_t spin = 0; spin < SERIAL_PATIENCE; spin++)
            if (sys_port_in(BOOT_HANDLE_PORTS, PORT_IN8, UART_COM1 + UART_LINE_STATUS) &
                UART_STATUS_TRANSMIT_EMPTY)
                break;
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, UART_COM1 + UART_DATA, (uint8_t)text[i]);
    }
}

/* ---------------------------------------------------------------- programs' writes */

/* A copy that had to wait for a page keeps its text in frames of its own (data; scratch[1] and [2]:
   physical address and count), because all writes share `record`. */
static void parked_text_free(struct request *request)
{
    if (request->data == NULL)
        return;
    frames_free_wired(request->scratch[1], request->scratch[2]);
    request->data = NULL;
}

/* The text of the present piece to RECORD_TEXT. scratch[3] counts its bytes across parks. */
static enum copy_status gather(struct request *request, uint64_t address, uint32_t length)
{
    void *to = request->data != NULL ? request->data : RECORD_TEXT;
    enum copy_status status =
        user_copy_in(request, request->space, address, to, length, &request->scratch[3]);
    if (status == COPY_DONE && request->data != NULL)
        memcpy(RECORD_TEXT, request->data, length);
    if (status == COPY_PARKED && request->data == NULL) {
        uint64_t frames = (length + PAGE_SIZE - 1) >> PAGE_SHIFT;
        uint64_t physical = frames_allocate_wired(frames, PAGE_SIZE);
        if (physical != 0) {
            request->scratch[1] = physical;
            request->scratch[2] = frames;
            request->data = window(physical);
            request->abandon = parked_text_free;
            memcpy(request->data, RECORD_TEXT, request->scratch[3]);
        } else {
            request->scratch[3] = 0; /* gathers from the start again */
        }
    }
    return status;
}

/* scratch[0]: bytes written by earlier pieces. */
enum request_status console_write(struct request *request, uint64_t buffer, uint64_t length)
{
    while (request->scratch[0] < length) {
        uint64_t left = length - request->scratch[0];
        uint32_t piece = left < CONSOLE_RECORD_BYTES ? (uint32_t)left : CONSOLE_RECORD_BYTES;
        pending_flush();
        switch (gather(request, buffer + request->scratch[0], piece)) {
        case COPY_PARKED: return REQUEST_PARKED;
        case COPY_FAULT:
            parked_text_free(request);
            return user_fault_result(request, buffer + request->scratch[0]);
        case COPY_DONE: break;
        }
        if (pending_first != NULL || !record_put(record, piece)) {
            /* From the user's memory again when there is room, unless a buffer holds it. */
            if (request->data == NULL)
                request->scratch[3] = 0;
            wait_queue_add(&writers, &request->waiter);
            return REQUEST_PARKED;
        }
        request->scratch[0] += piece;
        request->scratch[3] = 0;
        parked_text_free(request);
    }
    request->value[0] = length;
    request->result = 0;
    return REQUEST_DONE;
}

void console_output_interrupt(void)
{
    pending_flush();
    wait_queue_wake(&writers, 0);
}

bool console_started(void)
{
    return console_notification != 0 && !console_gone;
}

bool console_drained(void)
{
    if (!console_started())
        return true;
    return pending_first == NULL &&
           __atomic_load_n(&output.header->head, __ATOMIC_ACQUIRE) == output.mine;
}

void console_output_fail(void)
{
    console_gone = true;
    console_output_interrupt();
}
