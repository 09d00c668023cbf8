/*
 * Plans of reference strings: their parameters, and what they are when not given. The kinds
 * themselves are in string_kinds.c. See reference_string.h.
 */
#include "reference_string.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX (1ull << 31)
#define COUNT_MAX (1ull << 48)
#define TOUCHES_MAX (1u << 16)
/* Beyond it powers are 0 or overflow. */
#define EXPONENT_MAX 1000u

static const struct {
    const char *name, *meaning;
    const char *choices; /* NULL: a number */
} values[STRING_VALUES] = {
    [STRING_FRAMES] = {"frames", "memory that sizes are made for", NULL},
    [STRING_SEED] = {"seed", "1: the published strings", NULL},
    [STRING_COUNT] = {"count", "references", NULL},
    [STRING_PREFILL] = {"prefill", "all pages once, in order, before the string", "no|yes"},
    [STRING_PAGES] = {"pages", "different pages, or those of a set", NULL},
    [STRING_EXPONENT] = {"exponent", "in hundredths", NULL},
    [STRING_HOT] = {"hot", "pages that are touched again and again", NULL},
    [STRING_TOUCHES] = {"touches", "of hot pages after each of the scan", NULL},
    [STRING_SETS] = {"sets", "sets of pages that take turns", NULL},
    [STRING_STEP] = {"step", "pages from the begin of one set to that of the next", NULL},
    [STRING_LENGTH] = {"length", "references of a phase", NULL},
    [STRING_LOOP] = {"loop", "pages of the loop", NULL},
    [STRING_WINDOW] = {"window", "pages of the window", NULL},
    [STRING_DRIFT] = {"drift", "pages that the window moves at most, a reference", NULL},
    [STRING_SCALE] = {"scale", "stack distances are multiples of it", NULL},
};

static const struct string_kind *kind_named(const char *name)
{
    for (const struct string_kind *const *kind = string_kinds; *kind != NULL; kind++) {
        if (strcmp((*kind)->name, name) == 0)
            return *kind;
    }
    return NULL;
}

bool string_plan_begin(struct string_plan *plan, const char *name)
{
    *plan = (struct string_plan){.kind = kind_named(name)};
    if (plan->kind == NULL)
        return false;
    struct parameter *parameter = plan->parameters;
    for (unsigned i = 0; i < STRING_VALUES; i++) {
        if (plan->kind->takes >> i & 1)
            *parameter++ = (struct parameter){
                .name = values[i].name, .meaning = values[i].meaning, .choices = values[i].choices};
    }
    return true;
}

static uint64_t most_of(enum string_value value)
{
    switch (value) {
    case STRING_SEED: return UINT64_MAX;
    case STRING_COUNT: return COUNT_MAX;
    case STRING_EXPONENT: return EXPONENT_MAX;
    case STRING_TOUCHES: return TOUCHES_MAX;
    default: return NUMBERS_MAX;
    }
}

static bool take_parameters(struct string_plan *plan, char *message)
{
    const struct parameter *parameter = plan->parameters;
    for (unsigned i = 0; i < STRING_VALUES; i++) {
        if (!(plan->kind->takes >> i & 1))
            continue;
        if (parameter->given && parameter->choices == NULL &&
            (parameter->value == 0 || parameter->value > most_of(i))) {
            snprintf(message, PARAMETER_MESSAGE_BYTES, "%s=%llu: it is from 1 to %llu",
                     parameter->name, (unsigned long long)parameter->value,
                     (unsigned long long)most_of(i));
            return false;
        }
        plan->value[i] = parameter->value;
        parameter++;
    }
    return true;
}

static bool complete(const struct string_plan *plan)
{
    for (unsigned i = 0; i < STRING_VALUES; i++) {
        if (i != STRING_FRAMES && i != STRING_PREFILL && (plan->kind->takes >> i & 1) &&
            plan->value[i] == 0)
            return false;
    }
    return true;
}

bool string_plan_finish(struct string_plan *plan, char message[PARAMETER_MESSAGE_BYTES])
{
    if (!take_parameters(plan, message))
        return false;
    if (plan->value[STRING_SEED] == 0)
        plan->value[STRING_SEED] = 1;
    plan->kind->defaults(plan->value);
    if (!complete(plan)) {
        snprintf(message, PARAMETER_MESSAGE_BYTES,
                 "%s: say for how much memory, by frames=NUMBER, or all sizes", plan->kind->name);
        return false;
    }
    if (plan->kind->span(plan->value) > NUMBERS_MAX || plan->value[STRING_COUNT] > COUNT_MAX) {
        snprintf(message, PARAMETER_MESSAGE_BYTES,
                 "%s: %llu pages and %llu references are too many", plan->kind->name,
                 (unsigned long long)plan->kind->span(plan->value),
                 (unsigned long long)plan->value[STRING_COUNT]);
        return false;
    }
    return true;
}

static bool unknown_kind(const char *name, char message[PARAMETER_MESSAGE_BYTES])
{
    int at =
        snprintf(message, PARAMETER_MESSAGE_BYTES, "'%s' is no reference string; there are:", name);
    for (const struct string_kind *const *kind = string_kinds;
         *kind != NULL && at > 0 && at < PARAMETER_MESSAGE_BYTES; kind++)
        at += snprintf(message + at, PARAMETER_MESSAGE_BYTES - (size_t)at, " %s", (*kind)->name);
    return false;
}

bool string_plan_read(struct string_plan *plan, const char *line,
                      char message[PARAMETER_MESSAGE_BYTES])
{
    char word[64];
    bool first = true;
    *plan = (struct string_plan){0};
    for (line += strspn(line, " "); *line != '\0' || first; line += strspn(line, " ")) {
        size_t length = strcspn(line, " ");
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word),
                 line);
        if (first && !string_plan_begin(plan, word))
            return unknown_kind(word, message);
        if (!first && !parameter_read(plan->parameters, word, message))
            return false;
        first = false;
        line += length;
    }
    return string_plan_finish(plan, message);
}

uint32_t string_span(const struct string_plan *plan)
{
    return (uint32_t)plan->kind->span(plan->value);
}

bool string_begin(struct string_generator *string, const struct string_plan *plan)
{
    *string = (struct string_generator){.plan = *plan};
    string->random = random_begin(STRING_ORIGIN, plan->value[STRING_SEED]);
    if (plan->kind->begin == NULL || plan->kind->begin(string))
        return true;
    string_end(string);
    return false;
}

bool string_next(struct string_generator *string, uint32_t *page)
{
    if (string->plan.value[STRING_PREFILL] && string->filled < string_span(&string->plan)) {
        *page = (uint32_t)string->filled++;
        return true;
    }
    if (string->done == string->plan.value[STRING_COUNT])
        return false;
    *page = string->plan.kind->next(string);
    string->done++;
    return true;
}

void string_end(struct string_generator *string)
{
    zipf_end(&string->zipf);
    free(string->pages);
    string->pages = NULL;
}
