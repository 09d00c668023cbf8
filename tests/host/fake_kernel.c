/*
 * The fake kernel. See fake_kernel.h.
 */
#include "fake_kernel.h"
#include "fake_frames.h"

#include "../../pager/memory.h"
#include <quire/boot_information.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ENTRY_NO_EXECUTE (1ull << 63)
#define ENTRY_USER (1ull << 2)
#define ENTRY_LARGE (1ull << 7)
#define ENTRY_BITS (PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY)

#define HANDLES_MAX 4096
#define SLOT_FRAMES_MAX 4096

uint8_t *host_ram;
struct page *host_page_array;
union page_time *host_page_times;
struct policy_page *host_policy_pages;
struct fake_counters fake_counters;
struct message fake_last_reply;
uint64_t fake_last_reply_token;
uint64_t fake_clock;

struct fake_object {
    uint8_t type;
    uint64_t frames[3];
};

static struct fake_object objects[HANDLES_MAX];

static struct {
    struct boot_information information;
    struct boot_range ranges[4];
    struct boot_module module;
    char text[16];
} boot;

/* ---------------------------------------------------------------- page tables */

static struct fake_object *task_object(uint32_t handle)
{
    if (handle == 0 || handle >= HANDLES_MAX || objects[handle].type != OBJECT_TASK)
        return NULL;
    return &objects[handle];
}

static uint64_t *table_at(uint64_t physical)
{
    return (uint64_t *)(void *)(host_ram + physical);
}

static unsigned slot_of(uint64_t address, unsigned level)
{
    return (unsigned)(address >> (PAGE_SHIFT + 9 * level)) & 511;
}

/* The entry at `level` for the address, tables made from spare frames; NULL with *error. */
static uint64_t *walk(uint32_t handle, uint64_t address, unsigned level, uint64_t *spare,
                      uint32_t *spare_count, int *error)
{
    struct fake_object *task = task_object(handle);
    *error = task == NULL ? ERROR_BAD_HANDLE : ERROR_NO_TABLE;
    if (task == NULL)
        return NULL;
    uint64_t physical = task->frames[1];
    for (unsigned at = 3; at > level; at--) {
        uint64_t *entry = &table_at(physical)[slot_of(address, at)];
        if (!(*entry & PAGE_PRESENT)) {
            if (spare == NULL || *spare_count == 0)
                return NULL;
            uint64_t frame = spare[*spare_count - 1];
            *error = fake_donate(frame, FRAME_PAGE_TABLE);
            if (*error != KERNEL_OK)
                return NULL;
            --*spare_count;
            *entry = frame | PAGE_PRESENT | PAGE_WRITE | ENTRY_USER;
            fake_frame_at(physical)->count++;
        } else if (*entry & ENTRY_LARGE) {
            *error = ERROR_OCCUPIED;
            return NULL;
        }
        physical = *entry & PAGE_FRAME_MASK;
    }
    *error = KERNEL_OK;
    return &table_at(physical)[slot_of(address, level)];
}

static uint64_t table_of_entry(const uint64_t *entry)
{
    return (uint64_t)((const uint8_t *)entry - host_ram) & PAGE_MASK;
}

static uint64_t descriptor_of(uint64_t entry)
{
    if (!(entry & PAGE_PRESENT))
        return 0;
    return (entry & ENTRY_BITS) | (entry & ENTRY_NO_EXECUTE ? 0 : PAGE_EXECUTE) |
           (entry & ENTRY_LARGE ? PAGE_LARGE : 0);
}

static uint64_t entry_of(uint64_t page)
{
    return (page & (PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE)) | ENTRY_USER |
           (page & PAGE_EXECUTE ? 0 : ENTRY_NO_EXECUTE) | (page & PAGE_LARGE ? ENTRY_LARGE : 0);
}

/* Small pages in place of a large one, in the last spare frame. */
static int split_one(uint32_t task, uint64_t address, uint64_t *page, uint64_t *spare,
                     uint32_t *spare_count)
{
    int error;
    uint64_t *entry = walk(task, address, 1, NULL, NULL, &error);
    if (address & (LARGE_PAGE_SIZE - 1))
        return ERROR_ARGUMENT;
    if (entry == NULL || !(*entry & PAGE_PRESENT) || !(*entry & ENTRY_LARGE))
        return ERROR_NOT_MAPPED;
    if (*spare_count == 0)
        return ERROR_NO_TABLE;
    uint64_t old = *entry, frame = spare[*spare_count - 1], extra;
    for (unsigned i = 0; i < 512; i++) {
        error =
            fake_check_map((old & PAGE_WRITE) | ((old & PAGE_FRAME_MASK) + i * PAGE_SIZE), &extra);
        if (error != KERNEL_OK)
            return error;
    }
    error = fake_donate(frame, FRAME_PAGE_TABLE);
    if (error != KERNEL_OK)
        return error;
    --*spare_count;
    for (unsigned i = 0; i < 512; i++) {
        uint64_t small = (old & ~ENTRY_LARGE) + i * PAGE_SIZE;
        fake_check_map(small, &extra);
        table_at(frame)[i] = small | extra;
        fake_count_map(small | extra, false);
    }
    fake_frame_at(frame)->count = 512;
    fake_count_unmap(old, true);
    *entry = frame | PAGE_PRESENT | PAGE_WRITE | ENTRY_USER;
    *page = descriptor_of(old);
    fake_counters.splits++;
    return KERNEL_OK;
}

/* replace: as a fault reply does; else only the same frame may be there. */
static int map_one(uint32_t task, uint64_t address, uint64_t *page, bool replace, uint64_t *spare,
                   uint32_t *spare_count)
{
    bool large = *page & PAGE_LARGE;
    uint64_t extra = 0;
    int error;
    if (*page == PAGE_LARGE)
        return split_one(task, address, page, spare, spare_count);
    if (!(*page & PAGE_PRESENT) || (address & ~PAGE_MASK))
        return ERROR_ARGUMENT;
    uint64_t physical = *page & PAGE_FRAME_MASK;
    if (large) {
        if ((physical | address) & (LARGE_PAGE_SIZE - 1))
            return ERROR_ARGUMENT;
        if ((*page & PAGE_WRITE) && fake_block_kernel_frames[physical >> LARGE_PAGE_SHIFT] != 0)
            return ERROR_FRAME;
    } else {
        error = fake_check_map(*page, &extra);
        if (error != KERNEL_OK)
            return error;
    }
    uint64_t *entry = walk(task, address, large ? 1 : 0, spare, spare_count, &error);
    if (entry == NULL)
        return error;
    uint64_t old = *entry;
    bool same = (old & PAGE_FRAME_MASK) == physical;
    if ((old & PAGE_PRESENT) && (large || (!same && !replace)))
        return ERROR_OCCUPIED;
    uint64_t history = same ? old & (PAGE_ACCESSED | PAGE_DIRTY) : 0;
    fake_count_map(entry_of(*page) | extra, large);
    *entry = entry_of(*page) | extra | history;
    if (old & PAGE_PRESENT)
        fake_count_unmap(old, large);
    else
        fake_frame_at(table_of_entry(entry))->count++;
    *page = descriptor_of(old);
    return KERNEL_OK;
}

static uint32_t reclaim_empty(uint32_t task, uint64_t address, uint64_t *reclaimed)
{
    uint32_t count = 0;
    for (unsigned level = 1; level <= 3; level++) {
        int error;
        uint64_t *entry = walk(task, address, level, NULL, NULL, &error);
        if (entry == NULL || !(*entry & PAGE_PRESENT) || (*entry & ENTRY_LARGE))
            continue;
        uint64_t table = *entry & PAGE_FRAME_MASK;
        if (fake_frame_at(table)->count != 0)
            break;
        *entry = 0;
        fake_frame_at(table_of_entry(entry))->count--;
        fake_set_type(table, FRAME_FREE);
        reclaimed[count++] = table;
    }
    return count;
}

static int unmap_one(struct page_operation *operation)
{
    int error;
    uint64_t *entry = walk(operation->task, operation->address, 0, NULL, NULL, &error);
    bool large = false;
    if (entry == NULL && error == ERROR_OCCUPIED) {
        large = true;
        entry = walk(operation->task, operation->address, 1, NULL, NULL, &error);
    }
    if (entry == NULL)
        return error == ERROR_NO_TABLE ? ERROR_NOT_MAPPED : error;
    if (large && operation->address & (LARGE_PAGE_SIZE - 1))
        return ERROR_ARGUMENT;
    uint64_t old = *entry;
    operation->page = descriptor_of(old);
    if (!(old & PAGE_PRESENT))
        return ERROR_NOT_MAPPED;
    *entry = 0;
    fake_frame_at(table_of_entry(entry))->count--;
    fake_count_unmap(old, large);
    return KERNEL_OK;
}

static int protect_one(struct page_operation *operation)
{
    int error;
    uint64_t bits = operation->page;
    if (bits & ~(PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED | PAGE_DIRTY))
        return ERROR_ARGUMENT;
    uint64_t *entry = walk(operation->task, operation->address, 0, NULL, NULL, &error);
    if (entry == NULL && error == ERROR_OCCUPIED) {
        if (operation->address & (LARGE_PAGE_SIZE - 1))
            return ERROR_ARGUMENT;
        entry = walk(operation->task, operation->address, 1, NULL, NULL, &error);
    }
    if (entry == NULL)
        return error == ERROR_NO_TABLE ? ERROR_NOT_MAPPED : error;
    operation->page = descriptor_of(*entry);
    if (!(*entry & PAGE_PRESENT))
        return ERROR_NOT_MAPPED;
    if (*entry & ENTRY_LARGE && *entry & bits & PAGE_WRITE)
        fake_block_windows[(*entry & PAGE_FRAME_MASK) >> LARGE_PAGE_SHIFT]--;
    *entry &= ~(bits & (PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY));
    if (bits & PAGE_EXECUTE)
        *entry |= ENTRY_NO_EXECUTE;
    return KERNEL_OK;
}

static int64_t page_call(uint64_t number, struct page_batch *batch)
{
    struct page_operation *operations = (void *)(uintptr_t)batch->operations;
    uint64_t *tables = (void *)(uintptr_t)batch->table_frames;
    if (batch->authority != BOOT_HANDLE_MEMORY)
        return ERROR_BAD_HANDLE;
    if (batch->count > PAGE_BATCH_MAX)
        return ERROR_ARGUMENT;
    fake_counters.operations += batch->count;
    fake_counters.map_calls += number == SYS_MAP;
    fake_counters.unmap_calls += number == SYS_UNMAP;
    fake_counters.protect_calls += number == SYS_PROTECT;
    if (number == SYS_UNMAP)
        batch->table_count = 0;
    for (uint32_t i = 0; i < batch->count; i++) {
        struct page_operation *operation = &operations[i];
        if (number == SYS_MAP) {
            operation->status = map_one(operation->task, operation->address, &operation->page,
                                        false, tables, &batch->table_count);
        } else if (number == SYS_UNMAP) {
            operation->status = unmap_one(operation);
            if (batch->flags & PAGE_BATCH_RECLAIM_TABLES)
                batch->table_count +=
                    reclaim_empty(operation->task, operation->address, tables + batch->table_count);
        } else {
            operation->status = protect_one(operation);
        }
    }
    return KERNEL_OK;
}

int fake_reply_map(uint32_t task, uint64_t address, uint64_t page, const uint64_t tables[3])
{
    uint64_t spare[3];
    uint32_t count = 0;
    for (int level = 0; level < 3; level++) {
        if (tables[level] != 0)
            spare[count++] = tables[level];
    }
    return map_one(task, address & PAGE_MASK, &page, true, spare, &count);
}

/* ---------------------------------------------------------------- what programs do */

static uint64_t *leaf_entry(uint32_t task, uint64_t address)
{
    int error;
    uint64_t *entry = walk(task, address, 0, NULL, NULL, &error);
    if (entry == NULL && error == ERROR_OCCUPIED)
        entry = walk(task, address, 1, NULL, NULL, &error);
    return entry != NULL && (*entry & PAGE_PRESENT) ? entry : NULL;
}

bool fake_touch(uint32_t task, uint64_t address, bool write)
{
    uint64_t *entry = leaf_entry(task, address);
    if (entry == NULL || (write && !(*entry & PAGE_WRITE)))
        return false;
    *entry |= PAGE_ACCESSED | (write ? PAGE_DIRTY : 0);
    return true;
}

uint64_t fake_entry(uint32_t task, uint64_t address)
{
    uint64_t *entry = leaf_entry(task, address);
    return entry != NULL ? descriptor_of(*entry) : 0;
}

void *fake_memory(uint32_t task, uint64_t address)
{
    uint64_t *entry = leaf_entry(task, address);
    if (entry == NULL)
        return NULL;
    uint64_t offset_mask = *entry & ENTRY_LARGE ? LARGE_PAGE_SIZE - 1 : PAGE_SIZE - 1;
    return host_ram + (*entry & PAGE_FRAME_MASK) + (address & offset_mask);
}

static void check_table(uint64_t table, unsigned level)
{
    uint32_t present = 0;
    assert_int_equal(fake_frame_type(table), FRAME_PAGE_TABLE);
    for (unsigned i = 0; i < 512; i++) {
        uint64_t entry = table_at(table)[i];
        if (!(entry & PAGE_PRESENT))
            continue;
        present++;
        uint64_t physical = entry & PAGE_FRAME_MASK;
        if (level > 0 && !(entry & ENTRY_LARGE)) {
            check_table(physical, level - 1);
        } else if (entry & ENTRY_LARGE) {
            if (entry & PAGE_WRITE)
                assert_int_equal(fake_block_kernel_frames[physical >> LARGE_PAGE_SHIFT], 0);
        } else if (entry & PAGE_WRITE) {
            assert_int_equal(fake_frame_type(physical), FRAME_USER);
        }
    }
    assert_int_equal(present, fake_frame_at(table)->count);
}

void fake_check(void)
{
    for (uint32_t i = 0; i < HANDLES_MAX; i++) {
        if (objects[i].type == OBJECT_TASK)
            check_table(objects[i].frames[1], 3);
    }
}

/* ---------------------------------------------------------------- objects */

static int64_t create_object(const struct object_create *create, uint64_t *handle)
{
    uint32_t index = BOOT_HANDLE_FIRST_FREE;
    while (index < HANDLES_MAX && objects[index].type != OBJECT_NONE)
        index++;
    if (index == HANDLES_MAX)
        return ERROR_NO_SPACE;
    struct fake_object object = {.type = (uint8_t)create->type};
    int error = KERNEL_OK;
    if (create->type == OBJECT_TASK) {
        enum frame_type types[3] = {FRAME_OBJECT, FRAME_PAGE_TABLE, FRAME_OBJECT};
        for (int i = 0; i < 3 && error == KERNEL_OK; i++) {
            error = fake_donate(create->frames[i], types[i]);
            object.frames[i] = create->frames[i];
        }
    } else if (create->type == OBJECT_THREAD) {
        error = fake_donate(create->frames[0], FRAME_OBJECT);
        object.frames[0] = create->frames[0];
    } else {
        if (fake_frame_type(create->frames[0]) != FRAME_OBJECT)
            error = fake_donate(create->frames[0], FRAME_OBJECT);
        object.frames[0] = create->frames[0];
        fake_frame_at(create->frames[0])->count++;
    }
    if (error != KERNEL_OK)
        return error;
    objects[index] = object;
    *handle = index;
    return KERNEL_OK;
}

static void destroy_tables(uint64_t table, unsigned level)
{
    for (unsigned i = 0; i < 512; i++) {
        uint64_t entry = table_at(table)[i];
        if (!(entry & PAGE_PRESENT))
            continue;
        if (level == 0 || (entry & ENTRY_LARGE))
            fake_count_unmap(entry, level != 0);
        else
            destroy_tables(entry & PAGE_FRAME_MASK, level - 1);
    }
    fake_frame_at(table)->count = 0;
    fake_set_type(table, FRAME_FREE);
}

static int64_t destroy_object(uint64_t handle)
{
    if (handle >= HANDLES_MAX || objects[handle].type == OBJECT_NONE)
        return ERROR_BAD_HANDLE;
    struct fake_object *object = &objects[handle];
    if (object->type == OBJECT_TASK) {
        destroy_tables(object->frames[1], 3);
        fake_set_type(object->frames[0], FRAME_FREE);
        fake_set_type(object->frames[2], FRAME_FREE);
    } else if (object->type == OBJECT_THREAD || --fake_frame_at(object->frames[0])->count == 0) {
        fake_set_type(object->frames[0], FRAME_FREE);
    }
    *object = (struct fake_object){0};
    return KERNEL_OK;
}

struct system_call_result system_call_plain(uint64_t number, uint64_t rdi, uint64_t rsi,
                                            uint64_t rdx, uint64_t r8, uint64_t r9, uint64_t r10)
{
    struct system_call_result result = {0};
    (void)rdx, (void)r8, (void)r9, (void)r10;
    switch (number) {
    case SYS_VERSION: result.value = QUIRE_ABI_VERSION; break;
    case SYS_MAP:
    case SYS_UNMAP:
    case SYS_PROTECT: result.status = page_call(number, (struct page_batch *)(uintptr_t)rdi); break;
    case SYS_OBJECT_CREATE:
        result.status = create_object((const struct object_create *)(uintptr_t)rdi, &result.value);
        break;
    case SYS_OBJECT_DESTROY: result.status = destroy_object(rdi); break;
    case SYS_HANDLE: result.value = rsi == HANDLE_COPY ? (r10 != 0 ? r10 : rdi) : 0; break;
    case SYS_CLOCK: result.value = rdi == CLOCK_READ ? fake_clock : 0; break;
    default: /* threads, notifications, interrupts: nothing to see here */ break;
    }
    return result;
}

int64_t (*fake_call)(struct message *message);

int64_t system_call_message(uint64_t number, uint64_t target, uint64_t endpoint,
                            struct message *message)
{
    (void)endpoint;
    if (number == SYS_CALL)
        return fake_call != NULL ? fake_call(message) : ERROR_BAD_HANDLE;
    if (number == SYS_REPLY || number == SYS_REPLY_AND_WAIT) {
        fake_last_reply = *message;
        fake_last_reply_token = target;
    }
    return KERNEL_OK;
}

/* ---------------------------------------------------------------- the machine */

#define RAM_START (1ull << 20)
#define OWN_BYTES (1ull << 20)

void fake_kernel_boot(uint64_t ram_bytes, uint64_t module_bytes)
{
    host_ram = aligned_alloc(LARGE_PAGE_SIZE, ram_bytes);
    memset(host_ram, 0xa5, ram_bytes);
    uint64_t array_frames = (ram_bytes + LARGE_PAGE_SIZE - 1) >> PAGE_SHIFT;
    host_page_array = aligned_alloc(sizeof(struct page), array_frames * sizeof(struct page));
    memset(host_page_array, 0, array_frames * sizeof(struct page));
    host_page_times = calloc(array_frames, sizeof *host_page_times);
    host_policy_pages = calloc(array_frames, sizeof *host_policy_pages);
    memset(objects, 0, sizeof objects);
    memset(&fake_counters, 0, sizeof fake_counters);
    fake_clock = 0;

    uint64_t free_start = RAM_START + OWN_BYTES;
    fake_frames_begin(ram_bytes, free_start);
    /* The pager's own root table, in its own memory. */
    memset(host_ram + RAM_START, 0, PAGE_SIZE);
    fake_set_type(RAM_START, FRAME_PAGE_TABLE);
    objects[BOOT_HANDLE_TASK] = (struct fake_object){OBJECT_TASK, {0, RAM_START, 0}};

    boot.ranges[0] = (struct boot_range){RAM_START, OWN_BYTES, BOOT_RANGE_WIRED, 0};
    boot.ranges[1] = (struct boot_range){free_start, module_bytes, BOOT_RANGE_MODULE, 0};
    boot.ranges[2] = (struct boot_range){free_start + module_bytes,
                                         ram_bytes - free_start - module_bytes, BOOT_RANGE_FREE, 0};
    boot.information = (struct boot_information){
        .magic = BOOT_INFORMATION_MAGIC,
        .length_bytes = sizeof boot,
        .abi_version = QUIRE_ABI_VERSION,
        .physical_limit = ram_bytes,
        .page_table_root = RAM_START,
        .ranges_offset = offsetof(__typeof__(boot), ranges),
        .range_count = 3,
        .modules_offset = offsetof(__typeof__(boot), module),
    };
    memory_boot(&boot.information);
}

const struct boot_information *fake_boot_information(void)
{
    return &boot.information;
}

void fake_kernel_end(void)
{
    free(host_ram);
    free(host_page_array);
    free(host_page_times);
    free(host_policy_pages);
    fake_frames_end();
}
