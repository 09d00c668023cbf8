/*
 * Hooks of a policy that runs in a task of its own: arguments go, questions come, an answer comes.
 * See policy_protocol.h.
 *
 * Nothing that comes from the task is believed. A frame number may be any number; a count is cut
 * to what was asked for; what is no message of the protocol ends the task. The pager waits for
 * the task here and nowhere else, no longer than the watchdog lets it, and the steps of a hook
 * are counted as they are in the pager.
 */
#include "frame_pool.h"
#include "group.h"
#include "kernel_interface.h"
#include "policy_task.h"
#include "trace.h"

#include <quire/format.h>

/* A page that a task named; NULL: there is no such frame. */
static struct policy_page *page_of_answer(uint32_t frame)
{
    return frame < frame_pool.frame_limit ? page_policy(&PAGES[frame]) : NULL;
}

static const struct page *page_of_argument(uint64_t argument)
{
    return page_of_policy((const struct policy_page *)(uintptr_t)argument);
}

/* ---------------------------------------------------------------- arguments */

static uint32_t tell_page(struct policy_task *task, const struct group *group, enum hook hook,
                          const struct page *page)
{
    uint32_t frame = (uint32_t)page_frame(page);
    if (task->asks[hook])
        policy_know(group, frame, &task->area->known);
    return frame;
}

static void tell_events(struct policy_task *task, const struct group *group, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const struct policy_event *from = &group->events[i];
        struct policy_task_event *to = &task->area->events[i];
        to->virtual_time = from->virtual_time;
        to->info = from->info;
        to->frame = (uint32_t)page_frame(from->page);
        to->why = from->why;
        to->is_insert = from->is_insert;
        to->known.is_known = false;
        if (task->asks[HOOK_INSERT])
            policy_know(group, to->frame, &to->known);
    }
}

/* Into the words behind the virtual time. */
static void fill_words(struct policy_task *task, const struct group *group,
                       const struct policy *policy, enum hook hook, const uint64_t *arguments,
                       uint64_t *words)
{
    const char *text = NULL;
    switch (hook) {
    case HOOK_INIT:
        words[1] = policy->capacity;
        words[2] = policy->arena_frames;
        words[3] = policy->seed;
        words[4] = frame_pool.frame_limit;
        text = policy->ops->name;
        break;
    case HOOK_RESIZE:
        words[1] = policy->capacity;
        words[2] = policy->arena_frames;
        break;
    case HOOK_PARAMETER:
        text = (const char *)(uintptr_t)arguments[1];
        words[1] = arguments[2];
        break;
    case HOOK_INSERT:
    case HOOK_REFERENCE:
        words[1] = arguments[2];
        tell_events(task, group, arguments[2]);
        break;
    case HOOK_REMOVE:
    case HOOK_OUTCOME:
        words[1] = tell_page(task, group, hook, page_of_argument(arguments[1]));
        words[2] = arguments[2];
        break;
    case HOOK_PREFETCH:
        words[1] = tell_page(task, group, hook, page_of_argument(arguments[1]));
        words[2] = arguments[3];
        break;
    case HOOK_VICTIMS:
    case HOOK_CLEAN:
    case HOOK_TICK: words[1] = arguments[1]; break;
    case HOOK_EXPORT:
        words[1] = *(const uint64_t *)(uintptr_t)arguments[1];
        words[2] = arguments[3];
        break;
    case HOOK_FINI:
    default: break;
    }
    if (text != NULL)
        format_string(task->area->text, sizeof task->area->text, "%s", text);
}

/* ---------------------------------------------------------------- results */

static uint64_t take_pages(const struct policy_area *area, uint64_t count, uint64_t max,
                           struct policy_page **out)
{
    if (count > max)
        count = max;
    if (count > POLICY_EXPORT_MAX)
        count = POLICY_EXPORT_MAX;
    for (uint64_t i = 0; i < count; i++)
        out[i] = page_of_answer(area->frames[i]);
    return count;
}

static uint64_t take_offsets(const struct policy_area *area, uint64_t count, uint64_t max,
                             int64_t *out)
{
    if (count > max)
        count = max;
    if (count > POLICY_VICTIMS_MAX)
        count = POLICY_VICTIMS_MAX;
    for (uint64_t i = 0; i < count; i++)
        out[i] = area->offsets[i];
    return count;
}

static uint64_t take_result(const struct policy_task *task, enum hook hook,
                            const uint64_t *arguments, const uint64_t *words)
{
    switch (hook) {
    case HOOK_VICTIMS:
    case HOOK_CLEAN:
        return take_pages(task->area, words[0], arguments[1],
                          (struct policy_page **)(uintptr_t)arguments[2]);
    case HOOK_EXPORT:
        *(uint64_t *)(uintptr_t)arguments[1] = words[1];
        return take_pages(task->area, words[0], arguments[3],
                          (struct policy_page **)(uintptr_t)arguments[2]);
    case HOOK_PREFETCH:
        return take_offsets(task->area, words[0], arguments[3], (int64_t *)(uintptr_t)arguments[2]);
    default: return words[0];
    }
}

/* ---------------------------------------------------------------- questions */

static bool end(struct policy_task *task, enum trace_containment reason)
{
    task->ended = reason;
    return false;
}

/* One question more. false: the hook has asked too many. */
static bool count_step(struct policy_task *task)
{
    return --hook_guard.steps_left != 0 || end(task, TRACE_CONTAINED_LOOP);
}

/* What the task answered to the policy itself: done now, in order. */
static bool do_logged(struct group *group, struct policy *policy, uint64_t count)
{
    struct policy_task *task = policy->task;
    if (count > POLICY_LOG_MAX)
        return end(task, TRACE_CONTAINED_ANSWER);
    for (uint64_t i = 0; i < count; i++) {
        struct policy_task_log entry = task->area->log[i];
        if (!count_step(task))
            return false;
        if (entry.question == POLICY_LOOKED) {
            policy_look(group, policy, entry.frame);
        } else if (trace_on) {
            struct policy_known known;
            policy_know(group, entry.frame, &known);
            policy_record_known(group, &known);
        }
    }
    return true;
}

/* What a look at each of the hints would say. */
static uint64_t peek(const struct group *group, const uint32_t *hints, uint64_t count)
{
    uint64_t bits = 0;
    for (uint64_t i = 0; i < count; i++)
        bits |= (uint64_t)policy_peek(group, hints[i]) << i;
    return bits;
}

static bool answer_question(struct group *group, struct policy *policy, enum hook hook,
                            uint32_t argument_frame, struct message *message)
{
    struct policy_task *task = policy->task;
    uint32_t frame = (uint32_t)message->words[0];
    if (!count_step(task))
        return false;
    if (TAG_LABEL(message->tag) == POLICY_LOOKED) {
        uint64_t hints = message->words[1];
        if (hints > POLICY_HINTS_MAX)
            return end(task, TRACE_CONTAINED_ANSWER);
        message->words[0] = policy_look(group, policy, frame);
        message->words[0] |= peek(group, task->area->hints, hints) << 1;
    } else {
        struct policy_known known;
        policy_know(group, frame, &known);
        policy_record_known(group, &known);
        task->area->known = known;
        if (argument_frame == frame || hook == HOOK_INSERT || hook == HOOK_REFERENCE)
            task->asks[hook] = true;
    }
    message->tag = MAKE_TAG(POLICY_ANSWER, 1, 0);
    return true;
}

/* ---------------------------------------------------------------- the call */

static bool exchange(struct policy_task *task, struct message *message)
{
    if (task->ended == 0 && sys_call(task->endpoint, message) == KERNEL_OK)
        return true;
    return task->ended != 0 ? false : end(task, TRACE_CONTAINED_FAULT);
}

static bool converse(struct group *group, struct policy *policy, enum hook hook,
                     struct message *message)
{
    uint32_t argument_frame = (uint32_t)message->words[1];
    for (;;) {
        if (!exchange(policy->task, message) ||
            !do_logged(group, policy, message->words[POLICY_REPLY_LOGGED]))
            return false;
        switch (TAG_LABEL(message->tag)) {
        case POLICY_DONE: return true;
        case POLICY_LOOKED:
        case POLICY_INFORMATION:
            if (!answer_question(group, policy, hook, argument_frame, message))
                return false;
            break;
        default: return end(policy->task, TRACE_CONTAINED_ANSWER);
        }
    }
}

bool policy_task_run(struct group *group, struct policy *policy, enum hook hook,
                     const uint64_t arguments[HOOK_ARGUMENTS], uint64_t *result)
{
    struct policy_task *task = policy->task;
    uint64_t now = policy->virtual_time;
    struct message message = {.tag = MAKE_TAG(hook, MESSAGE_WORDS, 0), .words = {now}};
    task->area->known.is_known = false;
    fill_words(task, group, policy, hook, arguments, message.words);
    if (!converse(group, policy, hook, &message)) {
        hook_guard.reason = task->ended;
        return false;
    }
    *result = take_result(task, hook, arguments, message.words);
    task->was_called = true;
    return true;
}
