/*
 * Policy instances and their hooks. See policy_core.h and policy/policy.h.
 *
 * Every call of a hook is counted and timed here, and the rules of the caller are kept here:
 * hooks do not nest, virtual time advances by one for each insert and each reference.
 */
#include "policy_core.h"
#include "accessed.h"
#include "eviction.h"
#include "frame_pool.h"
#include "group.h"
#include "kernel_interface.h"

#include <assert.h>
#include <quire/errno.h>
#include <string.h>

#define PARAMETER_NAME_MAX 32

static uint64_t hook_begin(struct group *group)
{
    assert(!group->in_hook);
    group->in_hook = true;
    group->counters.policy_calls++;
    return time_stamp();
}

static void hook_end(struct group *group, uint64_t began)
{
    group->counters.policy_ticks += time_stamp() - began;
    group->in_hook = false;
}

/* ---------------------------------------------------------------- instances */

int32_t policy_parse(const char *text, size_t length, struct policy_request *request)
{
    while (length > 0 && *text == ' ')
        text++, length--;
    size_t name = 0;
    while (name < length && text[name] != ' ' && text[name] != '\0')
        name++;
    for (size_t i = 0; policy_table[i] != NULL; i++) {
        const struct policy_ops *ops = policy_table[i];
        if (strlen(ops->name) == name && memcmp(ops->name, text, name) == 0) {
            *request = (struct policy_request){ops, text + name, length - name};
            return 0;
        }
    }
    return -ENOENT;
}

/* One decimal number with an optional sign and K, M or G; false: it is something else. */
static bool parse_value(const char *text, size_t length, int64_t *value)
{
    bool negative = length > 0 && *text == '-';
    size_t i = negative ? 1 : 0;
    uint64_t number = 0;
    size_t digits = 0;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++, digits++) {
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(text[i] - '0'), &number))
            return false;
    }
    if (i < length) {
        unsigned shift = text[i] == 'K' ? 10 : text[i] == 'M' ? 20 : text[i] == 'G' ? 30 : 0;
        if (shift == 0 || ++i != length || number >> (63 - shift))
            return false;
        number <<= shift;
    }
    if (digits == 0 || number > INT64_MAX)
        return false;
    *value = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

static bool set_parameter(struct policy *policy, const char *word, size_t length)
{
    char name[PARAMETER_NAME_MAX];
    int64_t value;
    const char *equals = memchr(word, '=', length);
    if (equals == NULL || policy->ops->parameter == NULL)
        return false;
    size_t name_length = (size_t)(equals - word);
    if (name_length >= sizeof name || !parse_value(equals + 1, length - name_length - 1, &value))
        return false;
    memcpy(name, word, name_length);
    name[name_length] = '\0';
    for (const struct policy_parameter *p = policy->ops->parameters; p != NULL && p->name != NULL;
         p++) {
        if (strcmp(p->name, name) == 0)
            return policy->ops->parameter(policy, name, value);
    }
    return false;
}

static bool set_parameters(struct policy *policy, const struct policy_request *request)
{
    const char *text = request->parameters;
    const char *end = text + request->length;
    while (text < end && *text != '\0') {
        const char *word = text;
        while (text < end && *text != ' ' && *text != '\0')
            text++;
        if (text != word && !set_parameter(policy, word, (size_t)(text - word)))
            return false;
        while (text < end && *text == ' ')
            text++;
    }
    return true;
}

static uint64_t memory_pages(const struct policy *policy)
{
    return (policy->ops->state_bytes + 63 + policy->arena_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* State and arena for `frames` frames in one piece of wired frames, zeroed: the state first, the
   arena on a cache line. */
static bool allocate_memory(struct policy *policy, size_t frames)
{
    const struct policy_ops *ops = policy->ops;
    policy->arena_frames = frames;
    policy->arena_bytes = ops->arena_bytes_fixed + ops->arena_bytes_per_frame * frames;
    uint64_t pages = memory_pages(policy);
    if (pages == 0)
        return true;
    uint64_t physical = frames_allocate_wired(pages, PAGE_SIZE);
    if (physical == 0)
        return false;
    policy->state = window(physical);
    policy->arena = (uint8_t *)policy->state + ((ops->state_bytes + 63) & ~(size_t)63);
    return true;
}

static void free_memory(struct policy *policy)
{
    if (policy->state != NULL)
        frames_free_wired((uint64_t)((uint8_t *)policy->state - (uint8_t *)window(0)),
                          memory_pages(policy));
    policy->state = NULL;
}

/* Moves state and arena to where there is room for `frames` frames; false: no memory, and nothing
   has changed. */
static bool grow_arena(struct policy *policy, size_t frames)
{
    if (policy->ops->arena_bytes_per_frame == 0 || frames <= policy->arena_frames)
        return true;
    struct policy larger = *policy;
    if (!allocate_memory(&larger, frames))
        return false;
    if (policy->ops->state_bytes != 0)
        memcpy(larger.state, policy->state, policy->ops->state_bytes);
    memcpy(larger.arena, policy->arena, policy->arena_bytes);
    free_memory(policy);
    *policy = larger;
    return true;
}

int32_t policy_create(struct group *group, const struct policy_request *request,
                      struct policy *instance)
{
    uint64_t limit = group->counters.limit;
    *instance = (struct policy){
        .ops = request->ops,
        .capacity = limit < frame_pool.total ? limit : frame_pool.total,
        .seed = 0x9e3779b97f4a7c15ull * (group->id + 1u),
        .virtual_time = group->policy.virtual_time,
        .core = group,
    };
    if (!allocate_memory(instance, instance->capacity))
        return -ENOMEM;
    instance->ops->init(instance);
    if (!set_parameters(instance, request)) {
        policy_destroy(instance);
        return -EINVAL;
    }
    return 0;
}

void policy_destroy(struct policy *instance)
{
    if (instance->ops->fini != NULL)
        instance->ops->fini(instance);
    free_memory(instance);
}

/* ---------------------------------------------------------------- hooks */

void policy_insert(struct group *group, struct page *page, enum policy_insert_why why,
                   const struct policy_insert_info *info)
{
    static const struct policy_insert_info nothing;
    page->policy = (struct policy_page){0};
    group->policy.virtual_time++;
    uint64_t began = hook_begin(group);
    group->policy.ops->insert(&group->policy, &page->policy, why, info != NULL ? info : &nothing);
    hook_end(group, began);
}

uint32_t policy_remove(struct group *group, struct page *page, enum policy_remove_why why)
{
    uint64_t began = hook_begin(group);
    uint32_t cookie = group->policy.ops->remove(&group->policy, &page->policy, why);
    hook_end(group, began);
    return cookie;
}

void policy_reference(struct group *group, struct page *page, enum policy_channel channel)
{
    group->policy.virtual_time++;
    group->counters.references++;
    if (group->policy.ops->reference == NULL)
        return;
    uint64_t began = hook_begin(group);
    group->policy.ops->reference(&group->policy, &page->policy, channel);
    hook_end(group, began);
}

void policy_outcome(struct group *group, struct page *page, enum policy_outcome what)
{
    if (group->policy.ops->outcome == NULL)
        return;
    uint64_t began = hook_begin(group);
    group->policy.ops->outcome(&group->policy, &page->policy, what);
    hook_end(group, began);
}

static size_t named_pages(struct group *group,
                          size_t (*hook)(struct policy *, size_t, struct policy_page **),
                          size_t want, struct page **out)
{
    uint64_t began = hook_begin(group);
    size_t count = hook(&group->policy, want, (struct policy_page **)out);
    hook_end(group, began);
    accessed_post_clears();
    return count > want ? want : count;
}

size_t policy_victims(struct group *group, size_t want, struct page **out)
{
    return named_pages(group, group->policy.ops->victims, want, out);
}

size_t policy_clean(struct group *group, size_t want, struct page **out)
{
    if (group->policy.ops->clean == NULL)
        return 0;
    return named_pages(group, group->policy.ops->clean, want, out);
}

void policy_tick(struct group *group, size_t budget)
{
    if (group->policy.ops->tick == NULL)
        return;
    uint64_t began = hook_begin(group);
    group->policy.ops->tick(&group->policy, budget);
    hook_end(group, began);
    accessed_post_clears();
}

size_t group_prefetch(struct group *group, struct page *page, int64_t *index_offsets, size_t max)
{
    if (group->policy.ops->prefetch == NULL)
        return 0;
    uint64_t began = hook_begin(group);
    size_t count = group->policy.ops->prefetch(&group->policy, &page->policy, index_offsets, max);
    hook_end(group, began);
    return count > max ? max : count;
}

void policy_resize(struct group *group)
{
    uint64_t limit = group->counters.limit;
    size_t capacity = limit < frame_pool.total ? limit : frame_pool.total;
    struct policy *policy = &group->policy;
    if (capacity == policy->capacity)
        return;
    if (!grow_arena(policy, capacity))
        return;
    if (capacity > policy->arena_frames)
        policy->arena_frames = capacity;
    policy->capacity = capacity;
    if (policy->ops->resize == NULL)
        return;
    uint64_t began = hook_begin(group);
    policy->ops->resize(policy, capacity);
    hook_end(group, began);
}

/* ---------------------------------------------------------------- what policies may ask */

void policy_core_page_information(struct policy *policy, const struct policy_page *policy_page,
                                  struct policy_page_info *info)
{
    const struct page *page = (const struct page *)policy_page;
    struct group *group = policy->core;
    *info = (struct policy_page_info){0};
    if (!page_pointer_valid(page) || page->state != PAGE_STATE_RESIDENT || page->group != group->id)
        return;
    enum policy_kind kind;
    info->object = page_identity(page, &info->index, &kind);
    info->kind = (uint8_t)kind;
    info->age = policy->virtual_time - page_inserted_at(page);
    info->mappings = mapping_count(page);
    info->advice = page->advice;
    info->dirty = page->flags & PAGE_IS_DIRTY;
}
