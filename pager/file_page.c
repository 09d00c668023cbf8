/*
 * The page cache: finding, bringing in and giving up the pages of files.
 */
#include "file_page.h"
#include "anonymous.h"
#include <assert.h>
#include <quire/errno.h>
#include <quire/pager_protocol.h>
#include <string.h>

#define EVICTION_CLOCK_MASK 0x7fffffffull

void page_zero_from(struct page *page, uint64_t from)
{
    if (from < PAGE_SIZE)
        memset((uint8_t *)page_contents(page) + from, 0, PAGE_SIZE - from);
}

struct page *file_page_lookup(struct file_object *file, uint64_t index)
{
    return index_page(radix_find(&file->page_index, index));
}

/* Puts a READING page of ours into the index. What is known of an earlier eviction goes into *info. False: no
   memory. */
static bool index_add(struct file_object *file, uint64_t index, struct page *page, uint64_t flags,
                      struct policy_insert_info *info, enum policy_insert_why *why)
{
    void **slot = radix_slot(&file->page_index, index);
    if (slot == NULL)
        return false;
    uint64_t word = (uint64_t)(uintptr_t)*slot;
    *why = POLICY_DEMAND;
    if (word & INDEX_EVICTED) {
        uint64_t now = group_eviction_clock(group_by_id(page->group));
        info->cookie = (uint32_t)(word >> 32);
        info->refault_distance = (now - (word >> 1)) & EVICTION_CLOCK_MASK;
        *why = POLICY_REFAULT;
    }
    *slot = index_entry(page, flags);
    page->owner.file = file;
    page->index = (uint32_t)index;
    page->flags |= PAGE_IS_FILE;
    file->resident++;
    return true;
}

static void index_remove(struct file_object *file, uint64_t index)
{
    radix_remove(&file->page_index, index);
    file->resident--;
}

void file_page_remove(struct page *page, enum policy_remove_why why)
{
    struct file_object *file = page->owner.file;
    if (page->flags & PAGE_IS_DIRTY)
        file_page_clean(page);
    index_remove(file, page->index);
    page_release(page, why);
}

/* A sector is the unit in which the fs-server tells holes. */
#define SECTOR_BYTES 512
#define SECTORS_IN_PAGE 8

static void read_done(struct fs_call *call)
{
    struct file_io *io = call->context;
    struct file_object *file = io->file;
    struct page *page = io->page;
    int32_t result = call->completion.result;
    uint64_t start = io->index << PAGE_SHIFT, holes = call->completion.value;

    if (result >= 0 && file->references == 0 && file->links == 0)
        result = -ENOENT; /* the file went meanwhile */
    if (result < 0) {
        index_remove(file, io->index);
        page_abort(page, result);
        file_io_end(io);
        return;
    }
    group_counters(group_by_id(page->group))->page_ins++;
    group_counters(group_by_id(page->group))->file_ins++;
    for (unsigned i = 0; i < SECTORS_IN_PAGE; i++)
        if (holes & (1u << i))
            memset((uint8_t *)page_contents(page) + i * SECTOR_BYTES, 0, SECTOR_BYTES);
    uint64_t end = call->completion.size < file->size ? call->completion.size : file->size;
    page_zero_from(page, end > start ? end - start : 0);
    if (holes != 0)
        radix_replace(&file->page_index, io->index, index_entry(page, INDEX_HOLE));
    page_insert(page, io->why, &io->info);
    file_io_end(io);
}

/* Begins to read the page into a READING frame of ours. False: no memory, the frame is still ours. */
static bool begin_read(struct file_object *file, uint64_t index, struct page *page,
                       const struct policy_insert_info *info, bool ahead)
{
    struct file_io *io = file_io_begin(file, FS_READ_PAGE, index);
    if (io == NULL)
        return false;
    io->info = *info;
    if (page_io_begin(page) == NULL || !index_add(file, index, page, 0, &io->info, &io->why)) {
        file_io_end(io);
        return false;
    }
    if (ahead) {
        page->flags |= PAGE_READAHEAD;
        io->why = POLICY_READAHEAD;
    }
    io->page = page;
    io->call.request.frame = page_physical(page);
    io->call.done = read_done;
    fs_submit(&io->call);
    return true;
}

void file_read_ahead(struct file_object *file, uint64_t first, uint64_t last, uint64_t count,
                     const struct file_page_request *request)
{
    uint64_t end = (file->size_on_disk + PAGE_SIZE - 1) >> PAGE_SHIFT;

    for (uint64_t index = first; count > 0 && index <= last && index < end; index++, count--) {
        if (file_page_lookup(file, index) != NULL)
            continue;
        int32_t error = 0;
        struct page *page = page_allocate(request->group, NULL, &error);
        if (page == NULL)
            return;
        if (!begin_read(file, index, page, &request->info, true)) {
            page_abort(page, -ENOMEM);
            return;
        }
    }
}

/* A page that was read ahead is used: what comes after its window is read while half of that is left. */
static void go_on_reading(struct file_object *file, uint64_t index,
                          const struct file_page_request *request)
{
    uint64_t ahead = group_option(request->group, GROUP_READ_AHEAD);
    uint64_t next = index + (ahead > 1 ? ahead / 2 : 1);
    if (ahead != 0 && request->info.advice != ADVICE_RANDOM && file_page_lookup(file, next) == NULL)
        file_read_ahead(file, next, request->ahead_last, ahead, request);
}

/* A page that the disk knows nothing of: zeros, at once. */
static struct page *make_zero_page(struct file_object *file, uint64_t index, struct page *page,
                                   struct file_page_request *request)
{
    /* A file call reserves the space of what it is going to write. */
    uint64_t flags = request->extend || request->overwrite ? 0 : INDEX_HOLE;
    enum policy_insert_why why;
    if (!index_add(file, index, page, flags, &request->info, &why))
        return NULL;
    memset(page_contents(page), 0, PAGE_SIZE);
    page_insert(page, why, &request->info);
    return page;
}

struct page *file_page_find(struct file_object *file, uint64_t index,
                            struct file_page_request *request, int32_t *status)
{
    struct page *page = file_page_lookup(file, index);

    *status = 1;
    if (page != NULL) {
        if (page->flags & PAGE_READAHEAD && page->state == PAGE_STATE_RESIDENT)
            go_on_reading(file, index, request);
        if (page->state == PAGE_STATE_RESIDENT)
            return page;
        request->joined = true;
        *status = 0;
        page_wait(page, request->waiter);
        return NULL;
    }
    *status = waiter_take_error(request->waiter);
    if (index >= file_pages(file)) {
        *status = 0; /* what the waiter was told is of a change of size, not of a read */
        if (!request->extend)
            *status = -ENXIO;
        else if (file->shrinking)
            wait_queue_add(&file->size_change, request->waiter);
        if (!request->extend || file->shrinking)
            return NULL;
    }
    if (*status < 0)
        return NULL;

    int32_t error = 0;
    page = page_allocate(request->group, request->waiter, &error);
    if (page == NULL) {
        *status = error;
        return NULL;
    }
    if (request->overwrite || index << PAGE_SHIFT >= file->size_on_disk) {
        *status = 1;
        if (make_zero_page(file, index, page, request) != NULL)
            return page;
    } else if (begin_read(file, index, page, &request->info, false)) {
        *status = 0;
        request->read_begun = true;
        page_wait(page, request->waiter);
        uint64_t ahead = group_option(request->group, GROUP_READ_AHEAD);
        if (ahead != 0 && request->info.advice != ADVICE_RANDOM)
            file_read_ahead(file, index + 1, request->ahead_last, ahead, request);
        return NULL;
    }
    page_abort(page, -ENOMEM);
    *status = -ENOMEM;
    return NULL;
}

struct page *file_page_get(struct file_object *file, uint64_t index, struct group *group,
                           bool extend, bool write, bool overwrite_all, uint32_t region,
                           struct waiter *waiter, int32_t *status)
{
    struct file_page_request request = {
        .group = group,
        .waiter = waiter,
        .info = {.region = region, .write = write},
        .ahead_last = UINT64_MAX,
        .extend = extend,
        .overwrite = overwrite_all,
    };
    bool cached = file_page_lookup(file, index) != NULL;
    struct page *page = file_page_find(file, index, &request, status);
    if (page == NULL)
        return NULL;
    waiter->result = 0; /* an earlier error was not this page's */
    if (cached)
        page_reference(page, POLICY_IO);
    page_pin(page);
    return page;
}

void file_page_dirty(struct page *page)
{
    struct file_object *file = page->owner.file;
    if (page->flags & PAGE_IS_DIRTY)
        return;
    page->flags |= PAGE_IS_DIRTY;
    file->dirty++;
    radix_tag(&file->page_index, page->index);
    writeback_note_dirty();
}

void file_page_clean(struct page *page)
{
    struct file_object *file = page->owner.file;
    if (!(page->flags & PAGE_IS_DIRTY))
        return;
    page->flags &= (uint8_t)~PAGE_IS_DIRTY;
    file->dirty--;
    radix_untag(&file->page_index, page->index);
}

struct page *file_page_next(struct file_object *file, uint64_t *index, uint64_t last)
{
    for (;; ++*index) {
        void *entry = radix_next(&file->page_index, index, last);
        if (entry == NULL)
            return NULL;
        if (index_page(entry) != NULL)
            return index_page(entry);
    }
}

struct page *file_page_next_dirty(struct file_object *file, uint64_t *index, uint64_t last)
{
    return index_page(radix_next_tagged(&file->page_index, index, last));
}

void file_grow(struct file_object *file, uint64_t size)
{
    if (size <= file->size)
        return;
    /* A mapping may have scribbled past the end in the last page; that must not become part of the file. */
    struct page *tail = file_page_lookup(file, file->size >> PAGE_SHIFT);
    if (tail != NULL && tail->state == PAGE_STATE_RESIDENT)
        page_zero_from(tail, file->size & ~PAGE_MASK);
    file->size = size;
}

/* ---- what eviction asks of an owner (memory.h) */

void file_evicted(struct page *page, uint32_t cookie, uint64_t eviction_clock)
{
    struct file_object *file = page->owner.file;
    uint64_t word =
        (uint64_t)cookie << 32 | (eviction_clock & EVICTION_CLOCK_MASK) << 1 | INDEX_EVICTED;

    assert(!(page->flags & PAGE_IS_DIRTY));
    radix_replace(&file->page_index, page->index, (void *)(uintptr_t)word);
    file->resident--;
    file_object_check(file);
}

uint64_t page_identity(const struct page *page, uint64_t *index, enum policy_kind *kind)
{
    *index = page->index;
    if (page->flags & PAGE_IS_FILE) {
        *kind = page->flags & PAGE_IS_TEXT ? POLICY_TEXT : POLICY_SHARED_FILE;
        return page->owner.file->inode;
    }
    const struct anonymous *anonymous = page->owner.anonymous;
    *kind = anonymous->object & ANONYMOUS_OF_FILE ? POLICY_PRIVATE_FILE : POLICY_ANONYMOUS;
    return 1ull << 32 | (anonymous->object & ~ANONYMOUS_OF_FILE);
}
