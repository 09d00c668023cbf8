/*
 * The table of policies of a pager that is there to be broken: clock, and policies that do what
 * none may do. Each behaves for its first INNOCENT inserts, so that it has pages when it fails.
 */
#include "hostile.h"
#ifndef HOSTILE_TASK
#include "containment.h"
#include "frame_pool.h"
#endif

#include <stddef.h>

#define INNOCENT 200

static struct hostile *state_of(struct policy *policy)
{
    return policy->state;
}

bool hostile_guilty(struct policy *policy)
{
    return state_of(policy)->inserts > INNOCENT;
}

void hostile_begin(struct policy *policy)
{
    (void)policy;
}

void hostile_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                    const struct policy_insert_info *info)
{
    (void)why, (void)info;
    state_of(policy)->inserts++;
    policy_list_push_back(&state_of(policy)->list, page);
}

uint32_t hostile_forget(struct policy *policy, struct policy_page *page, enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(&state_of(policy)->list, page);
    return 0;
}

size_t hostile_oldest(struct policy *policy, size_t want, struct policy_page **out)
{
    size_t count = 0;
    for (struct policy_page *page = state_of(policy)->list.front; page != NULL && count < want;
         page = policy_list_next(page))
        out[count++] = page;
    return count;
}

/* ---- what they do */

static size_t garbage_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (!hostile_guilty(policy))
        return hostile_oldest(policy, want, out);
    for (size_t i = 0; i < want; i++)
        out[i] = (struct policy_page *)(uintptr_t)(i * 0x123456789abcull);
    return want;
}

static size_t loop_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    volatile uint64_t turns = 0;
    while (hostile_guilty(policy))
        turns = turns + 1;
    return hostile_oldest(policy, want, out);
}

static size_t curious_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    while (hostile_guilty(policy))
        policy_looked(policy, state_of(policy)->list.front);
    return hostile_oldest(policy, want, out);
}

#ifndef HOSTILE_TASK

/* The pager's own mistake, while it answers a policy. */
static uint64_t broken_answer(uint64_t nothing, uint64_t nowhere)
{
    (void)nothing;
    question_begin();
    *(volatile uint64_t *)(uintptr_t)nowhere = 1;
    question_end();
    return 0;
}

static size_t broken_question_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    /* What the policy says of itself is not believed, and memory that is not there is no page. */
    struct policy liar = {.core = (void *)(uintptr_t)0x1000};
    policy_looked(&liar, (struct policy_page *)(uintptr_t)0x1000);
    if (hostile_guilty(policy))
        question_call(broken_answer, 0, 0x1000);
    return hostile_oldest(policy, want, out);
}

/* ---- stores to what is not a policy's, in ascending order of what comes of it */

#define JUNK 0x6b6a756e6b6a6b6bull

static void scribble(void *memory, size_t bytes)
{
    volatile uint64_t *word = memory;
    for (size_t i = 0; i < bytes / sizeof *word; i++)
        word[i] = JUNK;
}

static size_t descriptors_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        scribble(&PAGES[frame_pool.frame_limit / 2], PAGE_SIZE);
    return hostile_oldest(policy, want, out);
}

static size_t globals_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        scribble(&frame_pool, sizeof frame_pool);
    return hostile_oldest(policy, want, out);
}

static size_t itself_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        scribble(policy, sizeof *policy);
    return hostile_oldest(policy, want, out);
}

/* The memory of programs, and of everybody. */
static size_t window_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        scribble(page_contents(page_of_policy(state_of(policy)->list.front)), PAGE_SIZE);
    return hostile_oldest(policy, want, out);
}

static size_t arena_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        scribble(policy->arena, SIZE_MAX / 2);
    return hostile_oldest(policy, want, out);
}

static size_t stack_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    volatile uint64_t here = 0;
    for (volatile uint64_t *word = &here; hostile_guilty(policy); word--)
        *word = JUNK;
    return hostile_oldest(policy, want, out);
}

/* What other policies keep of their pages is policies' memory: they take it as they find it. */
static size_t others_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (hostile_guilty(policy))
        scribble(page_policy(PAGES), frame_pool.frame_limit * sizeof(struct policy_page));
    return hostile_oldest(policy, want, out);
}

#endif

static size_t null_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy_page *volatile nowhere = NULL;
    if (hostile_guilty(policy))
        nowhere->private_area.word = (uintptr_t)out[0];
    return hostile_oldest(policy, want, out);
}

static uint32_t illegal_remove(struct policy *policy, struct policy_page *page,
                               enum policy_remove_why why)
{
    if (hostile_guilty(policy))
        __asm__ volatile("ud2");
    return hostile_forget(policy, page, why);
}

static void deep(struct policy *policy, volatile uint8_t *outer)
{
    volatile uint8_t inner[4096];
    inner[0] = outer[0];
    if (hostile_guilty(policy))
        deep(policy, inner);
    outer[0] = inner[0];
}

static void deep_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    volatile uint8_t first[1] = {0};
    hostile_insert(policy, page, why, info);
    deep(policy, first);
}

#define OPS(text, hook_insert, hook_remove, hook_victims)                             \
    &(const struct policy_ops)                                                        \
    {                                                                                 \
        .name = text, .state_bytes = sizeof(struct hostile), .arena_bytes_fixed = 64, \
        .init = hostile_begin, .insert = hook_insert, .remove = hook_remove,          \
        .victims = hook_victims,                                                      \
    }

extern const struct policy_ops clock_policy;
extern const struct policy_ops hostile_mad, hostile_greedy, hostile_verbose, hostile_nosy,
    hostile_restless, hostile_wild;

const struct policy_ops *const policy_table[] = {
    &clock_policy,
    OPS("hostile-garbage", hostile_insert, hostile_forget, garbage_victims),
    OPS("hostile-loop", hostile_insert, hostile_forget, loop_victims),
    OPS("hostile-curious", hostile_insert, hostile_forget, curious_victims),
    OPS("hostile-null", hostile_insert, hostile_forget, null_victims),
    OPS("hostile-illegal", hostile_insert, illegal_remove, hostile_oldest),
    OPS("hostile-deep", deep_insert, hostile_forget, hostile_oldest),
    &hostile_mad,
    &hostile_greedy,
    &hostile_verbose,
    &hostile_nosy,
    &hostile_wild,
    &hostile_restless,
#ifndef HOSTILE_TASK
    OPS("hostile-question", hostile_insert, hostile_forget, broken_question_victims),
    OPS("hostile-descriptors", hostile_insert, hostile_forget, descriptors_victims),
    OPS("hostile-globals", hostile_insert, hostile_forget, globals_victims),
    OPS("hostile-itself", hostile_insert, hostile_forget, itself_victims),
    OPS("hostile-window", hostile_insert, hostile_forget, window_victims),
    OPS("hostile-arena", hostile_insert, hostile_forget, arena_victims),
    OPS("hostile-stack", hostile_insert, hostile_forget, stack_victims),
    OPS("hostile-others", hostile_insert, hostile_forget, others_victims),
#endif
    NULL,
};
