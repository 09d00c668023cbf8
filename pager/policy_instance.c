/*
 * Policy instances: finding their policy, their parameters, their memory, their budget. See
 * policy_core.h.
 */
#include "containment.h"
#include "frame_pool.h"
#include "group.h"
#include "policy_core.h"
#include "policy_memory.h"
#include "services.h"
#include "trace.h"

#include <assert.h>
#include <quire/errno.h>
#include <quire/format.h>
#include <string.h>

#define PARAMETER_NAME_MAX 32

/* The kernel command line cannot have blanks in a value, so commas and colons do as well. */
static bool separates(char character)
{
    return character == ' ' || character == ',' || character == ':';
}

bool policy_text_is_parameters(const char *text, size_t length)
{
    while (length > 0 && *text == ' ')
        text++, length--;
    for (size_t i = 0; i < length && !separates(text[i]); i++) {
        if (text[i] == '=')
            return true;
    }
    return false;
}

int32_t policy_parse(const char *text, size_t length, struct policy_request *request)
{
    while (length > 0 && *text == ' ')
        text++, length--;
    size_t name = 0;
    while (name < length && !separates(text[name]) && text[name] != '\0')
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

size_t policy_request_text(const struct policy_request *request, char *text, size_t capacity)
{
    return format_string(text, capacity, "%s%.*s", request->ops->name, (int)request->length,
                         request->parameters);
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

static bool set_parameter(struct group *group, struct policy *policy, const char *word,
                          size_t length)
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
        if (strcmp(p->name, name) != 0)
            continue;
        const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)policy, (uintptr_t)name,
                                                    (uint64_t)value};
        uint64_t good = 0;
        return hook_run(group, policy, HOOK_PARAMETER, arguments, &good) && (bool)(uint8_t)good;
    }
    return false;
}

static bool set_parameters(struct group *group, struct policy *policy, const char *text,
                           size_t length)
{
    const char *end = text + length;
    while (text < end && *text != '\0') {
        const char *word = text;
        while (text < end && !separates(*text) && *text != '\0')
            text++;
        if (text != word && !set_parameter(group, policy, word, (size_t)(text - word)))
            return false;
        while (text < end && separates(*text))
            text++;
    }
    return true;
}

/* Moves state and arena to where there is room for `frames` frames; false: no memory, and nothing
   has changed. */
static bool grow_arena(struct policy *policy, size_t frames)
{
    if (policy->ops->arena_bytes_per_frame == 0 || frames <= policy->arena_frames)
        return true;
    struct policy larger = *policy;
    if (!policy_allocate_memory(&larger, frames))
        return false;
    if (policy->ops->state_bytes != 0)
        memcpy(larger.state, policy->state, policy->ops->state_bytes);
    memcpy(larger.arena, policy->arena, policy->arena_bytes);
    policy_free_memory(policy);
    *policy = larger;
    return true;
}

/* Of each group another, and the same in each run with the same option. */
static uint64_t seed_of(const struct group *group)
{
    return 0x9e3779b97f4a7c15ull * (group->id + 1u) ^
           0xd6e8feb86659fd93ull * option_number("seed", 0);
}

int32_t policy_create(struct group *group, const struct policy_request *request,
                      struct policy *instance)
{
    uint64_t limit = group->counters.limit;
    *instance = (struct policy){
        .ops = request->ops,
        .capacity = limit < frame_pool.total ? limit : frame_pool.total,
        .seed = seed_of(group),
        .virtual_time = group->policy.virtual_time,
        .core = group,
    };
    if (!policy_allocate_memory(instance, instance->capacity))
        return -ENOMEM;
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)instance};
    if (!hook_run(group, instance, HOOK_INIT, arguments, NULL)) {
        policy_free_memory(instance);
        return -EFAULT;
    }
    if (!set_parameters(group, instance, request->parameters, request->length)) {
        policy_destroy(group, instance);
        return -EINVAL;
    }
    return 0;
}

void policy_destroy(struct group *group, struct policy *instance)
{
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)instance};
    if (instance->ops->fini != NULL)
        hook_run(group, instance, HOOK_FINI, arguments, NULL);
    policy_free_memory(instance);
}

int32_t policy_parameters(struct group *group, const char *text, size_t length)
{
    if (trace_on)
        trace_write_text(group, TRACE_PARAMETERS, NULL, 0, text, length);
    return set_parameters(group, &group->policy, text, length) ? 0 : -EINVAL;
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
    TRACE(group, TRACE_RESIZE, capacity, group->counters.minimum, limit == UINT64_MAX ? 0 : limit);
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)policy, capacity};
    if (policy->ops->resize != NULL)
        hook_run(group, policy, HOOK_RESIZE, arguments, NULL);
}
