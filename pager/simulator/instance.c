/*
 * See instance.h.
 */
#include "instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARAMETER_MAX 64

bool policy_find(const char *text, struct policy_choice *choice)
{
    size_t length = strcspn(text, ":");
    for (const struct policy_ops *const *ops = policy_table; *ops != NULL; ops++) {
        if (strlen((*ops)->name) == length && memcmp((*ops)->name, text, length) == 0) {
            *choice = (struct policy_choice){*ops, text, text + length + (text[length] == ':')};
            return true;
        }
    }
    return false;
}

/* On the host every instance has services, so its questions never come here. */
bool policy_core_looked(struct policy *policy, struct policy_page *page)
{
    (void)policy, (void)page;
    abort();
}

void policy_core_page_information(struct policy *policy, const struct policy_page *page,
                                  struct policy_page_info *info)
{
    (void)policy, (void)page, (void)info;
    abort();
}

/* ---------------------------------------------------------------- memory */

uint64_t instance_bytes(const struct policy_ops *ops, uint64_t frames)
{
    uint64_t bytes;
    if (__builtin_mul_overflow(ops->arena_bytes_per_frame, frames, &bytes) ||
        __builtin_add_overflow(bytes, ops->arena_bytes_fixed + ops->state_bytes, &bytes))
        return UINT64_MAX;
    return bytes;
}

/* One byte more than asked for, so that there is always something to point to. */
static bool allocate(struct policy *policy, size_t frames, struct failure *failure)
{
    const struct policy_ops *ops = policy->ops;
    uint64_t bytes = instance_bytes(ops, frames);
    policy->arena_frames = frames;
    policy->arena_bytes = ops->arena_bytes_fixed + ops->arena_bytes_per_frame * frames;
    policy->state = calloc(1, ops->state_bytes + 1);
    policy->arena = bytes < UINT64_MAX ? calloc(1, policy->arena_bytes + 1) : NULL;
    if (policy->state != NULL && policy->arena != NULL)
        return true;
    free(policy->state);
    free(policy->arena);
    policy->state = NULL;
    refuse(failure, "%s: out of memory: %zu frames take %" PRIu64 " bytes of its own", ops->name,
           frames, bytes);
    return false;
}

bool instance_begin(struct policy *policy, const struct instance_setup *setup,
                    struct failure *failure)
{
    *policy = (struct policy){
        .ops = setup->ops,
        .capacity = setup->frames,
        .seed = setup->seed,
        .core = setup->core,
        .services = setup->services,
    };
    if (!allocate(policy, setup->frames, failure))
        return false;
    policy->ops->init(policy);
    return true;
}

/* State and arena move together, as the pager's core has it. */
bool instance_resize(struct policy *policy, size_t frames, struct failure *failure)
{
    if (policy->ops->arena_bytes_per_frame != 0 && frames > policy->arena_frames) {
        struct policy larger = *policy;
        if (!allocate(&larger, frames, failure))
            return false;
        memcpy(larger.state, policy->state, policy->ops->state_bytes);
        memcpy(larger.arena, policy->arena, policy->arena_bytes);
        free(policy->state);
        free(policy->arena);
        *policy = larger;
    } else if (frames > policy->arena_frames) {
        policy->arena_frames = frames;
    }
    policy->capacity = frames;
    if (policy->ops->resize != NULL)
        policy->ops->resize(policy, frames);
    return true;
}

void instance_end(struct policy *policy)
{
    if (policy->state == NULL)
        return;
    if (policy->ops->fini != NULL)
        policy->ops->fini(policy);
    free(policy->state);
    free(policy->arena);
    policy->state = NULL;
}

/* ---------------------------------------------------------------- parameters */

static bool unknown_parameter(const struct policy_ops *ops, const char *word, int length,
                              struct failure *failure)
{
    char known[400] = "";
    size_t used = 0;
    for (const struct policy_parameter *p = ops->parameters; p != NULL && p->name != NULL; p++) {
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s (%" PRId64 ")",
                                     used != 0 ? ", " : "", p->name, p->value);
    }
    if (used == 0)
        return refuse(failure, "%s has no parameters, so none is '%.*s'", ops->name, length, word);
    return refuse(failure, "%s has no parameter '%.*s'; there are, with their defaults: %s",
                  ops->name, length, word, known);
}

/* As the pager reads them: decimal with an optional sign and K, M or G. */
static bool parse_value(const char *text, size_t length, int64_t *value)
{
    char digits[PARAMETER_MAX];
    if (length == 0 || length >= sizeof digits)
        return false;
    memcpy(digits, text, length);
    digits[length] = '\0';
    const char *units = "KMG", *unit = strchr(units, digits[length - 1]);
    if (unit != NULL)
        digits[length - 1] = '\0';
    char *end;
    const char *first = digits + (*digits == '-');
    if (*first < '0' || *first > '9')
        return false;
    *value = strtoll(digits, &end, 10);
    return *end == '\0' && (unit == NULL || !__builtin_mul_overflow(
                                                *value, 1ll << (10 * (unit - units + 1)), value));
}

static bool set_parameter(struct policy *policy, const char *word, size_t length,
                          struct failure *failure)
{
    const struct policy_ops *ops = policy->ops;
    const char *equals = memchr(word, '=', length);
    size_t name = equals != NULL ? (size_t)(equals - word) : length;
    int64_t value;
    for (const struct policy_parameter *p = ops->parameters; p != NULL && p->name != NULL; p++) {
        if (strlen(p->name) != name || memcmp(p->name, word, name) != 0)
            continue;
        if (equals == NULL || !parse_value(equals + 1, length - name - 1, &value) ||
            !ops->parameter(policy, p->name, value))
            return refuse(failure,
                          "%s: '%.*s' is no value that it takes; the default is %s=%" PRId64,
                          ops->name, (int)length, word, p->name, p->value);
        return true;
    }
    return unknown_parameter(ops, word, (int)name, failure);
}

bool instance_parameters(struct policy *policy, const char *text, char separator,
                         struct failure *failure)
{
    const char separators[] = {separator, '\0'};
    while (*text != '\0') {
        size_t length = strcspn(text, separators);
        if (length != 0 && !set_parameter(policy, text, length, failure))
            return false;
        text += length + (text[length] != '\0');
    }
    return true;
}

bool policy_check(const struct policy_choice *choice, uint64_t frames, struct failure *failure)
{
    struct policy policy;
    const struct instance_setup setup = {.ops = choice->ops, .frames = frames};
    if (!instance_begin(&policy, &setup, failure))
        return false;
    bool good = instance_parameters(&policy, choice->parameters, ':', failure);
    instance_end(&policy);
    return good;
}
