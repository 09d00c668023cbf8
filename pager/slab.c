/*
 * Slabs: metadata objects of one size, as many to a frame as fit.
 *
 * A frame's bookkeeping is in its page descriptor, so that the frame holds objects only:
 *
 *      next_frame, previous_frame   the slab's list of frames with room
 *      slab_room                    free list (byte offset / 8, 0xffff: empty) | bytes ever used << 16
 *      slab_objects                 objects in use
 *      owner.slab                   the slab
 *
 * A frame whose last object goes is given back at once: after a program's end the counters
 * are exactly as before it.
 */
#include "frame_pool.h"

#include <assert.h>
#include <string.h>

#define NO_OBJECT 0xffffu
#define SMALL_OBJECT_BYTES 64u

static uint32_t first_free(const struct page *page)
{
    return page->slab_room & 0xffff;
}

static uint32_t bytes_used(const struct page *page)
{
    return page->slab_room >> 16;
}

static void set_room(struct page *page, uint32_t free_offset, uint32_t used_bytes)
{
    page->slab_room = free_offset | used_bytes << 16;
}

static uint32_t rounded_bytes(const struct slab *slab)
{
    return (slab->object_bytes + 15) & ~15u;
}

static bool has_room(const struct slab *slab, const struct page *page)
{
    return first_free(page) != NO_OBJECT || bytes_used(page) + rounded_bytes(slab) <= PAGE_SIZE;
}

static SLOW_PATH struct page *new_frame(struct slab *slab)
{
    struct page *page = pool_take();
    if (page == NULL)
        return NULL;
    page_set_state(page, PAGE_STATE_WIRED);
    page->owner.slab = slab;
    page->slab_objects = 0;
    set_room(page, NO_OBJECT, 0);
    page_list_push_front(&slab->partial, page);
    return page;
}

void *slab_allocate(struct slab *slab)
{
    struct page *page = slab->partial.front;
    if (page == NULL && (page = new_frame(slab)) == NULL)
        return NULL;
    uint32_t bytes = rounded_bytes(slab), offset = first_free(page), used = bytes_used(page);
    uint8_t *contents = page_contents(page);
    uint64_t *object;
    uint32_t next = NO_OBJECT;
    if (offset != NO_OBJECT) {
        object = (uint64_t *)(void *)(contents + offset * 8);
        next = *(uint16_t *)object;
    } else {
        object = (uint64_t *)(void *)(contents + used);
        used += bytes;
    }
    set_room(page, next, used);
    page->slab_objects++;
    slab->in_use++;
    if (next == NO_OBJECT && used + bytes > PAGE_SIZE)
        page_list_remove(&slab->partial, page);
    /* Small objects: a call of memset costs more than their words. */
    if (bytes > SMALL_OBJECT_BYTES)
        return memset(object, 0, bytes);
    for (uint64_t *word = object, *end = object + bytes / sizeof *word; word < end; word += 2)
        word[0] = word[1] = 0;
    return object;
}

void slab_free(struct slab *slab, void *object)
{
    uint64_t offset = (uint64_t)((uint8_t *)object - (uint8_t *)window(0));
    struct page *page = page_of_physical(offset & PAGE_MASK);
    assert(page->state == PAGE_STATE_WIRED && page->owner.slab == slab);
    bool was_full = !has_room(slab, page);

    *(uint16_t *)object = (uint16_t)first_free(page);
    set_room(page, (uint32_t)(offset & ~PAGE_MASK) / 8, bytes_used(page));
    slab->in_use--;
    if (--page->slab_objects == 0) {
        if (!was_full)
            page_list_remove(&slab->partial, page);
        pool_put(page);
    } else if (was_full) {
        page_list_push_front(&slab->partial, page);
    }
}
