/*
 * Mappings and kernel objects that boot makes and nobody undoes. See wired_map.h.
 */
#include "wired_map.h"
#include "kernel_interface.h"
#include "memory.h"

#include <assert.h>

#define OPERATIONS 64u
/* Tables missing for neighbouring pages: one of each level, and a second leaf table. */
#define TABLES 4u
#define TABLE_LEVELS 3u

static struct page_operation operations[OPERATIONS];

static bool map_some(uint32_t task, uint64_t address, uint64_t physical, uint32_t count,
                     uint64_t rights)
{
    for (uint32_t i = 0; i < count; i++)
        operations[i] = (struct page_operation){
            .address = address + i * PAGE_SIZE,
            .page = (physical + i * PAGE_SIZE) | rights | PAGE_PRESENT,
            .task = task,
        };
    uint64_t tables[TABLES];
    uint32_t table_count = 0;
    while (table_count < TABLES && (tables[table_count] = donation_take(PAGE_STATE_TABLE)) != 0)
        table_count++;
    bool mapped = kernel_map(operations, count, tables, &table_count) == KERNEL_OK;
    for (uint32_t i = 0; i < table_count; i++)
        donation_return(tables[i]);
    for (uint32_t i = 0; i < count; i++)
        mapped = mapped && operations[i].status == KERNEL_OK;
    return mapped;
}

void wired_unmap(uint32_t task, uint64_t address, uint64_t length_bytes)
{
    /* Every operation may empty a table of each level. */
    static uint64_t tables[TABLE_LEVELS * OPERATIONS];
    for (uint64_t done = 0; done < length_bytes;) {
        uint32_t count = 0;
        for (; count < OPERATIONS && done < length_bytes; count++, done += PAGE_SIZE)
            operations[count] = (struct page_operation){.address = address + done, .task = task};
        uint32_t table_count = 0;
        int64_t status = kernel_unmap(operations, count, tables, &table_count);
        assert(status == KERNEL_OK);
        while (table_count > 0)
            donation_return(tables[--table_count]);
    }
}

bool wired_map(uint32_t task, uint64_t address, uint64_t physical, uint64_t length_bytes,
               uint64_t rights)
{
    for (uint64_t done = 0; done < length_bytes; done += OPERATIONS * PAGE_SIZE) {
        uint64_t pages = (length_bytes - done + PAGE_SIZE - 1) >> PAGE_SHIFT;
        uint32_t count = pages < OPERATIONS ? (uint32_t)pages : OPERATIONS;
        if (!map_some(task, address + done, physical + done, count, rights)) {
            wired_unmap(task, address, done + count * PAGE_SIZE);
            return false;
        }
    }
    return true;
}

void *device_map(uint64_t physical, uint64_t length_bytes, uint64_t rights)
{
    static uint64_t next = DEVICE_WINDOW;
    uint64_t first = physical & PAGE_MASK;
    uint64_t bytes = (physical + length_bytes - first + PAGE_SIZE - 1) & PAGE_MASK;
    uint64_t address = next;
    next += bytes;
    if (!wired_map(BOOT_HANDLE_TASK, address, first, bytes, rights))
        return NULL;
    return (void *)(uintptr_t)(address + physical - first);
}

uint32_t small_object_create(uint32_t type, uint32_t parent, uint64_t argument)
{
    static uint64_t frame;
    static uint32_t next_slot = OBJECT_SLOTS;
    if (next_slot == OBJECT_SLOTS) {
        frame = donation_take(PAGE_STATE_OBJECT);
        if (frame == 0)
            return 0;
        next_slot = 0;
    }
    struct object_create create = {
        .authority = BOOT_HANDLE_MEMORY,
        .type = type,
        .frames = {frame},
        .slot = next_slot,
        .parent = parent,
        .argument = argument,
    };
    int64_t handle = sys_object_create(&create);
    if (handle <= 0)
        return 0;
    next_slot++;
    return (uint32_t)handle;
}
