/*
 * The pager's seam to the kernel: page operations in batches, on top of the system-call stubs
 * of libsys. Other calls (objects, threads, time) use <quire/system_call.h> directly.
 *
 * On the build machine the stubs end in system_call_plain() and system_call_message(), which
 * tests/host/fake_kernel.c defines: the pager above this line is the same code there.
 */
#pragma once

#include <quire/boot_information.h>
#include <quire/system_call.h>

/*
 * Carries out `count` operations. table_frames: *table_count spare frames for missing page
 * tables, the unused ones are left at the front. Operations have a status each; an error of
 * the call as a whole is our own mistake.
 */
static inline int64_t kernel_map(struct page_operation *operations, uint32_t count,
                                 uint64_t *table_frames, uint32_t *table_count)
{
    struct page_batch batch = {
        .operations = (uint64_t)(uintptr_t)operations,
        .table_frames = (uint64_t)(uintptr_t)table_frames,
        .count = count,
        .table_count = *table_count,
        .authority = BOOT_HANDLE_MEMORY,
    };
    int64_t status = sys_map(&batch);
    *table_count = batch.table_count;
    return status;
}

/* reclaimed: room for three frames an operation (NULL: empty tables stay); *reclaimed_count is set. */
static inline int64_t kernel_unmap(struct page_operation *operations, uint32_t count,
                                   uint64_t *reclaimed, uint32_t *reclaimed_count)
{
    struct page_batch batch = {
        .operations = (uint64_t)(uintptr_t)operations,
        .table_frames = (uint64_t)(uintptr_t)reclaimed,
        .count = count,
        .authority = BOOT_HANDLE_MEMORY,
        .flags = reclaimed != NULL ? PAGE_BATCH_RECLAIM_TABLES : 0,
    };
    int64_t status = sys_unmap(&batch);
    if (reclaimed != NULL)
        *reclaimed_count = batch.table_count;
    return status;
}

static inline int64_t kernel_protect(struct page_operation *operations, uint32_t count)
{
    struct page_batch batch = {
        .operations = (uint64_t)(uintptr_t)operations,
        .count = count,
        .authority = BOOT_HANDLE_MEMORY,
    };
    return sys_protect(&batch);
}

/* Time-stamp counter, for the counters of time spent in policies. */
static inline uint64_t time_stamp(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}
