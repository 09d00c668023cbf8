/*
 * Console input: lines that the console server has edited and put into its ring.
 *
 * A read returns what is there, up to the end of a line. CONSOLE_END_OF_FILE in the stream
 * (control-D) ends a read, with no bytes when it comes first. One reader takes bytes at a
 * time; bytes leave the ring only when they are in the reader's memory.
 */
#include "address_space.h"
#include "console.h"
#include "console_private.h"
#include "kernel_interface.h"

#include <quire/byte_ring.h>
#include <quire/errno.h>
#include <quire/server_start.h>
#include <string.h>

#define CONSOLE_END_OF_FILE 4

static struct byte_ring input;
static uint32_t console_notification;
static bool console_gone;
static struct wait_queue readers;
static struct request *reading; /* has its bytes half copied */

void console_boot(void *area, uint32_t notification)
{
    void *ring = (uint8_t *)area + CONSOLE_AREA_INPUT;
    byte_ring_format(ring, CONSOLE_INPUT_BYTES);
    byte_ring_attach(&input, ring, CONSOLE_INPUT_BYTES);
    byte_ring_prepare_sleep(&input);
    console_notification = notification;
    console_output_boot(area, notification);
}

static void stop_reading(struct request *request)
{
    if (reading == request) {
        reading = NULL;
        wait_queue_wake(&readers, 0);
    }
}

/* How many bytes of `bytes[0..count)` one read returns, and how many leave the ring with them. */
static size_t line_length(const uint8_t *bytes, size_t count, size_t *taken)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] == CONSOLE_END_OF_FILE) {
            /* Behind text it ends that read only; the next one sees it first. */
            *taken = i == 0 ? 1 : i;
            return i;
        }
        if (bytes[i] == '\n') {
            *taken = i + 1;
            return i + 1;
        }
    }
    *taken = count;
    return count;
}

static void input_taken(size_t bytes)
{
    byte_ring_skip(&input, bytes);
    if (byte_ring_producer_waits(&input))
        sys_notify(console_notification, SERVER_BIT_RING);
}

enum request_status console_read(struct request *request, uint64_t buffer, uint64_t length,
                                 uint64_t stack_pointer)
{
    uint8_t bytes[256];
    if (length == 0 || console_gone) {
        request->result = 0;
        return REQUEST_DONE;
    }
    if (reading != NULL && reading != request) {
        wait_queue_add(&readers, &request->waiter);
        return REQUEST_PARKED;
    }
    size_t want = length < sizeof bytes ? length : sizeof bytes;
    /* A copy under way goes on with the same bytes: only this request takes any. */
    if (reading == request)
        want = request->scratch[0];
    size_t count = byte_ring_peek(&input, bytes, want);
    if (count == 0) {
        if (!byte_ring_prepare_sleep(&input))
            count = byte_ring_peek(&input, bytes, want);
        if (count == 0) {
            wait_queue_add(&readers, &request->waiter);
            return REQUEST_PARKED;
        }
    }
    size_t taken;
    size_t line = line_length(bytes, count, &taken);
    switch (user_copy_out(request, request->space, buffer, bytes, line, stack_pointer,
                          &request->progress)) {
    case COPY_PARKED:
        reading = request;
        request->scratch[0] = count;
        request->abandon = stop_reading;
        return REQUEST_PARKED;
    case COPY_FAULT: stop_reading(request); return user_fault_result(request, buffer);
    case COPY_DONE: break;
    }
    input_taken(taken);
    stop_reading(request);
    request->value[0] = line;
    request->result = 0;
    return REQUEST_DONE;
}

void console_interrupt(void)
{
    wait_queue_wake(&readers, 0);
    console_output_interrupt();
}

void console_fail(void)
{
    console_gone = true;
    wait_queue_wake(&readers, 0);
    console_output_fail();
}
