/* See pager_services_fake.h. */
#include "pager_services_fake.h"
#include "console.h"
#include "eviction.h"
#include "kernel_interface.h"
#include "services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_FRAMES 256

uint64_t slab_objects_in_use, wired_frames_in_use;
int64_t allocations_left;
unsigned notifications_sent, messages;
char last_message[512];
bool copies_park;
uint64_t bad_address;

struct page *host_page_array;
union page_time *host_page_times;
struct policy_page *host_policy_pages;
static uint8_t ram[HOST_FRAMES * PAGE_SIZE];
uint8_t *host_ram = ram;
static bool frame_used[HOST_FRAMES];
static uint64_t parked_at;

int services_reset(void **state)
{
    (void)state;
    slab_objects_in_use = wired_frames_in_use = 0;
    allocations_left = -1;
    notifications_sent = messages = 0;
    memset(frame_used, 0, sizeof frame_used);
    copies_park = false;
    bad_address = parked_at = 0;
    return 0;
}

int services_check_leaks(void **state)
{
    (void)state;
    assert_int_equal(slab_objects_in_use, 0);
    assert_int_equal(wired_frames_in_use, 0);
    return 0;
}

static bool may_allocate(void)
{
    if (allocations_left == 0)
        return false;
    if (allocations_left > 0)
        allocations_left--;
    return true;
}

void *slab_allocate(struct slab *slab)
{
    if (!may_allocate())
        return NULL;
    slab_objects_in_use++;
    slab->in_use++;
    return calloc(1, slab->object_bytes);
}

void slab_free(struct slab *slab, void *object)
{
    assert_non_null(object);
    slab_objects_in_use--;
    slab->in_use--;
    free(object);
}

uint64_t frames_allocate_wired(uint64_t count, uint64_t align_bytes)
{
    (void)align_bytes;
    if (!may_allocate())
        return 0;
    for (uint64_t first = 1; first + count <= HOST_FRAMES; first++) {
        uint64_t run = 0;
        while (run < count && !frame_used[first + run])
            run++;
        if (run < count)
            continue;
        memset(frame_used + first, 1, count);
        memset(ram + first * PAGE_SIZE, 0, count * PAGE_SIZE);
        wired_frames_in_use += count;
        return first * PAGE_SIZE;
    }
    return 0;
}

void frames_free_wired(uint64_t physical, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_true(frame_used[physical / PAGE_SIZE + i]);
        frame_used[physical / PAGE_SIZE + i] = false;
    }
    wired_frames_in_use -= count;
}

bool frame_waiters_stirred;
bool frame_waiters_pump(void)
{
    return false;
}

/* ---------------------------------------------------------------- user memory is host memory */

enum copy_status user_copy_in(struct request *request, struct address_space *space,
                              uint64_t address, void *to, uint64_t length, uint64_t *progress)
{
    (void)space;
    while (*progress < length) {
        uint64_t at = address + *progress;
        uint64_t bytes = PAGE_SIZE - at % PAGE_SIZE;
        if (bytes > length - *progress)
            bytes = length - *progress;
        if (bad_address >= at && bad_address < at + bytes)
            return COPY_FAULT;
        if (copies_park && parked_at != at) {
            parked_at = at;
            run_queue_add(&request->waiter, 0);
            return COPY_PARKED;
        }
        memcpy((uint8_t *)to + *progress, (const void *)(uintptr_t)at, bytes);
        *progress += bytes;
    }
    return COPY_DONE;
}

enum copy_status user_copy_out(struct request *request, struct address_space *space,
                               uint64_t address, const void *from, uint64_t length,
                               uint64_t stack_pointer, uint64_t *progress)
{
    (void)request, (void)space, (void)stack_pointer;
    if (bad_address >= address && bad_address < address + length)
        return COPY_FAULT;
    memcpy((void *)(uintptr_t)address, from, length);
    *progress = length;
    return COPY_DONE;
}

enum request_status user_fault_result(struct request *request, uint64_t address)
{
    (void)address;
    request->result = -14;
    return REQUEST_DONE;
}

/* ---------------------------------------------------------------- requests, messages, kernel */

static void resume(struct waiter *waiter, int32_t result)
{
    (void)result;
    ((struct test_request *)(void *)waiter)->resumed++;
}

void test_request_start(struct test_request *test, struct address_space *space)
{
    memset(test, 0, sizeof *test);
    test->request.waiter.resume = resume;
    test->request.space = space;
}

__attribute__((weak)) void console_message(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(last_message, sizeof last_message, format, arguments);
    va_end(arguments);
    messages++;
}

int64_t system_call_message(uint64_t number, uint64_t target, uint64_t endpoint,
                            struct message *message)
{
    (void)number, (void)target, (void)endpoint, (void)message;
    return ERROR_STATE;
}

struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10)
{
    (void)rdi, (void)rsi, (void)rdx, (void)r8, (void)r9, (void)r10;
    if (number == SYS_NOTIFY)
        notifications_sent++;
    return (struct system_call_result){KERNEL_OK, 0, 0};
}

bool capture_is_quiet(void)
{
    return false;
}
