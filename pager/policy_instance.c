/*
 * Policy instances: finding their policy, their parameters, their memory, their budget. See
 * policy_core.h.
 */
#include "containment.h"
#include "frame_pool.h"
#include "group.h"
#include "policy_core.h"
#include "policy_memory.h"
#include "policy_task.h"
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

bool policy_task_default;

/* Moves *text to the next word; returns its length, 0: there is none. */
static size_t next_word(const char **text, const char *end)
{
    while (*text < end && separates(**text))
        ++*text;
    size_t length = 0;
    while (*text + length < end && !separates((*text)[length]) && (*text)[length] != '\0')
        length++;
    return length;
}

/* "task=yes" or "task=no" among the parameters says where the instance runs, and is none itself. */
static bool is_task_word(const char *word, size_t length)
{
    return length >= 5 && memcmp(word, "task=", 5) == 0;
}

static int32_t parse_task(struct policy_request *request)
{
    const char *at = request->parameters, *end = at + request->length;
    for (size_t length; (length = next_word(&at, end)) != 0; at += length) {
        if (!is_task_word(at, length))
            continue;
        request->in_task = length == 8 && memcmp(at, "task=yes", 8) == 0;
        if (!request->in_task && !(length == 7 && memcmp(at, "task=no", 7) == 0))
            return -EINVAL;
    }
    return 0;
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
            *request =
                (struct policy_request){ops, text + name, length - name, policy_task_default};
            return parse_task(request);
        }
    }
    return -ENOENT;
}

size_t policy_request_text(const struct policy_request *request, char *text, size_t capacity)
{
    size_t length = format_string(text, capacity, "%s", request->ops->name), word;
    const char *at = request->parameters, *end = at + request->length;
    for (; (word = next_word(&at, end)) != 0; at += word) {
        if (!is_task_word(at, word))
            length += format_string(text + length, capacity - length, " %.*s", (int)word, at);
    }
    return length;
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

/* with_task: "task=..." is among them, and was seen to. */
static bool set_parameters(struct group *group, struct policy *policy, const char *text,
                           size_t length, bool with_task)
{
    const char *end = text + length;
    for (size_t word; (word = next_word(&text, end)) != 0; text += word) {
        if (!(with_task && is_task_word(text, word)) && !set_parameter(group, policy, text, word))
            return false;
    }
    return true;
}

/* Moves state and arena to where there is room for `frames` frames; false: no memory, and nothing
   has changed. */
static bool grow_arena(struct policy *policy, size_t frames)
{
    if (policy->ops->arena_bytes_per_frame == 0 || frames <= policy->arena_frames)
        return true;
    if (policy->task != NULL) {
        if (!policy_task_grow(policy->task, policy->ops, frames))
            return false;
        policy->arena_bytes = policy_arena_bytes(policy->ops, frames);
        policy->arena_frames = frames;
        return true;
    }
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
    if (request->in_task) {
        int32_t error;
        instance->arena_frames = instance->capacity;
        instance->arena_bytes = policy_arena_bytes(request->ops, instance->capacity);
        instance->task = policy_task_create(request->ops, instance->capacity, &error);
        if (instance->task == NULL)
            return error;
    } else if (!policy_allocate_memory(instance, instance->capacity)) {
        return -ENOMEM;
    }
    const uint64_t arguments[HOOK_ARGUMENTS] = {(uintptr_t)instance};
    if (!hook_run(group, instance, HOOK_INIT, arguments, NULL)) {
        policy_free_memory(instance);
        return -EFAULT;
    }
    if (!set_parameters(group, instance, request->parameters, request->length, true)) {
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
    return set_parameters(group, &group->policy, text, length, false) ? 0 : -EINVAL;
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
    hook_run(group, policy, HOOK_RESIZE, arguments, NULL);
}
