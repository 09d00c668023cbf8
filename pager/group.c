/*
 * Paging groups: making them, their budgets, finding their pages. See group.h.
 */
#include "group.h"
#include "accessed.h"
#include "eviction.h"
#include "frame_pool.h"
#include "operation_batch.h"
#include "services.h"
#include "trace.h"

#include <assert.h>
#include <quire/errno.h>
#include <quire/format.h>
#include <quire/pager_protocol.h>
#include <string.h>

struct slab group_slab = SLAB_INITIALIZER(struct group);
struct group *root_group;
struct group **group_directory[GROUP_DIRECTORY_SLOTS];

#define GROUPS_MAX (GROUP_DIRECTORY_SLOTS * GROUPS_A_FRAME)
/* Room that background eviction keeps below a group's limit, so that a fault rarely waits. */
#define SOFT_MARGIN_MAX 32
#define SOFT_MARGIN_SHIFT 4
/* Fewer frames than one instruction may touch (its own page, two operands, each across a page end)
   and a program makes no progress. */
#define LIMIT_MIN 8

/* ---------------------------------------------------------------- the directory */

static struct group **directory_slot(uint32_t id, bool make)
{
    if (id >= GROUPS_MAX)
        return NULL;
    struct group ***part = &group_directory[id / GROUPS_A_FRAME];
    if (*part == NULL && make) {
        uint64_t physical = frames_allocate_wired(1, PAGE_SIZE);
        if (physical != 0)
            *part = window(physical);
    }
    return *part != NULL ? &(*part)[id % GROUPS_A_FRAME] : NULL;
}

struct group *group_by_id(uint32_t id)
{
    struct group **slot = directory_slot(id, false);
    return slot != NULL ? *slot : NULL;
}

/* The lowest free one: ids of groups that ended are used again, no page names them any more. */
static struct group **free_slot(uint32_t *id)
{
    for (*id = 0; *id < GROUPS_MAX; ++*id) {
        struct group **slot = directory_slot(*id, true);
        if (slot == NULL || *slot == NULL)
            return slot;
    }
    return NULL;
}

/* ---------------------------------------------------------------- budgets */

static void set_budget(struct group *group, uint64_t minimum, uint64_t limit)
{
    if (limit == 0)
        limit = UINT64_MAX;
    else if (limit < LIMIT_MIN)
        limit = LIMIT_MIN;
    uint64_t margin = limit >> SOFT_MARGIN_SHIFT;
    if (margin > SOFT_MARGIN_MAX)
        margin = SOFT_MARGIN_MAX;
    group->counters.minimum = minimum;
    group->counters.limit = limit;
    /* Half the margin apart, so that eviction works in batches. No margin: only on demand. */
    group->evict_to = limit - margin;
    group->evict_above = margin < 2 ? UINT64_MAX : limit - margin / 2;
    group->new_threshold = accessed_threshold(limit);
}

int32_t group_set_limit(struct group *group, uint64_t minimum, uint64_t limit)
{
    if (limit != 0 && minimum > limit)
        return -EINVAL;
    set_budget(group, minimum, limit);
    policy_resize(group);
    group->background = background_needed = true;
    frame_waiters_stir();
    return 0;
}

/* ---------------------------------------------------------------- beginning and end */

static void set_policy_name(struct group *group)
{
    format_string(group->counters.policy, sizeof group->counters.policy, "%s",
                  group->policy.ops->name);
    group->counters.policy_in_task = group->policy.task != NULL;
}

static void record_create(const struct group *group, const struct policy_request *request)
{
    char text[POLICY_TEXT_BYTES];
    uint64_t limit = group->counters.limit;
    const uint64_t fields[] = {group->id,
                               group->counters.minimum,
                               limit == UINT64_MAX ? 0 : limit,
                               group->policy.capacity,
                               group->policy.seed,
                               group->policy.virtual_time};
    trace_write_text(group, TRACE_GROUP_CREATE, fields, sizeof fields / sizeof *fields, text,
                     policy_request_text(request, text, sizeof text));
}

struct group *group_create(uint64_t minimum, uint64_t limit, const char *policy, int32_t *error)
{
    struct policy_request request;
    if (policy == NULL)
        policy = policy_table[0]->name;
    if (limit != 0 && minimum > limit) {
        *error = -EINVAL;
        return NULL;
    }
    *error = policy_parse(policy, strlen(policy), &request);
    if (*error != 0)
        return NULL;
    if (root_group == NULL)
        request.in_task = false; /* not yet: policy_task_boot() */
    uint32_t id;
    struct group **slot = free_slot(&id);
    struct group *group = slot != NULL ? slab_allocate(&group_slab) : NULL;
    if (group == NULL) {
        *error = -ENOMEM;
        return NULL;
    }
    group->id = (uint16_t)id;
    group->counters.group = id;
    set_budget(group, minimum, limit);
    *error = policy_create(group, &request, &group->policy);
    if (*error != 0) {
        slab_free(&group_slab, group);
        return NULL;
    }
    set_policy_name(group);
    group_set_option(group, GROUP_READ_AHEAD, option_number("read-ahead", 0));
    group_set_option(group, GROUP_FAULT_AROUND, option_number("fault-around", 0));
    *slot = group;
    if (trace_on)
        record_create(group, &request);
    if (root_group == NULL) {
        root_group = group;
    } else {
        group->next = root_group->next;
        root_group->next = group;
    }
    return group;
}

int32_t group_destroy(struct group *group)
{
    if (group == root_group)
        return -EINVAL;
    if (group->counters.processes != 0 || group->waiting != 0)
        return -EBUSY;
    policy_move_pages(group, root_group);
    assert(group->counters.resident == 0 && group->leaving == 0);
    if (trace_on)
        trace_group_counts(group);
    policy_destroy(group, &group->policy);
    trace_group_ended(group);
    struct group *previous = root_group;
    while (previous->next != group)
        previous = previous->next;
    previous->next = group->next;
    *directory_slot(group->id, false) = NULL;
    slab_free(&group_slab, group);
    background_needed = true;
    return 0;
}

void group_boot(void)
{
    int32_t error;
    root_group = NULL;
    group_slab = (struct slab)SLAB_INITIALIZER(struct group);
    memset(group_directory, 0, sizeof group_directory);
    const char *name = option_text("policy");
    if (name != NULL && group_create(0, 0, name, &error) != NULL)
        return;
    if (name != NULL)
        console_message("unknown policy '%s': %s is used", name, policy_table[0]->name);
    struct group *group = group_create(0, 0, NULL, &error);
    assert(group != NULL);
}

/* ---------------------------------------------------------------- what others ask */

uint32_t group_id(const struct group *group)
{
    return group->id;
}

uint64_t group_eviction_clock(const struct group *group)
{
    return group->eviction_clock;
}

int32_t group_set_policy(struct group *group, const char *text, size_t length)
{
    struct policy_request request;
    if (policy_text_is_parameters(text, length))
        return policy_parameters(group, text, length);
    int32_t error = policy_parse(text, length, &request);
    if (error == 0)
        error = policy_switch(group, &request);
    if (error == 0)
        set_policy_name(group);
    return error;
}

int32_t group_set_option(struct group *group, uint32_t option, uint64_t value)
{
    switch (option) {
    case GROUP_READ_AHEAD: group->counters.read_ahead = value; return 0;
    case GROUP_FAULT_AROUND:
        if (value > FAULT_AROUND_MAX)
            value = FAULT_AROUND_MAX;
        /* Aligned windows: a power of two. */
        while ((value & (value - 1)) != 0)
            value &= value - 1;
        group->counters.fault_around = value;
        return 0;
    default: return -EINVAL;
    }
}

uint64_t group_option(const struct group *group, enum group_option option)
{
    return option == GROUP_READ_AHEAD ? group->counters.read_ahead : group->counters.fault_around;
}

void group_add_space(struct group *group)
{
    group->counters.processes++;
}

void group_remove_space(struct group *group)
{
    group->counters.processes--;
}

struct group_statistics *group_counters(struct group *group)
{
    group->counters.virtual_time = group->policy.virtual_time;
    return &group->counters;
}

struct page *group_next_page(const struct group *group, uint64_t frame)
{
    for (;;) {
        struct page *page = page_array_next(frame);
        if (page == NULL)
            return NULL;
        /* Looking at each descriptor once: neighbours need no new search for their range. */
        bool charged = page->state == PAGE_STATE_RESIDENT || page->state == PAGE_STATE_READING ||
                       page->state == PAGE_STATE_DRAINING;
        if (charged && page->group == group->id)
            return page;
        frame = page_frame(page) + 1;
    }
}
