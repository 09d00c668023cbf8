/*
 * File objects: found by inode number, made at the first lookup, gone when nothing needs them.
 *
 * An object is kept by its references, its cached pages and the requests to the fs-server that
 * name it. It gives back its references at the fs-server as its last act, so that the inode
 * number means the same file as long as anything here says so.
 */
#include "file_object.h"
#include "file_page.h"
#include <assert.h>
#include <quire/errno.h>
#include <stddef.h>

static struct slab object_slab = SLAB_INITIALIZER(struct file_object);
static struct radix_tree objects; /* by inode number */
static struct file_object *all;

/* Carries an fs reference back when there is no memory for an object; several lookups can fail before
   the first such request is done. */
#define RELEASES_WITHOUT_OBJECT 32
static struct fs_call releases[RELEASES_WITHOUT_OBJECT];

struct file_object *file_object_first(void)
{
    return all;
}

struct file_object *file_object_of_inode(uint32_t inode)
{
    return radix_find(&objects, inode);
}

void file_object_statistics(uint64_t *count)
{
    *count = object_slab.in_use;
}

static void release_done(struct fs_call *call)
{
    call->request.operation = 0;
}

static void release_without_object(uint32_t inode)
{
    for (unsigned i = 0; i < RELEASES_WITHOUT_OBJECT; i++) {
        if (releases[i].request.operation != 0)
            continue;
        releases[i].request =
            (struct fs_request){.operation = FS_RELEASE, .inode = inode, .count = 1};
        releases[i].done = release_done;
        fs_submit(&releases[i]);
        return;
    }
    /* All on their way: the fs-server keeps the inode in its table until shutdown, which is harmless. */
}

static struct file_object *create(const struct fs_completion *attributes)
{
    struct file_object *file = slab_allocate(&object_slab);
    if (file == NULL)
        return NULL;
    void **slot = radix_slot(&objects, attributes->inode);
    if (slot == NULL) {
        slab_free(&object_slab, file);
        return NULL;
    }
    *slot = file;
    file->inode = attributes->inode;
    file->size = file->size_on_disk = attributes->size;
    file->all_next = all;
    if (all != NULL)
        all->all_previous = file;
    all = file;
    return file;
}

struct file_object *file_object_get(const struct fs_completion *attributes)
{
    struct file_object *file = file_object_of_inode(attributes->inode);
    if (file == NULL)
        file = create(attributes);
    if (file == NULL) {
        release_without_object(attributes->inode);
        return NULL;
    }
    file->references++;
    file->fs_references++;
    file->mode = attributes->mode;
    file->links = attributes->links;
    file->modified_seconds = attributes->modified_seconds;
    return file;
}

void file_object_hold(struct file_object *file)
{
    assert(file->references < UINT32_MAX);
    file->references++;
}

static void released(struct fs_call *call)
{
    slab_free(&object_slab, call->context);
}

static void destroy(struct file_object *file)
{
    uint64_t index = 0;

    radix_remove(&objects, file->inode);
    while (radix_next(&file->page_index, &index, UINT64_MAX) != NULL)
        radix_remove(&file->page_index, index++); /* remembered evictions */
    if (file->all_previous != NULL)
        file->all_previous->all_next = file->all_next;
    else
        all = file->all_next;
    if (file->all_next != NULL)
        file->all_next->all_previous = file->all_previous;

    file->release.request = (struct fs_request){
        .operation = FS_RELEASE, .inode = file->inode, .count = file->fs_references};
    file->release.context = file;
    file->release.done = released;
    fs_submit(&file->release);
}

/* Nobody can ever read the pages of a file without name or user: they go unwritten. */
static void discard_pages(struct file_object *file)
{
    struct page *page;
    for (uint64_t index = 0; (page = file_page_next(file, &index, UINT64_MAX)) != NULL; index++)
        if (page->state == PAGE_STATE_RESIDENT && page->pins == 0)
            file_page_remove(page, POLICY_ABANDONED);
}

void file_object_check(struct file_object *file)
{
    if (file->references != 0)
        return;
    if (file->links == 0 && file->resident != 0)
        discard_pages(file);
    if (file->resident == 0 && file->in_flight == 0)
        destroy(file);
}

void file_object_drop(struct file_object *file)
{
    assert(file->references > 0);
    file->references--;
    file_object_check(file);
}

void file_object_links_changed(uint32_t inode, uint32_t links)
{
    struct file_object *file = file_object_of_inode(inode);
    if (file == NULL)
        return;
    file->links = links;
    file_object_check(file);
}

static bool is_unused(const struct page *page)
{
    return page->state == PAGE_STATE_RESIDENT && page->pins == 0 && mapping_count(page) == 0 &&
           !(page->flags & (PAGE_IS_DIRTY | PAGE_WRITING));
}

void file_cache_drop(struct waiter *waiter)
{
    struct file_object *next;
    for (struct file_object *file = all; file != NULL; file = next) {
        struct page *page;
        file_object_hold(file); /* it stays until its last page is looked at */
        for (uint64_t index = 0; (page = file_page_next(file, &index, UINT64_MAX)) != NULL; index++)
            if (is_unused(page))
                file_page_remove(page, POLICY_ABANDONED);
        next = file->all_next;
        file_object_drop(file);
    }
    if (waiter != NULL)
        run_queue_add(waiter, 0);
}
