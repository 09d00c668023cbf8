/*
 * The table of policies of a pager that is there to be broken: clock, and policies that do what
 * none may do. Each behaves for its first INNOCENT inserts, so that it has pages when it fails.
 */
#include "containment.h"
#include "frame_pool.h"
#include "policy/policy.h"

#include <stddef.h>

#define INNOCENT 200

struct hostile {
    struct policy_list list;
    uint64_t inserts;
};

static struct hostile *state_of(struct policy *policy)
{
    return policy->state;
}

static bool guilty(struct policy *policy)
{
    return state_of(policy)->inserts > INNOCENT;
}

static void begin(struct policy *policy)
{
    (void)policy;
}

static void insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                   const struct policy_insert_info *info)
{
    (void)why, (void)info;
    state_of(policy)->inserts++;
    policy_list_push_back(&state_of(policy)->list, page);
}

static uint32_t forget(struct policy *policy, struct policy_page *page, enum policy_remove_why why)
{
    (void)why;
    policy_list_remove(&state_of(policy)->list, page);
    return 0;
}

static size_t oldest(struct policy *policy, size_t want, struct policy_page **out)
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
    if (!guilty(policy))
        return oldest(policy, want, out);
    for (size_t i = 0; i < want; i++)
        out[i] = (struct policy_page *)(uintptr_t)(i * 0x123456789abcull);
    return want;
}

static size_t loop_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    volatile uint64_t turns = 0;
    while (guilty(policy))
        turns = turns + 1;
    return oldest(policy, want, out);
}

static size_t curious_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    while (guilty(policy))
        policy_looked(policy, state_of(policy)->list.front);
    return oldest(policy, want, out);
}

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
    if (guilty(policy))
        question_call(broken_answer, 0, 0x1000);
    return oldest(policy, want, out);
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
    if (guilty(policy))
        scribble(&PAGES[frame_pool.frame_limit / 2], PAGE_SIZE);
    return oldest(policy, want, out);
}

static size_t globals_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (guilty(policy))
        scribble(&frame_pool, sizeof frame_pool);
    return oldest(policy, want, out);
}

static size_t itself_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (guilty(policy))
        scribble(policy, sizeof *policy);
    return oldest(policy, want, out);
}

/* The memory of programs, and of everybody. */
static size_t window_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (guilty(policy))
        scribble(page_contents(page_of_policy(state_of(policy)->list.front)), PAGE_SIZE);
    return oldest(policy, want, out);
}

static size_t arena_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (guilty(policy))
        scribble(policy->arena, SIZE_MAX / 2);
    return oldest(policy, want, out);
}

static size_t stack_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    volatile uint64_t here = 0;
    for (volatile uint64_t *word = &here; guilty(policy); word--)
        *word = JUNK;
    return oldest(policy, want, out);
}

/* What other policies keep of their pages is policies' memory: they take it as they find it. */
static size_t others_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    if (guilty(policy))
        scribble(page_policy(PAGES), frame_pool.frame_limit * sizeof(struct policy_page));
    return oldest(policy, want, out);
}

static size_t null_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy_page *volatile nowhere = NULL;
    if (guilty(policy))
        nowhere->private_area.word = (uintptr_t)out[0];
    return oldest(policy, want, out);
}

static uint32_t illegal_remove(struct policy *policy, struct policy_page *page,
                               enum policy_remove_why why)
{
    if (guilty(policy))
        __asm__ volatile("ud2");
    return forget(policy, page, why);
}

static void deep(struct policy *policy, volatile uint8_t *outer)
{
    volatile uint8_t inner[4096];
    inner[0] = outer[0];
    if (guilty(policy))
        deep(policy, inner);
    outer[0] = inner[0];
}

static void deep_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    volatile uint8_t first[1] = {0};
    insert(policy, page, why, info);
    deep(policy, first);
}

#define HOSTILE(text, hook_insert, hook_remove, hook_victims)                                 \
    &(const struct policy_ops)                                                                \
    {                                                                                         \
        .name = text, .state_bytes = sizeof(struct hostile), .arena_bytes_fixed = 64,         \
        .init = begin, .insert = hook_insert, .remove = hook_remove, .victims = hook_victims, \
    }

extern const struct policy_ops clock_policy;

const struct policy_ops *const policy_table[] = {
    &clock_policy,
    HOSTILE("hostile-garbage", insert, forget, garbage_victims),
    HOSTILE("hostile-loop", insert, forget, loop_victims),
    HOSTILE("hostile-curious", insert, forget, curious_victims),
    HOSTILE("hostile-null", insert, forget, null_victims),
    HOSTILE("hostile-question", insert, forget, broken_question_victims),
    HOSTILE("hostile-illegal", insert, illegal_remove, oldest),
    HOSTILE("hostile-deep", deep_insert, forget, oldest),
    HOSTILE("hostile-descriptors", insert, forget, descriptors_victims),
    HOSTILE("hostile-globals", insert, forget, globals_victims),
    HOSTILE("hostile-itself", insert, forget, itself_victims),
    HOSTILE("hostile-window", insert, forget, window_victims),
    HOSTILE("hostile-arena", insert, forget, arena_victims),
    HOSTILE("hostile-stack", insert, forget, stack_victims),
    HOSTILE("hostile-others", insert, forget, others_victims),
    NULL,
};
