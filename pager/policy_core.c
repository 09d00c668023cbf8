/*
 * The hooks of policies, and what policies may ask. See policy_core.h and policy/policy.h.
 *
 * Every call of a hook is counted, timed, guarded (containment.h) and recorded (trace.h) here,
 * and the rules of the caller are kept here: hooks do not nest, virtual time advances by one for
 * each insert and each reference.
 */
#include "policy_core.h"
#include "accessed.h"
#include "containment.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "policy_memory.h"
#include "trace.h"

#include <string.h>

/* ---------------------------------------------------------------- hooks */

static void record_insert(const struct group *group, const struct page *page,
                          enum policy_insert_why why, const struct policy_insert_info *info)
{
    uint64_t index;
    enum policy_kind kind;
    uint64_t object = page_identity(page, &index, &kind);
    TRACE(group, TRACE_INSERT, page_frame(page), why, object, index, kind | page->advice << 8,
          info->write, info->region, info->refault_distance, info->cookie, info->rank);
}

/* Room for one more event, with page and virtual time filled in. */
static inline struct policy_event *note_event(struct group *group, struct page *page)
{
    if (group->event_count == EVENTS_MAX)
        policy_events_deliver(group);
    struct policy_event *event = &group->events[group->event_count++];
    event->page = page;
    event->virtual_time = group->policy.virtual_time;
    return event;
}

void policy_insert(struct group *group, struct page *page, enum policy_insert_why why,
                   const struct policy_insert_info *info)
{
    static const struct policy_insert_info nothing;
    if (info == NULL)
        info = &nothing;
    group->policy.virtual_time++;
    group->in_policy++;
    group->inserts += why != POLICY_ADOPT;
    struct policy_event *event = note_event(group, page);
    event->is_insert = true;
    event->why = (uint8_t)why;
    event->info = *info;
    if (trace_on) {
        record_insert(group, page, why, info);
        policy_events_deliver(group);
    }
}

uint32_t policy_remove(struct group *group, struct page *page, enum policy_remove_why why)
{
    uint64_t cookie = 0;
    group->in_policy--;
    TRACE(group, TRACE_REMOVE, page_frame(page), why);
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)&group->policy,
                                                (uintptr_t)page_policy(page), why};
    if (!hook_run(group, &group->policy, HOOK_REMOVE, arguments, &cookie))
        return 0;
    if ((uint32_t)cookie != 0)
        TRACE(group, TRACE_COOKIE, (uint32_t)cookie);
    return (uint32_t)cookie;
}

void policy_reference(struct group *group, struct page *page, enum policy_channel channel)
{
    group->policy.virtual_time++;
    group->counters.references++;
    TRACE(group, TRACE_REFERENCE, page_frame(page), channel);
    if (group->policy.ops->reference == NULL)
        return;
    struct policy_event *event = note_event(group, page);
    event->is_insert = false;
    event->why = (uint8_t)channel;
    if (trace_on)
        policy_events_deliver(group);
}

void policy_outcome(struct group *group, struct page *page, enum policy_outcome what)
{
    TRACE(group, TRACE_OUTCOME, page_frame(page), what);
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)&group->policy,
                                                (uintptr_t)page_policy(page), what};
    if (group->policy.ops->outcome != NULL)
        hook_run(group, &group->policy, HOOK_OUTCOME, arguments, NULL);
}

static void record_named(const struct group *group, struct page *const *pages, size_t count)
{
    uint64_t fields[1 + POLICY_VICTIMS_MAX] = {count};
    for (size_t i = 0; i < count; i++)
        fields[1 + i] = page_pointer_valid(pages[i]) ? page_frame(pages[i]) : TRACE_NO_FRAME;
    trace_write(group, TRACE_NAMED, fields, 1 + count);
}

static size_t named_pages(struct group *group, enum hook hook, size_t want, struct page **out)
{
    uint64_t count = 0;
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)&group->policy, want,
                                                (uintptr_t)POLICY_DESK->pages};
    if (trace_on) {
        trace_clock();
        TRACE(group, hook == HOOK_CLEAN ? TRACE_CLEAN : TRACE_VICTIMS, want);
    }
    bool whole = hook_run(group, &group->policy, hook, arguments, &count);
    accessed_post_clears();
    if (!whole)
        return 0;
    if (count > want)
        count = want;
    for (size_t i = 0; i < count; i++)
        out[i] = page_of_policy(POLICY_DESK->pages[i]);
    if (trace_on)
        record_named(group, out, count);
    return count;
}

size_t policy_victims(struct group *group, size_t want, struct page **out)
{
    return named_pages(group, HOOK_VICTIMS, want, out);
}

size_t policy_clean(struct group *group, size_t want, struct page **out)
{
    return group->policy.ops->clean != NULL ? named_pages(group, HOOK_CLEAN, want, out) : 0;
}

void policy_tick(struct group *group, size_t budget)
{
    if (group->policy.ops->tick == NULL)
        return;
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)&group->policy, budget};
    if (trace_on) {
        trace_clock();
        TRACE(group, TRACE_TICK, budget);
    }
    hook_run(group, &group->policy, HOOK_TICK, arguments, NULL);
    accessed_post_clears();
}

static void record_offsets(const struct group *group, const int64_t *offsets, size_t count)
{
    uint64_t fields[1 + POLICY_VICTIMS_MAX] = {count};
    for (size_t i = 0; i < count && i < POLICY_VICTIMS_MAX; i++)
        fields[1 + i] = trace_zigzag(offsets[i]);
    trace_write(group, TRACE_OFFSETS, fields,
                1 + (count < POLICY_VICTIMS_MAX ? count : POLICY_VICTIMS_MAX));
}

size_t group_prefetch(struct group *group, struct page *page, int64_t *index_offsets, size_t max)
{
    if (group->policy.ops->prefetch == NULL)
        return 0;
    uint64_t count = 0;
    if (max > POLICY_VICTIMS_MAX)
        max = POLICY_VICTIMS_MAX;
    TRACE(group, TRACE_PREFETCH, page_frame(page), max);
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)&group->policy,
                                                (uintptr_t)page_policy(page),
                                                (uintptr_t)POLICY_DESK->index_offsets, max};
    if (!hook_run(group, &group->policy, HOOK_PREFETCH, arguments, &count))
        return 0;
    if (count > max)
        count = max;
    memcpy(index_offsets, POLICY_DESK->index_offsets, count * sizeof *index_offsets);
    if (trace_on)
        record_offsets(group, index_offsets, count);
    return count;
}

size_t policy_export(struct group *group, uint64_t *cursor, struct page **out)
{
    uint64_t count = 0;
    struct policy_desk *desk = POLICY_DESK;
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)&group->policy, (uintptr_t)&desk->cursor,
                                                (uintptr_t)desk->pages, POLICY_EXPORT_MAX};
    desk->cursor = *cursor;
    if (group->policy.ops->export == NULL ||
        !hook_run(group, &group->policy, HOOK_EXPORT, arguments, &count) ||
        count > POLICY_EXPORT_MAX)
        return 0;
    *cursor = desk->cursor;
    for (size_t i = 0; i < count; i++)
        out[i] = page_of_policy(desk->pages[i]);
    return count;
}

/* ---------------------------------------------------------------- what policies may ask */

/* The page of that frame, if it is one of the policy's. */
static struct page *own_page(const struct group *group, uint32_t frame)
{
    if (frame >= frame_pool.frame_limit)
        return NULL;
    struct page *page = &PAGES[frame];
    if (!page_pointer_valid(page) || page->state != PAGE_STATE_RESIDENT || page->group != group->id)
        return NULL;
    return page;
}

/* The instance whose hook asks, whatever the hook says that it is. */
static struct policy *asking(uint64_t policy)
{
    return hook_guard.active ? hook_guard.policy : (struct policy *)(uintptr_t)policy;
}

static struct group *asking_group(const struct policy *policy)
{
    return hook_guard.active ? hook_guard.group : policy->core;
}

static uint32_t frame_of(uint64_t policy_page)
{
    const struct page *page = page_of_policy((const struct policy_page *)(uintptr_t)policy_page);
    return page_pointer_valid(page) ? (uint32_t)page_frame(page) : TRACE_NO_FRAME;
}

bool policy_look(struct group *group, struct policy *policy, uint32_t frame)
{
    struct page *page = own_page(group, frame);
    bool referenced = page != NULL && accessed_look(page);
    group->looks++;
    if (referenced) {
        policy->virtual_time++;
        /* Inside an event the policy sees a copy: what it finds is time for those that follow. */
        if (policy == &POLICY_DESK->policy)
            group->policy.virtual_time++;
        group->counters.references++;
    }
    TRACE(group, TRACE_LOOK, page != NULL ? page_frame(page) : TRACE_NO_FRAME, referenced);
    return referenced;
}

bool policy_peek(const struct group *group, uint32_t frame)
{
    struct page *page = own_page(group, frame);
    return page != NULL && accessed_peek(page);
}

void policy_know(const struct group *group, uint32_t frame, struct policy_known *known)
{
    enum policy_kind kind;
    const struct page *page = own_page(group, frame);
    *known = (struct policy_known){.frame = frame, .is_known = true};
    if (page == NULL)
        return;
    known->is_resident = true;
    known->object = page_identity(page, &known->index, &kind);
    known->inserted_at = page_inserted_at(page);
    known->mappings = mapping_count(page);
    known->kind = (uint8_t)kind;
    known->advice = page->advice;
    known->dirty = page->flags & PAGE_IS_DIRTY;
}

void policy_record_known(const struct group *group, const struct policy_known *known)
{
    if (known->is_resident)
        TRACE(group, TRACE_INFORMATION, known->frame,
              known->kind | known->advice << 8 | known->dirty << 16, known->mappings);
}

static uint64_t answer_look(uint64_t argument, uint64_t policy_page)
{
    question_begin();
    struct policy *policy = asking(argument);
    bool referenced = policy_look(asking_group(policy), policy, frame_of(policy_page));
    question_end();
    return referenced;
}

/* What the last question was answered, for the policy to copy. */
static struct policy_page_info page_answer;

static uint64_t answer_information(uint64_t argument, uint64_t policy_page)
{
    question_begin();
    const struct policy *policy = asking(argument);
    const struct group *group = asking_group(policy);
    struct policy_known known;
    policy_know(group, frame_of(policy_page), &known);
    policy_record_known(group, &known);
    policy_tell(&known, policy->virtual_time, &page_answer);
    question_end();
    return 0;
}

static uint64_t ask(uint64_t (*answer)(uint64_t, uint64_t), struct policy *policy,
                    const struct policy_page *page)
{
    if (!hook_guard.active)
        return answer((uintptr_t)policy, (uintptr_t)page);
    return question_call(answer, (uintptr_t)policy, (uintptr_t)page);
}

bool policy_core_looked(struct policy *policy, struct policy_page *policy_page)
{
    return ask(answer_look, policy, policy_page);
}

void policy_core_page_information(struct policy *policy, const struct policy_page *policy_page,
                                  struct policy_page_info *info)
{
    ask(answer_information, policy, policy_page);
    *info = page_answer;
}
