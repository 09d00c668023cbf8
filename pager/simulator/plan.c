/*
 * Putting a plan together and checking it. See plan.h; plan_run.c carries it out.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool unknown_policy(const char *text, struct failure *failure)
{
    char known[500] = "lru, min";
    size_t used = strlen(known);
    for (const struct policy_ops *const *ops = policy_table; *ops != NULL; ops++) {
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, ", %s", (*ops)->name);
    }
    return refuse(failure, "no policy '%.*s'; there are: %s", (int)strcspn(text, ":"), text, known);
}

bool plan_add_policy(struct plan *plan, const char *text, struct failure *failure)
{
    struct plan_choice choice = {.policy = {.text = text, .parameters = ""}};
    size_t length = strcspn(text, ":");
    if (length == 3 && memcmp(text, "lru", 3) == 0)
        choice.kind = PLAN_LRU;
    else if (length == 3 && memcmp(text, "min", 3) == 0)
        choice.kind = PLAN_MIN;
    else if (policy_find(text, &choice.policy))
        choice.kind = PLAN_POLICY;
    else
        return unknown_policy(text, failure);
    if (choice.kind != PLAN_POLICY && text[length] != '\0')
        return refuse(failure, "%.*s is exact and has no parameters", (int)length, text);
    for (size_t i = 0; i < plan->choice_count; i++) {
        if (strcmp(plan->choices[i].policy.text, text) == 0)
            return true;
    }
    struct plan_choice *choices =
        realloc(plan->choices, (plan->choice_count + 1) * sizeof *choices);
    if (choices == NULL)
        return refuse(failure, "out of memory");
    plan->choices = choices;
    plan->choices[plan->choice_count++] = choice;
    return true;
}

bool plan_add_frames(struct plan *plan, uint64_t frames, struct failure *failure)
{
    if (frames == 0)
        return refuse(failure, "a memory of 0 frames holds no page; the least is 1");
    for (size_t i = 0; i < plan->frame_count; i++) {
        if (plan->frames[i] == frames)
            return true;
    }
    uint64_t *larger = realloc(plan->frames, (plan->frame_count + 1) * sizeof *larger);
    if (larger == NULL)
        return refuse(failure, "out of memory");
    plan->frames = larger;
    plan->frames[plan->frame_count++] = frames;
    return true;
}

uint64_t plan_scaled_frames(uint64_t frames, double sample_rate)
{
    return sample_rate > 0 ? (uint64_t)((double)frames * sample_rate + 0.5) : frames;
}

static bool check_frames(const struct plan_choice *choice, uint64_t frames, double sample_rate,
                         struct failure *failure)
{
    uint64_t scaled = plan_scaled_frames(frames, sample_rate);
    if (scaled == 0)
        return refuse(failure,
                      "at a sampling rate of %g, %" PRIu64 " frames are less than one; the least "
                      "are %.0f",
                      sample_rate, frames, 0.5 / sample_rate + 0.5);
    return choice->kind != PLAN_POLICY || policy_check(&choice->policy, scaled, failure);
}

bool plan_check(const struct plan *plan, double sample_rate, struct failure *failure)
{
    if (sample_rate != 0 && !(sample_rate > 0 && sample_rate * SAMPLES <= 1))
        return refuse(failure, "a sampling rate of %g: it must be more than 0 and at most %g",
                      sample_rate, 1.0 / SAMPLES);
    for (size_t i = 0; i < plan->choice_count; i++) {
        if (plan->all_frames && plan->choices[i].kind != PLAN_LRU)
            return refuse(failure,
                          "--frames all is for lru, which has all sizes in one pass; for %s "
                          "name some, as 64..65536",
                          plan->choices[i].policy.text);
        for (size_t j = 0; j < plan->frame_count; j++) {
            if (!check_frames(&plan->choices[i], plan->frames[j], sample_rate, failure))
                return false;
        }
    }
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->choices);
    free(plan->frames);
    *plan = (struct plan){0};
}
