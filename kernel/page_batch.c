/*
 * Page operations in batches. One copy in, one loop, one flush, one copy out.
 *
 * Consecutive entries mostly concern the same task and the same 2 MiB, that is one leaf table.
 * The loop therefore keeps a cursor at the table it used last; an entry that does not fit the
 * cursor takes the slow road through select_table(), which also sorts out large pages and
 * every kind of error.
 *
 * The flush comes before the results are copied out. A frame that an unmap sets free cannot
 * change its type before the next system call, so a stale translation reaches nothing worse.
 */
#include "page_batch.h"
#include "handle.h"
#include "page_table.h"
#include "scheduler.h"

#define PROTECT_BITS (PAGE_WRITE | PAGE_EXECUTE | PAGE_ACCESSED | PAGE_DIRTY)
/* What an address and the cursor's region must agree in: all but the index of the entry. */
#define REGION_MASK (~((LARGE_PAGE_SIZE - 1) & PAGE_MASK))
#define NO_REGION 1ull /* not page aligned: no valid address agrees */

enum batch_kind { BATCH_MAP, BATCH_UNMAP, BATCH_PROTECT };

struct batch {
    struct task *caller;
    struct page_batch header;
    enum batch_kind kind;

    /* The cursor. table is NULL while task is set: nothing is mapped there. */
    uint64_t region;
    uint32_t handle;
    struct task *task;
    page_entry *table;
    struct frame *table_frame;

    uint32_t changed; /* translations of `task` that became stale */
    uint64_t changed_address;
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

static void reclaim_tables(struct batch *batch)
{
    uint64_t frames[3];
    unsigned count = page_table_unlink_empty(batch->task, batch->region, frames);
    batch->changed += count; /* the processor may keep upper levels too */
    for (unsigned i = 0; i < count; i++) {
        uint64_t place = batch->header.table_frames + 8ull * batch->header.table_count++;
        if (!copy_to_user(to_user_address(place), &frames[i], sizeof(frames[i])))
            batch->address_error = true;
    }
}

static void leave_table(struct batch *batch)
{
    if (batch->kind == BATCH_UNMAP && batch->table != NULL && batch->table_frame->count == 0 &&
        (batch->header.flags & PAGE_BATCH_RECLAIM_TABLES))
        reclaim_tables(batch);
    batch->table = NULL;
    batch->region = NO_REGION;
}

static void leave_task(struct batch *batch)
{
    leave_table(batch);
    flush_task(batch);
    batch->task = NULL;
    batch->handle = 0;
    batch->changed = 0;
}

/* ---------------------------------------------------------------- entering a table */

static int enter_task(struct batch *batch, uint32_t handle)
{
    if (batch->task != NULL && batch->handle == handle)
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
    batch->handle = handle;
    return KERNEL_OK;
}

/* The walk, with spare frames from the end of table_frames for tables that are missing. */
static int walk_and_build(struct batch *batch, uint64_t address, unsigned stop_level,
                          struct leaf *leaf)
{
    for (;;) {
        int error = page_table_walk(batch->task, address, stop_level, leaf);
        if (error != ERROR_NO_TABLE)
            return error;
        if (batch->header.table_count == 0)
            return ERROR_NO_TABLE;
        uint64_t place = batch->header.table_frames + 8ull * (batch->header.table_count - 1);
        uint64_t frame;
        if (!copy_from_user(&frame, to_user_address(place), sizeof(frame)))
            return ERROR_ADDRESS;
        error = page_table_link(leaf, frame);
        if (error != KERNEL_OK)
            return error;
        batch->header.table_count--;
    }
}

static inline void note_change(struct batch *batch, uint64_t address)
{
    batch->changed++;
    batch->changed_address = address;
}

static int map_large(struct batch *batch, struct page_operation *operation)
{
    page_entry entry, old = 0;
    struct leaf leaf;
    if (batch->task != batch->caller)
        return ERROR_RIGHTS;
    if (operation->address & (LARGE_PAGE_SIZE - 1))
        return ERROR_ARGUMENT;
    int error = page_encode_large_checked(operation->page, &entry);
    if (error == KERNEL_OK)
        error = walk_and_build(batch, operation->address, 1, &leaf);
    if (error != KERNEL_OK)
        return error;

    old = *leaf.entry;
    if (!page_entry_present(old)) {
        page_install(&leaf, entry);
        operation->page = 0;
        return KERNEL_OK;
    }
    if (!page_entry_large(old) || page_entry_frame(old) != page_entry_frame(entry))
        return ERROR_OCCUPIED;
    operation->page = page_entry_decode(page_change_rights(&leaf, entry));
    note_change(batch, operation->address);
    return KERNEL_OK;
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
    } else {
        page_entry clear = operation->page & (PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY);
        page_entry set = (operation->page & PAGE_EXECUTE) ? page_entry_encode(0) & ~4ull : 0;
        old = page_clear_bits(leaf->entry, clear, set);
        if ((clear & PAGE_WRITE) && page_entry_writable(old))
            frame_uncount_window(page_entry_frame(old), true);
    }
    operation->page = page_entry_decode(old);
    note_change(batch, operation->address);
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
    /* Checked before tables are built for it. */
    page_entry unused;
    if (batch->kind == BATCH_MAP)
        error = page_encode_checked(operation->page, &unused);
    if (error != KERNEL_OK)
        return error;
    error = batch->kind == BATCH_MAP ? walk_and_build(batch, operation->address, 0, &leaf)
                                     : page_table_walk(batch->task, operation->address, 0, &leaf);
    if (error == ERROR_OCCUPIED) {
        error = change_large(batch, operation, &leaf);
        return error == KERNEL_OK ? SELECT_DONE : error;
    }
    if (error != KERNEL_OK)
        return error == ERROR_NO_TABLE && batch->kind != BATCH_MAP ? ERROR_NOT_MAPPED : error;

    batch->region = operation->address & REGION_MASK;
    batch->table = leaf.entry - page_table_index(operation->address, 0);
    batch->table_frame = leaf.table_frame;
    return KERNEL_OK;
}

/* ---------------------------------------------------------------- the operations */

static inline int map_small(struct batch *batch, struct page_operation *operation)
{
    page_entry entry;
    int error = page_encode_checked(operation->page, &entry);
    if (error != KERNEL_OK)
        return error;
    struct leaf leaf = {batch->table + page_table_index(operation->address, 0), batch->table_frame,
                        0};
    page_entry old = *leaf.entry;
    if (!page_entry_present(old)) {
        page_install(&leaf, entry);
        operation->page = 0;
        return KERNEL_OK;
    }
    if (page_entry_frame(old) != page_entry_frame(entry))
        return ERROR_OCCUPIED;
    operation->page = page_entry_decode(page_change_rights(&leaf, entry));
    note_change(batch, operation->address);
    return KERNEL_OK;
}

static inline int unmap_small(struct batch *batch, struct page_operation *operation)
{
    page_entry *entry = batch->table + page_table_index(operation->address, 0);
    if (!page_entry_present(*entry))
        return ERROR_NOT_MAPPED;
    operation->page = page_entry_decode(page_remove_small(entry, batch->table_frame));
    note_change(batch, operation->address);
    return KERNEL_OK;
}

static inline int protect_small(struct batch *batch, struct page_operation *operation)
{
    uint64_t bits = operation->page;
    if (bits & ~PROTECT_BITS)
        return ERROR_ARGUMENT;
    page_entry *entry = batch->table + page_table_index(operation->address, 0);
    page_entry clear = bits & (PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY); /* same in hardware */
    page_entry set = (bits & PAGE_EXECUTE) << 61;                        /* NX */
    page_entry old = page_clear_bits(entry, clear, set);
    if (!page_entry_present(old))
        return ERROR_NOT_MAPPED;
    operation->page = page_entry_decode(old);
    note_change(batch, operation->address);
    return KERNEL_OK;
}

/* One loop a kind: the compiler makes three of it. */
__attribute__((always_inline)) static inline void
run_operations(struct batch *batch, struct page_operation *operations, enum batch_kind kind)
{
    struct page_operation *end = operations + batch->header.count;
    for (struct page_operation *operation = operations; operation < end; operation++) {
        int status = KERNEL_OK;
        if ((operation->address & REGION_MASK) != batch->region ||
            operation->task != batch->handle) {
            status = select_table(batch, operation);
            if (status != KERNEL_OK) {
                operation->status = status == SELECT_DONE ? KERNEL_OK : status;
                continue;
            }
        }
        if (kind == BATCH_MAP)
            status = map_small(batch, operation);
        else if (kind == BATCH_UNMAP)
            status = unmap_small(batch, operation);
        else
            status = protect_small(batch, operation);
        operation->status = status;
    }
}

/* ---------------------------------------------------------------- the calls */

static void flush_caller(const struct batch *batch)
{
    if (batch->caller_changed)
        machine_flush_space(&batch->caller->space);
}

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
    struct page_operation *operations = this_scheduler()->page_operations;
    struct batch batch = {.caller = caller, .kind = kind, .region = NO_REGION};
    if (!copy_from_user(&batch.header, to_user_address(batch_address), sizeof(batch.header)))
        return ERROR_ADDRESS;
    int error = check_header(&batch);
    if (error != KERNEL_OK)
        return error;
    size_t length_bytes = batch.header.count * sizeof(*operations);
    if (!copy_from_user(operations, to_user_address(batch.header.operations), length_bytes))
        return ERROR_ADDRESS;

    switch (kind) {
    case BATCH_MAP: run_operations(&batch, operations, BATCH_MAP); break;
    case BATCH_UNMAP: run_operations(&batch, operations, BATCH_UNMAP); break;
    case BATCH_PROTECT: run_operations(&batch, operations, BATCH_PROTECT); break;
    }
    leave_task(&batch);
    flush_caller(&batch);

    uint64_t count_address = batch_address + offsetof(struct page_batch, table_count);
    bool copied = copy_to_user(to_user_address(batch.header.operations), operations, length_bytes);
    copied &= copy_to_user(to_user_address(count_address), &batch.header.table_count,
                           sizeof(batch.header.table_count));
    return copied && !batch.address_error ? KERNEL_OK : ERROR_ADDRESS;
}

int page_batch_map(struct task *caller, uint64_t batch_address)
{
    return run_batch(caller, batch_address, BATCH_MAP);
}

void system_map(struct thread *thread)
{
    thread_set_status(thread, run_batch(thread->task, thread->context.registers.rdi, BATCH_MAP));
}

void system_unmap(struct thread *thread)
{
    thread_set_status(thread, run_batch(thread->task, thread->context.registers.rdi, BATCH_UNMAP));
}

void system_protect(struct thread *thread)
{
    thread_set_status(thread,
                      run_batch(thread->task, thread->context.registers.rdi, BATCH_PROTECT));
}
