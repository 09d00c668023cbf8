/*
 * Anonymous entries and maps: their life, their pages, their swap slots.
 *
 * Invariants: an entry's references are the maps that name it. Its page, while there is one, has the
 * entry as owner. When the last map goes, so does the entry, at any time: a read or write of its page in
 * flight ends without it, and frame and slot find no new owner before that (memory.h).
 */
#include "anonymous.h"
#include "memory.h"
#include <assert.h>
#include <quire/errno.h>

static struct slab entry_slab = SLAB_INITIALIZER(struct anonymous);
static struct slab map_slab = SLAB_INITIALIZER(struct anonymous_map);
static uint32_t last_map_id;

uint64_t anonymous_entry_count(void)
{
    return entry_slab.in_use;
}

static void entry_free(struct anonymous *anonymous)
{
    if (anonymous->slot != 0)
        swap_slot_free(anonymous->slot);
    slab_free(&entry_slab, anonymous);
}

/* One map fewer names the entry; the last one takes its page and slot along. */
static void entry_drop(struct anonymous *anonymous, enum policy_remove_why why)
{
    if (--anonymous->references > 0)
        return;
    struct page *page = anonymous_page(anonymous);
    if (page != NULL && page->state == PAGE_STATE_READING) {
        page->owner.anonymous = NULL; /* read_done() sees that nobody wants it any more */
    } else if (page != NULL) {
        page_release(page, why);
    }
    entry_free(anonymous);
}

struct anonymous_map *anonymous_map_create(void)
{
    struct anonymous_map *map = slab_allocate(&map_slab);
    if (map == NULL)
        return NULL;
    map->references = 1;
    last_map_id = (last_map_id + 1) & ~ANONYMOUS_OF_FILE;
    map->id = last_map_id;
    return map;
}

void anonymous_map_drop(struct anonymous_map *map, enum policy_remove_why why)
{
    if (--map->references > 0)
        return;
    anonymous_remove_range(map, 0, UINT64_MAX, why);
    slab_free(&map_slab, map);
}

struct anonymous *anonymous_add(struct anonymous_map *map, uint64_t index, uint32_t object_flags)
{
    struct anonymous *anonymous = slab_allocate(&entry_slab);
    if (anonymous == NULL)
        return NULL;
    void **slot = radix_slot(&map->entries, index);
    if (slot == NULL) {
        slab_free(&entry_slab, anonymous);
        return NULL;
    }
    if (*slot != NULL)
        entry_drop(*slot, POLICY_UNMAPPED);
    else
        map->count++;
    *slot = anonymous;
    anonymous->references = 1;
    anonymous->object = map->id | object_flags;
    return anonymous;
}

struct removal {
    struct anonymous_map *map;
    enum policy_remove_why why;
};

static void remove_entry(void *entry, void *context)
{
    const struct removal *removal = context;
    entry_drop(entry, removal->why);
    removal->map->count--;
}

void anonymous_remove_range(struct anonymous_map *map, uint64_t first, uint64_t last,
                            enum policy_remove_why why)
{
    struct removal removal = {map, why};
    radix_remove_range(&map->entries, first, last, remove_entry, &removal);
}

static void share_entry(void *entry, void *context)
{
    struct anonymous *anonymous = entry;
    struct anonymous_map *to = context;
    anonymous->references++;
    to->count++;
}

int32_t anonymous_share_range(struct anonymous_map *from, uint64_t first, uint64_t last,
                              struct anonymous_map *to)
{
    return radix_copy_range(&from->entries, first, last, &to->entries, share_entry, to) ? 0
                                                                                        : -ENOMEM;
}

void anonymous_attach(struct anonymous *anonymous, struct page *page, uint64_t index)
{
    page->owner.anonymous = anonymous;
    page->index = (uint32_t)index;
    anonymous->frame = (uint32_t)page_frame(page);
}

enum policy_insert_why anonymous_insert_info(const struct anonymous *anonymous,
                                             const struct page *page,
                                             struct policy_insert_info *info)
{
    if (anonymous->evicted_at == 0)
        return POLICY_DEMAND;
    uint64_t now = group_eviction_clock(group_by_id(page->group));
    info->cookie = anonymous->cookie;
    info->refault_distance = (uint32_t)(now - anonymous->evicted_at);
    return POLICY_REFAULT;
}

static void read_done(struct page *page, int32_t result)
{
    struct anonymous *anonymous = page->owner.anonymous;

    if (anonymous == NULL && result == 0)
        result = -ENOENT;
    if (result != 0) {
        if (anonymous != NULL)
            anonymous->frame = 0;
        page_abort(page, result);
        return;
    }
    struct policy_insert_info info = page_take_insert_info(page);
    enum policy_insert_why why = anonymous_insert_info(anonymous, page, &info);
    page_insert(page, page->flags & PAGE_READAHEAD ? POLICY_READAHEAD : why, &info);
}

int32_t anonymous_read(struct anonymous *anonymous, struct page *page, uint64_t index,
                       const struct policy_insert_info *info, bool ahead)
{
    if (page_io_begin(page) == NULL)
        return -ENOMEM;
    anonymous_attach(anonymous, page, index);
    if (ahead)
        page->flags |= PAGE_READAHEAD;
    page_keep_insert_info(page, info);
    swap_read(anonymous->slot, page, read_done);
    return 0;
}

/* ---- what eviction asks of an owner (memory.h) */

void anonymous_evicted(struct page *page, uint32_t cookie, uint64_t virtual_time)
{
    struct anonymous *anonymous = page->owner.anonymous;

    assert(anonymous->frame == page_frame(page));
    anonymous->frame = 0;
    anonymous->cookie = cookie;
    anonymous->evicted_at = (uint32_t)virtual_time != 0 ? (uint32_t)virtual_time : 1;
}

uint32_t anonymous_slot(const struct page *page)
{
    return page->owner.anonymous->slot;
}

void anonymous_set_slot(struct page *page, uint32_t slot)
{
    page->owner.anonymous->slot = slot;
}
