/*
 * Page operations in batches: one loop, one flush. A longer array is not copied: its pages, at
 * most four, are found before anything changes, and worked on where they lie.
 *
 * Consecutive entries mostly concern the same task and the same 2 MiB, that is one leaf table.
 * The loop therefore keeps a cursor at the table it used last, and page_run.h does what is
 * ordinary there. Everything else comes here, one operation at a time: select_table() moves
 * the cursor and sorts out large pages and every kind of error.
 *
 * A frame that an unmap sets free cannot change its type before the next system call, so a stale
 * translation reaches nothing worse until the flush. Frames change their type in a batch only to
 * become page tables, which the array's own frames may not, whatever the batch does to the
 * mappings of them.
 */
#include "page_batch.h"
#include "handle.h"
#include "operation_array.h"
#include "page_run.h"
#include "page_table.h"

#define PROTECT_BITS (PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED | PAGE_DIRTY)

enum batch_kind { BATCH_MAP, BATCH_UNMAP, BATCH_PROTECT };

struct batch {
    struct task *caller;
    struct page_batch header;
    enum batch_kind kind;
    struct operation_array array; /* empty when the operations were copied */

    struct task *task;   /* NULL: none yet */
    struct page_run run; /* the cursor; table NULL: at no table */

    uint32_t changed;    /* translations of `task` that became stale */
    bool caller_changed; /* the same for the caller, flushed at the end */
    bool address_error;  /* table_frames could not be read or written */
};

/* ---------------------------------------------------------------- leaving a table */

static void flush_task(struct batch *batch)
{
    if (batch->changed == 0)
        return;
    if (batch->task == batch->caller)
        batch->caller_changed = true;
    else
        machine_flush_space(&batch->task->space);
}

/* `table`: the one that something was unmapped from at `address`. */
static void reclaim_tables(struct batch *batch, const struct frame *table, uint64_t address)
{
    uint64_t frames[3];
    if (table->count != 0 || !(batch->header.flags & PAGE_BATCH_RECLAIM_TABLES))
        return;
    unsigned count = page_table_unlink_empty(batch->task, address, frames);
    batch->changed += count; /* the processor may keep upper levels too */
    for (unsigned i = 0; i < count; i++) {
        uint64_t place = batch->header.table_frames + 8ull * batch->header.table_count++;
        if (!copy_to_user(to_user_address(place), &frames[i], sizeof(frames[i])))
            batch->address_error = true;
    }
}

static void leave_table(struct batch *batch)
{
    if (batch->kind == BATCH_UNMAP && batch->run.table != NULL)
        reclaim_tables(batch, batch->run.table_frame, batch->run.region);
    batch->run.table = NULL;
}

static void leave_task(struct batch *batch)
{
    leave_table(batch);
    flush_task(batch);
    batch->task = NULL;
    batch->run.handle = 0;
    batch->changed = 0;
}

/* ---------------------------------------------------------------- entering a table */

static int enter_task(struct batch *batch, uint32_t handle)
{
    if (batch->task != NULL && batch->run.handle == handle)
        return KERNEL_OK;
    leave_task(batch);
    struct handle_slot *slot;
    int error = handle_find(batch->caller, handle, OBJECT_TASK, RIGHT_MAP, &slot);
    if (error != KERNEL_OK)
        return error;
    struct task *task = (struct task *)slot->object;
    if (task->dying)
        return ERROR_STATE;
    batch->task = task;
    batch->run.handle = handle;
    return KERNEL_OK;
}

/* The spare frame at the end of table_frames, which stays there until table_count is lower. */
static int last_spare_frame(struct batch *batch, uint64_t *frame)
{
    if (batch->header.table_count == 0)
        return ERROR_NO_TABLE;
    uint64_t place = batch->header.table_frames + 8ull * (batch->header.table_count - 1);
    if (!copy_from_user(frame, to_user_address(place), sizeof(*frame)))
        return ERROR_ADDRESS;
    return operation_array_holds(&batch->array, *frame) ? ERROR_FRAME : KERNEL_OK;
}

/* The walk, with spare frames for tables that are missing. */
static int walk_and_build(struct batch *batch, uint64_t address, unsigned stop_level,
                          struct leaf *leaf)
{
    for (;;) {
        uint64_t frame;
        int error = page_table_walk(batch->task, address, stop_level, leaf);
        if (error != ERROR_NO_TABLE)
            return error;
        error = last_spare_frame(batch, &frame);
        if (error == KERNEL_OK)
            error = page_table_link(leaf, frame);
        if (error != KERNEL_OK)
            return error;
        batch->header.table_count--;
    }
}

/* Into an empty entry, or with other rights over the same frame: the two have one size. */
static inline int install(struct batch *batch, struct page_operation *operation,
                          const struct leaf *leaf, page_entry entry)
{
    page_entry old = *leaf->entry;
    if (!page_entry_present(old)) {
        page_install(leaf, entry);
        operation->page = 0;
        return KERNEL_OK;
    }
    if (page_entry_large(old) != page_entry_large(entry) ||
        page_entry_frame(old) != page_entry_frame(entry))
        return ERROR_OCCUPIED;
    operation->page = page_entry_decode(page_change_rights(leaf, entry));
    batch->changed++;
    return KERNEL_OK;
}

static int split_large(struct batch *batch, struct page_operation *operation)
{
    page_entry old;
    struct leaf leaf;
    uint64_t frame;
    int error = page_table_walk(batch->task, operation->address, 1, &leaf);
    if (error != KERNEL_OK || !page_entry_present(*leaf.entry) || !page_entry_large(*leaf.entry))
        return ERROR_NOT_MAPPED;
    error = last_spare_frame(batch, &frame);
    if (error == KERNEL_OK)
        error = page_table_split(batch->task, operation->address, &leaf, frame, &old);
    if (error != KERNEL_OK)
        return error;
    batch->header.table_count--;
    operation->page = page_entry_decode(old);
    return KERNEL_OK;
}

static int map_large(struct batch *batch, struct page_operation *operation)
{
    page_entry entry;
    struct leaf leaf;
    if ((operation->address & (LARGE_PAGE_SIZE - 1)) ||
        operation->address + LARGE_PAGE_SIZE > USER_ADDRESS_LIMIT)
        return ERROR_ARGUMENT;
    if (operation->page == PAGE_LARGE)
        return split_large(batch, operation);
    int error = page_encode_large_checked(operation->page, &entry);
    if (error == KERNEL_OK)
        error = walk_and_build(batch, operation->address, 1, &leaf);
    if (error != KERNEL_OK)
        return error;
    return install(batch, operation, &leaf, entry);
}

/* Small operations that meet a large page: unmap and protect may, with its own address. */
static int change_large(struct batch *batch, struct page_operation *operation,
                        const struct leaf *leaf)
{
    if (batch->kind == BATCH_MAP)
        return ERROR_OCCUPIED;
    if (operation->address & (LARGE_PAGE_SIZE - 1))
        return ERROR_ARGUMENT;
    page_entry old;
    if (batch->kind == BATCH_UNMAP) {
        old = page_remove_large(leaf);
        reclaim_tables(batch, leaf->table_frame, operation->address);
    } else {
        page_entry clear = operation->page & (PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY);
        page_entry set = (operation->page & PAGE_EXECUTE) ? page_entry_encode(0) & ~4ull : 0;
        old = page_clear_bits(leaf->entry, clear, set);
        if ((clear & PAGE_WRITE) && page_entry_writable(old))
            frame_uncount_window(page_entry_frame(old), true);
    }
    operation->page = page_entry_decode(old);
    batch->changed++;
    return KERNEL_OK;
}

/* The operation was done, or failed, without the cursor. */
#define SELECT_DONE 1

/*
 * Puts the cursor at the operation's table: KERNEL_OK. Else SELECT_DONE or the error that the
 * operation gets.
 */
static int select_table(struct batch *batch, struct page_operation *operation)
{
    int error = enter_task(batch, operation->task);
    if (error != KERNEL_OK)
        return error;
    leave_table(batch);
    if ((operation->address & ~PAGE_MASK) || operation->address >= USER_ADDRESS_LIMIT)
        return ERROR_ARGUMENT;

    struct leaf leaf;
    if (batch->kind == BATCH_MAP && (operation->page & PAGE_LARGE)) {
        error = map_large(batch, operation);
        return error == KERNEL_OK ? SELECT_DONE : error;
    }
    page_entry unused;
    if (batch->kind != BATCH_MAP)
        error = page_table_walk(batch->task, operation->address, 0, &leaf);
    else if ((error = page_encode_checked(operation->page, &unused)) == KERNEL_OK)
        error = walk_and_build(batch, operation->address, 0, &leaf); /* builds for what is valid */
    if (error == ERROR_OCCUPIED) {
        error = change_large(batch, operation, &leaf);
        return error == KERNEL_OK ? SELECT_DONE : error;
    }
    if (error != KERNEL_OK)
        return error == ERROR_NO_TABLE && batch->kind != BATCH_MAP ? ERROR_NOT_MAPPED : error;

    batch->run.region = operation->address & REGION_MASK;
    batch->run.table = leaf.entry - page_table_index(operation->address, 0);
    batch->run.table_frame = leaf.table_frame;
    return KERNEL_OK;
}

/* ---------------------------------------------------------------- the operations */

static inline int map_small(struct batch *batch, struct page_operation *operation)
{
    page_entry entry;
    int error = page_encode_checked(operation->page, &entry);
    if (error != KERNEL_OK)
        return error;
    struct leaf leaf = {batch->run.table + page_table_index(operation->address, 0),
                        batch->run.table_frame, 0};
    return install(batch, operation, &leaf, entry);
}

static inline int unmap_small(struct batch *batch, struct page_operation *operation)
{
    page_entry *entry = batch->run.table + page_table_index(operation->address, 0);
    if (!page_entry_present(*entry))
        return ERROR_NOT_MAPPED;
    operation->page = page_entry_decode(page_remove_small(entry, batch->run.table_frame));
    batch->changed++;
    return KERNEL_OK;
}

static inline int protect_small(struct batch *batch, struct page_operation *operation)
{
    uint64_t bits = operation->page;
    if (bits & ~PROTECT_BITS)
        return ERROR_ARGUMENT;
    page_entry *entry = batch->run.table + page_table_index(operation->address, 0);
    page_entry clear = bits & (PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY); /* same in hardware */
    page_entry set = (bits & PAGE_EXECUTE) << 61;                        /* NX */
    page_entry old = page_clear_bits(entry, clear, set);
    if (!page_entry_present(old))
        return ERROR_NOT_MAPPED;
    operation->page = page_entry_decode(old);
    batch->changed++;
    return KERNEL_OK;
}

/* Any operation, with every check. */
static void run_one(struct batch *batch, struct page_operation *operation)
{
    int status = KERNEL_OK;
    if (page_run_entry(&batch->run, operation) == NULL)
        status = select_table(batch, operation);
    if (status == KERNEL_OK)
        status = batch->kind == BATCH_MAP     ? map_small(batch, operation)
                 : batch->kind == BATCH_UNMAP ? unmap_small(batch, operation)
                                              : protect_small(batch, operation);
    operation->status = status == SELECT_DONE ? KERNEL_OK : status;
}

static void run_operations(void *context, struct page_operation *operation, uint32_t count)
{
    struct batch *batch = context;
    struct page_operation *end = operation + count;
    while (operation < end) {
        struct page_operation *first = operation;
        if (batch->run.table != NULL) {
            switch (batch->kind) {
            case BATCH_MAP: operation = page_run_map(&batch->run, first, end); break;
            case BATCH_UNMAP: operation = page_run_unmap(&batch->run, first, end); break;
            case BATCH_PROTECT: operation = page_run_protect(&batch->run, first, end); break;
            }
        }
        if (batch->kind != BATCH_MAP)
            batch->changed += (uint32_t)(operation - first);
        if (operation < end)
            run_one(batch, operation++);
    }
}

/* So many are copied sooner than their place is found. */
#define FEW_OPERATIONS 8

/* ---------------------------------------------------------------- the calls */

/* Mapping takes the memory authority, and making tables the right to donate. */
static int check_header(const struct batch *batch)
{
    struct handle_slot *slot;
    if (batch->header.count > PAGE_BATCH_MAX || (batch->header.flags & ~PAGE_BATCH_RECLAIM_TABLES))
        return ERROR_ARGUMENT;
    if (batch->kind != BATCH_MAP)
        return KERNEL_OK;
    unsigned rights = batch->header.table_count != 0 ? RIGHT_MAP | RIGHT_DONATE : RIGHT_MAP;
    return handle_find(batch->caller, batch->header.authority, OBJECT_MEMORY, rights, &slot);
}

static int run_batch(struct task *caller, uint64_t batch_address, enum batch_kind kind)
{
    /* Not by one initializer, which would clear the whole. */
    struct batch batch;
    batch.caller = caller;
    batch.kind = kind;
    batch.array.part_count = 0;
    batch.task = NULL;
    batch.run = (struct page_run){0};
    batch.changed = 0;
    batch.caller_changed = batch.address_error = false;
    if (!copy_from_user(&batch.header, to_user_address(batch_address), sizeof(batch.header)))
        return ERROR_ADDRESS;
    int error = check_header(&batch);
    if (error != KERNEL_OK)
        return error;
    const uint32_t table_count = batch.header.table_count;
    const user_address array = to_user_address(batch.header.operations);
    const size_t length_bytes = batch.header.count * sizeof(struct page_operation);
    struct page_operation few[FEW_OPERATIONS];
    const bool copied = batch.header.count <= FEW_OPERATIONS;
    if (!(copied ? copy_from_user(few, array, length_bytes)
                 : operation_array_find(&batch.array, caller, array, length_bytes)))
        return ERROR_ADDRESS;
    if (copied)
        run_operations(&batch, few, batch.header.count);
    else
        operation_array_run(&batch.array, run_operations, &batch);
    leave_task(&batch);
    if (batch.caller_changed)
        machine_flush_space(&caller->space);

    if (copied && !copy_to_user(array, few, length_bytes))
        return ERROR_ADDRESS;
    uint64_t count_address = batch_address + offsetof(struct page_batch, table_count);
    if (batch.header.table_count != table_count &&
        !copy_to_user(to_user_address(count_address), &batch.header.table_count,
                      sizeof(batch.header.table_count)))
        return ERROR_ADDRESS;
    return batch.address_error ? ERROR_ADDRESS : KERNEL_OK;
}

int page_batch_map(struct task *caller, uint64_t batch_address)
{
    return run_batch(caller, batch_address, BATCH_MAP);
}

static void run_call(struct thread *thread, enum batch_kind kind)
{
    thread_set_status(thread, run_batch(thread->task, thread->context.registers.rdi, kind));
}

void system_map(struct thread *thread)
{
    run_call(thread, BATCH_MAP);
}

void system_unmap(struct thread *thread)
{
    run_call(thread, BATCH_UNMAP);
}

void system_protect(struct thread *thread)
{
    run_call(thread, BATCH_PROTECT);
}
