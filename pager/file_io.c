/*
 * Requests to the fs-server about single pages: write-back, and the reservation of disk space
 * before a mapping may write to a hole. Reads are in file_page.c.
 */
#include "file_page.h"
#include <assert.h>
#include <quire/errno.h>
#include <string.h>

static struct slab io_slab = SLAB_INITIALIZER(struct file_io);

/* Write-back must go on when memory is short, since it is what gives memory back: so many records are kept
   for it. */
#define WRITE_RECORDS_KEPT 64
static struct file_io kept[WRITE_RECORDS_KEPT];
static struct file_io *kept_free;
static bool kept_ready;

static void prepare_kept(void)
{
    for (unsigned i = 0; i < WRITE_RECORDS_KEPT; i++) {
        kept[i].call.context = kept_free;
        kept_free = &kept[i];
    }
    kept_ready = true;
}

static struct file_io *take_kept(void)
{
    if (!kept_ready)
        prepare_kept();
    struct file_io *io = kept_free;
    if (io != NULL) {
        kept_free = io->call.context;
        memset(io, 0, sizeof *io);
    }
    return io;
}

struct file_io *file_io_begin(struct file_object *file, uint32_t operation, uint64_t index)
{
    struct file_io *io = slab_allocate(&io_slab);
    if (io == NULL && operation == FS_WRITE_PAGE)
        io = take_kept();
    if (io == NULL)
        return NULL;
    io->file = file;
    io->index = index;
    io->call.context = io;
    io->call.request.operation = operation;
    io->call.request.inode = file->inode;
    io->call.request.offset = index;
    file->in_flight++;
    return io;
}

void file_io_end(struct file_io *io)
{
    struct file_object *file = io->file;
    if (io >= kept && io < kept + WRITE_RECORDS_KEPT) {
        io->call.context = kept_free;
        kept_free = io;
    } else {
        slab_free(&io_slab, io);
    }
    file->in_flight--;
    file_object_check(file);
}

/* ---- write-back */

static void write_done(struct fs_call *call)
{
    struct file_io *io = call->context;
    struct file_object *file = io->file;
    struct page *page = io->page;
    int32_t result = call->completion.result < 0 ? call->completion.result : 0;
    bool still_ours = page->state == PAGE_STATE_RESIDENT && page->flags & PAGE_IS_FILE &&
                      page->owner.file == file && page->index == io->index;

    if (result == 0) {
        if (call->completion.size > file->size_on_disk)
            file->size_on_disk = call->completion.size;
        if (still_ours)
            radix_replace(&file->page_index, io->index, index_entry(page, 0));
    } else {
        file->write_error = result;
        if (still_ours)
            file_page_dirty(page);
    }
    io->done(page, result);
    file_io_end(io);
}

void file_write_page(struct page *page, void (*done)(struct page *page, int32_t result))
{
    struct file_object *file = page->owner.file;
    struct file_io *io = file_io_begin(file, FS_WRITE_PAGE, page->index);
    uint64_t start = (uint64_t)page->index << PAGE_SHIFT;

    if (io == NULL) {
        /* Not an error of the file: it is tried again later. */
        file_page_dirty(page);
        done(page, -ENOMEM);
        return;
    }
    /* No mapping can write now (file_page_allow_write() holds those of the last page back until the write
       has ended), so what lies past the end stays zero on its way to the disk. */
    page_zero_from(page, file->size > start ? file->size - start : 0);
    io->page = page;
    io->done = done;
    io->call.request.frame = page_physical(page);
    io->call.request.size = file->size;
    io->call.done = write_done;
    fs_submit(&io->call);
}

/* ---- permission to write through a mapping */

static void reserve_done(struct fs_call *call)
{
    struct file_io *io = call->context;
    struct file_object *file = io->file;
    struct page *page = file_page_lookup(file, io->index);
    int32_t result = call->completion.result < 0 ? call->completion.result : 0;

    if (result == 0 && page != NULL)
        radix_replace(&file->page_index, io->index, index_entry(page, 0));
    wait_queue_wake(&io->waiters, result);
    file_io_end(io);
}

int32_t file_page_allow_write(struct file_object *file, struct page *page, struct waiter *waiter)
{
    uint64_t end = ((uint64_t)page->index + 1) << PAGE_SHIFT;

    if (page->flags & PAGE_WRITING && end > file->size) {
        page_wait(page, waiter);
        return 0;
    }
    uint64_t entry = (uint64_t)(uintptr_t)radix_find(&file->page_index, page->index);
    if (!(entry & INDEX_HOLE))
        return 1;
    int32_t error = waiter_take_error(waiter);
    if (error != 0)
        return error;

    struct file_io *io = file_io_begin(file, FS_RESERVE, page->index);
    if (io == NULL)
        return -ENOMEM;
    io->call.request.count = 1;
    io->call.done = reserve_done;
    wait_queue_add(&io->waiters, waiter);
    fs_submit(&io->call);
    return 0;
}
