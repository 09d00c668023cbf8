/*
 * Changing the size of a file.
 *
 *   file_set_size() --shrinks--> PAGES: those past the end leave mappings and cache
 *        |                         |  waits for reads and writes of them in flight
 *        |                       TAIL: the rest of the last page is zeroed
 *        |                         |  waits for a write of it in flight
 *        +------grows-----------> DISK: FS_SET_SIZE
 *                                  |
 *                                woken: all that wait in file->size_change
 *
 * The change has a life of its own: once begun it ends, whether or not the program that asked for
 * it lives so long. A second change waits for the first.
 */
#include "address_space.h"
#include "file_page.h"
#include "region.h"
#include "services.h"
#include <assert.h>
#include <quire/errno.h>

struct size_change {
    struct waiter waiter; /* first: a waiter pointer is a size_change pointer */
    struct file_object *file;
    uint64_t size;
    struct fs_call call;
};

static struct slab change_slab = SLAB_INITIALIZER(struct size_change);

static void disk_done(struct fs_call *call)
{
    struct size_change *change = call->context;
    struct file_object *file = change->file;
    int32_t result = call->completion.result < 0 ? call->completion.result : 0;

    if (result == 0) {
        file->size_on_disk = change->size;
        file_grow(file, change->size);
    }
    file->shrinking = false;
    file->size_changing = NULL;
    wait_queue_wake(&file->size_change, result);
    slab_free(&change_slab, change);
    file->in_flight--;
    file_object_drop(file);
}

static void set_on_disk(struct size_change *change)
{
    change->call.request = (struct fs_request){
        .operation = FS_SET_SIZE, .inode = change->file->inode, .size = change->size};
    change->call.context = change;
    change->call.done = disk_done;
    change->file->in_flight++;
    fs_submit(&change->call);
}

/* A locked page that is cut off loses the pin of each locked mapping. */
static void unlock_mapping(struct address_space *space, uint64_t address, void *context)
{
    struct page *page = context;
    const struct region *region = region_find(space, address);
    if (region != NULL && region->flags & REGION_LOCKED) {
        space->locked_pages--;
        page_unpin(page);
    }
}

/* The private copies that programs made of pages past the end go too, as the file's own pages do. */
static void cut_private_copies(struct file_object *file, uint64_t first_page)
{
    for (struct region *region = file->regions; region != NULL; region = region->file_next) {
        uint64_t pages = (region->end - region->start) >> PAGE_SHIFT;
        uint64_t skipped = first_page > region->file_page ? first_page - region->file_page : 0;
        uint64_t in_file = (region->file_end >> PAGE_SHIFT) - region->file_page;
        /* A segment's zeros past its file bytes are not the file's. */
        if (region->file_end != UINT64_MAX && in_file < pages)
            pages = in_file;
        if (skipped >= pages || region->anonymous == NULL)
            continue;
        region_pages_unmap(region->space, region->start + (skipped << PAGE_SHIFT),
                           region->start + (pages << PAGE_SHIFT));
        anonymous_remove_range(region->anonymous, region->anonymous_index + skipped,
                               region->anonymous_index + pages - 1, POLICY_TRUNCATED);
    }
}

/* Takes pages past the end out. False: the waiter is queued for one that is in use. */
static bool cut_pages(struct size_change *change)
{
    struct file_object *file = change->file;
    uint64_t first = (change->size + PAGE_SIZE - 1) >> PAGE_SHIFT;
    struct page *page;

    for (uint64_t index = first; (page = file_page_next(file, &index, UINT64_MAX)) != NULL;
         index++) {
        if (page->state == PAGE_STATE_READING || page->flags & PAGE_WRITING) {
            page_wait(page, &change->waiter);
            return false;
        }
        mapping_each(page, unlock_mapping, page);
        page_unmap_all(page);
        if (page->pins != 0) {
            /* A call copies to or from it, and waits for its other page. */
            event_loop_yield(&change->waiter);
            return false;
        }
        file_page_remove(page, POLICY_TRUNCATED);
    }
    for (uint64_t index = first; radix_next(&file->page_index, &index, UINT64_MAX) != NULL; index++)
        radix_remove(&file->page_index, index); /* remembered evictions */
    return true;
}

static bool zero_tail(struct size_change *change)
{
    uint64_t bytes = change->size & ~PAGE_MASK;
    struct page *page =
        bytes != 0 ? file_page_lookup(change->file, change->size >> PAGE_SHIFT) : NULL;

    if (page == NULL)
        return true;
    if (page->state == PAGE_STATE_READING || page->flags & PAGE_WRITING) {
        page_wait(page, &change->waiter);
        return false;
    }
    page_zero_from(page, bytes);
    return true;
}

static void run(struct waiter *waiter, int32_t result)
{
    struct size_change *change = (struct size_change *)waiter;
    (void)result; /* a failed read or write of a page that goes anyway */
    if (change->file->shrinking && (!cut_pages(change) || !zero_tail(change)))
        return;
    set_on_disk(change);
}

int32_t file_set_size(struct file_object *file, uint64_t size, struct request *request)
{
    int32_t error = waiter_take_error(&request->waiter);

    if (error != 0)
        return error;
    if (file->size_changing == NULL) {
        if (file->size == size && file->size_on_disk == size)
            return 1;
        struct size_change *change = slab_allocate(&change_slab);
        if (change == NULL)
            return -ENOMEM;
        change->waiter.resume = run;
        change->file = file;
        change->size = size;
        file_object_hold(file);
        file->size_changing = change;
        if (size < file->size) {
            /* From here on nobody brings in or touches a page past the new end. */
            file->shrinking = true;
            file->size = size;
            file->reserved_first = file->reserved_end = 0;
            cut_private_copies(file, (size + PAGE_SIZE - 1) >> PAGE_SHIFT);
        }
        /* Queued before it runs: it may end at once. */
        wait_queue_add(&file->size_change, &request->waiter);
        run(&change->waiter, 0);
        return 0;
    }
    wait_queue_add(&file->size_change, &request->waiter);
    return 0;
}
