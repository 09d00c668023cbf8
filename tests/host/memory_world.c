/*
 * See memory_world.h.
 */
#include "memory_world.h"
#include "host_test.h"

#include "../../pager/descriptor.h"
#include "../../pager/eviction.h"
#include "../../pager/frame_pool.h"
#include "../../pager/fs_client.h"
#include "../../pager/group.h"
#include "../../pager/services.h"
#include "../../pager/shutdown.h"
#include "../../pager/swap.h"
#include <stdlib.h>
#include <string.h>

#define RAM_BYTES (24ull << 20)
#define SWAP_SLOTS 4096

struct disk_file disk_files[FILES];
bool world_hold_fs, world_hold_swap, world_file_writable = true;
uint32_t pager_endpoint = 77, pager_notification = 78;

/* ---------------------------------------------------------------- the swap disk */

static struct swap_disk {
    struct block_device device;
    uint8_t *bytes;
    struct block_request *first, *last;
} swap_disk;

static bool disk_submit(struct block_device *device, struct block_request *request)
{
    (void)device;
    request->next = NULL;
    if (swap_disk.first == NULL)
        swap_disk.first = request;
    else
        swap_disk.last->next = request;
    swap_disk.last = request;
    return true;
}

static void disk_kick(struct block_device *device)
{
    (void)device;
}

uint64_t world_swap_requests;
bool world_fail_swap_segments;

static uint32_t disk_poll(struct block_device *device)
{
    uint32_t count = 0;
    (void)device;
    struct block_request *request = world_hold_swap ? NULL : swap_disk.first;
    if (request != NULL)
        swap_disk.first = swap_disk.last = NULL;
    for (struct block_request *next; request != NULL; request = next, count++) {
        next = request->next;
        world_swap_requests++;
        if (world_fail_swap_segments && request->operation == BLOCK_READ &&
            request->segment_count > 1) {
            request->result = -EIO;
            request->done(request);
            continue;
        }
        uint8_t *place = swap_disk.bytes + request->sector * BLOCK_SECTOR_BYTES;
        for (uint32_t i = 0; i < request->segment_count; i++) {
            void *memory = window(request->segments[i].physical);
            uint32_t length = request->segments[i].length_bytes;
            memcpy(request->operation == BLOCK_WRITE ? place : memory,
                   request->operation == BLOCK_WRITE ? memory : place, length);
            place += length;
        }
        request->result = 0;
        request->done(request);
    }
    return count;
}

static const struct block_device_operations disk_operations = {disk_submit, disk_kick, disk_poll};

struct block_device *block_device_open(const struct disk_description *description,
                                       struct dma_memory *memory, uint32_t notification,
                                       uint64_t bits, uint32_t irq,
                                       void *(*physical_to_virtual)(uint64_t), int *error)
{
    (void)description, (void)memory, (void)notification, (void)bits, (void)irq;
    (void)physical_to_virtual, (void)error;
    return NULL;
}

uint64_t block_device_dma_bytes(const struct disk_description *description)
{
    (void)description;
    return PAGE_SIZE;
}

/* ---------------------------------------------------------------- the file system */

static struct fs_call *fs_first, *fs_last;

void fs_submit(struct fs_call *call)
{
    call->next = NULL;
    if (fs_first == NULL)
        fs_first = call;
    else
        fs_last->next = call;
    fs_last = call;
}

static void serve_page(struct disk_file *file, struct fs_call *call)
{
    const struct fs_request *request = &call->request;
    uint64_t start = request->offset * PAGE_SIZE;
    uint8_t *memory = window(request->frame);

    assert_true(start < FILE_BYTES_MAX);
    if (request->operation == FS_READ_PAGE) {
        file->reads++;
        if (file->fail_reads) {
            call->completion.result = -EIO;
            return;
        }
        if (file->holes) {
            call->completion.value = 0xff;
            return;
        }
        for (unsigned sector = 0; sector < 8; sector++) {
            if (start + sector * 512 >= file->size)
                call->completion.value |= 1u << sector;
            else
                memcpy(memory + sector * 512, file->bytes + start + sector * 512, 512);
        }
        return;
    }
    file->writes++;
    if (file->fail_writes) {
        call->completion.result = -EIO;
        return;
    }
    if (request->size > file->size)
        file->size = request->size;
    memcpy(file->bytes + start, memory, PAGE_SIZE);
    /* Rule of the protocol: what lies past the end is zero in the frame. */
    for (uint64_t at = request->size > start ? request->size - start : 0; at < PAGE_SIZE; at++)
        assert_int_equal(memory[at], 0);
}

static void serve(struct fs_call *call)
{
    struct disk_file *file = &disk_files[(call->request.inode - 100) % FILES];
    call->completion = (struct fs_completion){.inode = call->request.inode};
    switch (call->request.operation) {
    case FS_READ_PAGE:
    case FS_WRITE_PAGE: serve_page(file, call); break;
    case FS_RESERVE:
        file->reservations++;
        call->completion.result = file->full ? -ENOSPC : 0;
        break;
    case FS_SET_SIZE:
        if (call->request.size < file->size)
            memset(file->bytes + call->request.size, 0, file->size - call->request.size);
        file->size = call->request.size;
        break;
    default: break;
    }
    call->completion.size = file->size;
    call->done(call);
}

static void fs_complete(void)
{
    struct fs_call *call = fs_first;
    if (world_hold_fs || call == NULL)
        return;
    fs_first = fs_last = NULL;
    for (struct fs_call *next; call != NULL; call = next) {
        next = call->next;
        serve(call);
    }
}

bool fs_slots_take(uint32_t count, uint16_t slots[], struct waiter *waiter)
{
    (void)count, (void)slots, (void)waiter;
    return false;
}

void fs_slots_give(uint32_t count, const uint16_t slots[])
{
    (void)count, (void)slots;
}

char *fs_slot_memory(uint16_t slot)
{
    (void)slot;
    return NULL;
}

bool system_is_shut_down(void)
{
    return false;
}

struct file_object *current_directory(const struct address_space *space)
{
    (void)space;
    return NULL;
}

struct file_object *descriptor_file(struct address_space *space, int32_t descriptor,
                                    bool write_shared, int32_t *error)
{
    (void)space;
    *error = -EBADF;
    if (descriptor < 0 || descriptor >= FILES || disk_files[descriptor].object == NULL)
        return NULL;
    *error = -EACCES;
    if (write_shared && !world_file_writable)
        return NULL;
    file_object_hold(disk_files[descriptor].object);
    return disk_files[descriptor].object;
}

struct file_object *world_open(unsigned number, uint64_t size)
{
    struct disk_file *file = &disk_files[number];
    memset(file, 0, sizeof *file);
    file->size = size;
    for (uint64_t i = 0; i < size; i++)
        file->bytes[i] = (uint8_t)(i / PAGE_SIZE + 1);
    struct fs_completion attributes = {.inode = 100 + number, .size = size, .links = 1};
    file->object = file_object_get(&attributes);
    assert_non_null(file->object);
    return file->object;
}

void world_close(unsigned number)
{
    file_object_drop(disk_files[number].object);
    disk_files[number].object = NULL;
}

/* ---------------------------------------------------------------- the world */

void memory_world_settle(void)
{
    for (int i = 0; i < 4; i++) {
        run_queue_drain();
        swap_interrupt();
        fs_complete();
        run_queue_drain();
        if (background_needed)
            background_work();
    }
    run_queue_drain();
}

static struct system_statistics mark;

static void count(struct system_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    address_space_statistics(statistics);
    system_statistics_fill(statistics);
}

static void settle_down(void)
{
    for (int i = 0; i < 20; i++)
        memory_world_settle();
    writeback_file(NULL, 0, UINT64_MAX, NULL);
    for (int i = 0; i < 20; i++)
        memory_world_settle();
    file_cache_drop(NULL);
    for (int i = 0; i < 20; i++)
        memory_world_settle();
}

void memory_world_mark(void)
{
    world_hold_fs = world_hold_swap = false;
    world_file_writable = true;
    fake_deaths = 0;
    fake_dead = NULL;
    settle_down();
    count(&mark);
}

void memory_world_check(void)
{
    struct system_statistics now;
    settle_down();
    count(&now);
    assert_int_equal(now.regions, 0);
    assert_int_equal(now.anonymous_entries, 0);
    assert_int_equal(now.file_objects, 0);
    assert_int_equal(now.swap_slots_used, 0);
    assert_int_equal(now.frames_anonymous, 0);
    assert_int_equal(now.frames_file, 0);
    assert_int_equal(now.frames_table, mark.frames_table);
    assert_int_equal(now.extra_mappings, 0);
    assert_int_equal(now.address_spaces, mark.address_spaces);
    assert_int_equal(now.frames_free, mark.frames_free);
    fake_check();
}

int memory_world_begin(void **state)
{
    (void)state;
    fake_services_reset();
    fake_kernel_boot(RAM_BYTES, 0);
    swap_disk.device =
        (struct block_device){&disk_operations, SWAP_SLOTS * 8, 32, 4, false, false, 0, {0}};
    swap_disk.bytes = calloc(SWAP_SLOTS, PAGE_SIZE);
    swap_boot(&swap_disk.device, 0, SWAP_SLOTS);
    /* What the first space allocates for good is not a leak of the first test. */
    program_exit(program_new(group_by_id(0)));
    return 0;
}

int memory_world_end(void **state)
{
    (void)state;
    swap_boot(&swap_disk.device, 0, 0);
    free(swap_disk.bytes);
    fake_kernel_end();
    return 0;
}

/* ---------------------------------------------------------------- requests */

static void resumed(struct waiter *waiter, int32_t result)
{
    struct request *request = (struct request *)waiter;
    (void)result;
    request->scratch[7] = 1;
}

void request_prepare(struct request *request, struct address_space *space,
                     enum request_status (*step)(struct request *), const uint64_t words[6],
                     bool fault)
{
    memset(request, 0, sizeof *request);
    request->waiter.resume = resumed;
    request->space = space;
    request->step = step;
    request->message.tag = fault ? (uint64_t)MESSAGE_FAULT << 32 : 0;
    memcpy(request->message.words, words, 6 * sizeof *words);
    space->requests++;
}

bool request_go(struct request *request)
{
    request->scratch[7] = 0;
    if (request->space->dying) {
        if (request->abandon != NULL)
            request->abandon(request);
    } else if (request->step(request) == REQUEST_PARKED) {
        return false;
    }
    request->space->requests--;
    return true;
}

static void run_to_end(struct request *request)
{
    while (!request_go(request)) {
        for (int rounds = 0; request->scratch[7] == 0; rounds++) {
            assert_true(rounds < 1000);
            memory_world_settle();
        }
    }
}

int32_t program_call(struct address_space *space, enum request_status (*step)(struct request *),
                     const uint64_t words[6], uint64_t *value)
{
    struct request request;
    request_prepare(&request, space, step, words, false);
    run_to_end(&request);
    if (value != NULL)
        *value = request.value[0];
    return request.result;
}

/* What the kernel does with a FAULT_MAP_BATCH reply. */
static void reply_with_batch(const struct page_batch *batch)
{
    struct page_batch copy = *batch;
    assert_int_equal(sys_map(&copy), KERNEL_OK);
    const struct page_operation *operations =
        (const struct page_operation *)(uintptr_t)batch->operations;
    for (uint32_t i = 0; i < batch->count; i++)
        assert_int_equal(operations[i].status, KERNEL_OK);
    assert_int_equal(copy.table_count, 0);
}

bool program_touch(struct address_space *space, uint64_t address, bool write,
                   uint64_t stack_pointer)
{
    for (int faults = 0; !fake_touch(space->task, address, write); faults++) {
        assert_true(faults < 100);
        uint64_t present =
            page_table_entry(space, address & PAGE_MASK) != 0 ? FAULT_ACCESS_PRESENT : 0;
        uint64_t words[6] = {address, present | (write ? FAULT_ACCESS_WRITE : 0), 0x1234,
                             stack_pointer};
        struct request request;
        request_prepare(&request, space, fault_step, words, true);
        run_to_end(&request);
        if (space->dying)
            return false;
        if (request.map_page != 0)
            assert_int_equal(fake_reply_map(space->task, address & PAGE_MASK, request.map_page,
                                            request.map_tables),
                             KERNEL_OK);
        else if (request.map_batch != NULL)
            reply_with_batch(request.map_batch);
        if (fake_touch(space->task, address, write))
            break;
        memory_world_settle();
    }
    return true;
}

static bool access(struct address_space *space, uint64_t address, uint64_t *value, bool write)
{
    if (!program_touch(space, address, write, 0))
        return false;
    uint64_t *memory = fake_memory(space->task, address);
    if (write)
        *memory = *value;
    else
        *value = *memory;
    memory_world_settle();
    return true;
}

bool program_read(struct address_space *space, uint64_t address, uint64_t *value)
{
    return access(space, address, value, false);
}

bool program_write(struct address_space *space, uint64_t address, uint64_t value)
{
    return access(space, address, &value, true);
}

uint64_t program_value(struct address_space *space, uint64_t address)
{
    uint64_t value = 0;
    assert_true(program_read(space, address, &value));
    return value;
}

/* ---------------------------------------------------------------- programs */

struct address_space *program_new(struct group *group)
{
    int32_t error;
    struct address_space *space = address_space_create(group, &error);
    assert_non_null(space);
    assert_int_equal(error, 0);
    return space;
}

void program_exit(struct address_space *space)
{
    assert_int_equal(space->requests, 0);
    address_space_destroy(space);
}

uint64_t program_map(struct address_space *space, uint64_t address, uint64_t length,
                     uint32_t protection, uint32_t flags, int descriptor, uint64_t offset)
{
    uint64_t value, words[6] = {address, length, protection | (uint64_t)flags << 32,
                                (uint64_t)(int64_t)descriptor, offset};
    int32_t result = program_call(space, memory_map_step, words, &value);
    return result == 0 ? value : (uint64_t)(int64_t)result;
}

int32_t program_unmap(struct address_space *space, uint64_t address, uint64_t length)
{
    return program_call(space, memory_unmap_step, (uint64_t[6]){address, length}, NULL);
}

int32_t program_protect(struct address_space *space, uint64_t address, uint64_t length,
                        uint32_t protection)
{
    return program_call(space, memory_protect_step, (uint64_t[6]){address, length, protection},
                        NULL);
}

struct address_space *program_fork(struct address_space *parent)
{
    struct address_space *child = program_new(parent->group);
    assert_int_equal(address_space_fork(parent, child), 0);
    return child;
}

uint64_t program_frame(struct address_space *space, uint64_t address)
{
    uint64_t value;
    assert_int_equal(program_call(space, memory_physical_step, (uint64_t[6]){address}, &value), 0);
    return value;
}
