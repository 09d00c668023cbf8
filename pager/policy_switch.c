/*
 * Live change of policy: the pages of a group go from one instance to another.
 *
 *      freeze   writes in flight for eviction are no longer that (RESCUED)
 *      export   the old instance's order, coldest first, into a list of frames
 *      drain    remove(ABANDONED) for each from the old, fini
 *      adopt    insert(ADOPT, rank) for each into the new
 *
 * Both instances link pages through the same two pointers, so the order has to be written
 * down between drain and adopt: in wired frames, chained, four bytes a page.
 */
#include "accessed.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "policy_core.h"
#include "policy_memory.h"
#include "trace.h"

#include <assert.h>
#include <quire/errno.h>

#define FRAMES_A_CHUNK ((PAGE_SIZE - 16) / 4)

struct frame_list {
    struct frame_list *next;
    uint64_t count;
    uint32_t frames[FRAMES_A_CHUNK];
};

static void free_list(struct frame_list *list)
{
    while (list != NULL) {
        struct frame_list *next = list->next;
        frames_free_wired((uint64_t)((uint8_t *)list - (uint8_t *)window(0)), 1);
        list = next;
    }
}

/* Enough chunks for `count` pages; NULL: no memory. */
static struct frame_list *allocate_list(uint64_t count)
{
    struct frame_list *list = NULL;
    for (uint64_t room = 0; room < count + 1; room += FRAMES_A_CHUNK) {
        uint64_t physical = frames_allocate_wired(1, PAGE_SIZE);
        if (physical == 0) {
            free_list(list);
            return NULL;
        }
        struct frame_list *chunk = window(physical);
        chunk->next = list;
        list = chunk;
    }
    return list;
}

/* Each page once: PAGE_NAMED marks those that are in the list. */
static struct frame_list *append(struct frame_list *chunk, struct page *page)
{
    if (page->flags & PAGE_NAMED)
        return chunk;
    page->flags |= PAGE_NAMED;
    if (chunk->count == FRAMES_A_CHUNK)
        chunk = chunk->next;
    chunk->frames[chunk->count++] = (uint32_t)page_frame(page);
    return chunk;
}

/* A policy may export anything. */
static bool exportable(const struct group *group, const struct page *page)
{
    return page_pointer_valid(page) && page->state == PAGE_STATE_RESIDENT &&
           page->group == group->id;
}

static void collect(struct group *group, struct frame_list *chunk)
{
    struct page *out[POLICY_EXPORT_MAX];
    uint64_t cursor = 0;
    uint64_t left = group->counters.resident; /* a broken export may never end */
    while (group->policy.ops->export != NULL && left > 0) {
        size_t count = policy_export(group, &cursor, out);
        if (count == 0)
            break;
        for (size_t i = 0; i < count; i++) {
            if (exportable(group, out[i]))
                chunk = append(chunk, out[i]);
        }
        left -= count < left ? count : left;
    }
    /* What it did not name follows in frame order. */
    for (struct page *page = group_next_page(group, 0); page != NULL;
         page = group_next_page(group, page_frame(page) + 1)) {
        if (page->state == PAGE_STATE_RESIDENT)
            chunk = append(chunk, page);
    }
}

static void freeze(struct group *group)
{
    for (struct page *page = group_next_page(group, 0); page != NULL;
         page = group_next_page(group, page_frame(page) + 1)) {
        if (page->flags & PAGE_EVICT_AFTER)
            page_touched(page);
    }
}

/* Takes every page in the list from the policy of `group`. */
static void drain(struct group *group, const struct frame_list *list, enum policy_remove_why why)
{
    for (; list != NULL; list = list->next) {
        for (uint64_t i = 0; i < list->count; i++) {
            struct page *page = &PAGES[list->frames[i]];
            page->flags &= (uint8_t)~PAGE_NAMED;
            policy_remove(group, page, why);
        }
    }
}

static void adopt(struct group *group, const struct frame_list *list)
{
    struct policy_insert_info info = {0};
    for (; list != NULL; list = list->next) {
        for (uint64_t i = 0; i < list->count; i++) {
            struct page *page = &PAGES[list->frames[i]];
            policy_insert(group, page, POLICY_ADOPT, &info);
            info.rank++;
        }
    }
}

static void record_switch(const struct group *group, const struct policy_request *request,
                          const struct policy *next)
{
    char text[POLICY_TEXT_BYTES];
    const uint64_t fields[] = {next->capacity, next->seed};
    trace_write_text(group, TRACE_SWITCH, fields, 2, text,
                     policy_request_text(request, text, sizeof text));
}

int32_t policy_switch(struct group *group, const struct policy_request *request)
{
    struct frame_list *list = allocate_list(group->counters.resident);
    if (list == NULL)
        return -ENOMEM;
    struct policy next;
    int32_t error = policy_create(group, request, &next);
    if (error != 0) {
        free_list(list);
        return error;
    }
    freeze(group);
    collect(group, list);
    if (trace_on)
        record_switch(group, request, &next);
    drain(group, list, POLICY_ABANDONED);
    policy_destroy(group, &group->policy);
    uint64_t now = group->policy.virtual_time;
    group->policy = next;
    group->policy.virtual_time = now;
    TRACE(group, TRACE_SWITCHED);
    adopt(group, list);
    group->policy.virtual_time = now; /* a change of policy is no passage of time */
    TRACE(group, TRACE_SWITCH_DONE);
    free_list(list);
    return 0;
}

/*
 * Needs no memory: the pages go over one at a time, in frame order, because a group that ends
 * must be able to end.
 */
void policy_move_pages(struct group *from, struct group *to)
{
    freeze(from);
    struct policy_insert_info info = {0};
    for (struct page *page = group_next_page(from, 0); page != NULL;
         page = group_next_page(from, page_frame(page) + 1)) {
        from->counters.resident--;
        to->counters.resident++;
        if (page->state == PAGE_STATE_READING) {
            from->reading--;
            to->reading++;
        } else if (page->state == PAGE_STATE_RESIDENT) {
            policy_remove(from, page, POLICY_MOVED);
            page->flags &= (uint8_t)~PAGE_NEW;
        }
        page->group = to->id;
        if (page->state == PAGE_STATE_RESIDENT) {
            policy_insert(to, page, POLICY_ADOPT, &info);
            info.rank++;
        }
    }
}
