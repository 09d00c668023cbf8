/*
 * A page-replacement policy in a task of its own: the pager calls, a hook runs, the answer goes
 * back (pager/policy_protocol.h).
 *
 * The same policy files as in the pager, on memory of their own: whatever a policy does here, it
 * does to this task, which the pager ends when it is wrong or late. Nothing is checked that only
 * hurts the policy itself.
 */
#include "task.h"

#include <quire/server.h>
#include <string.h>

struct policy policy;
struct policy_area *const area = (struct policy_area *)POLICY_TASK_AREA;
uint64_t frame_limit;
uint64_t caller;

static const struct policy_ops *find_policy(const char *name)
{
    for (size_t i = 0; policy_table[i] != NULL; i++) {
        if (strcmp(policy_table[i]->name, name) == 0)
            return policy_table[i];
    }
    server_panic("policy-server: there is no policy '%s'", name);
}

static void set_arena(uint64_t frames)
{
    policy.arena_frames = frames;
    policy.arena_bytes = policy_arena_bytes(policy.ops, frames);
}

static uint64_t begin(const struct message *call)
{
    frame_limit = call->words[4];
    policy.ops = find_policy(area->text);
    policy.capacity = call->words[1];
    policy.seed = call->words[3];
    policy.state = (void *)POLICY_TASK_MEMORY;
    policy.arena = (uint8_t *)policy.state + policy_arena_offset(policy.ops);
    set_arena(call->words[2]);
    policy.ops->init(&policy);
    return 0;
}

static uint64_t resize(const struct message *call)
{
    policy.capacity = call->words[1];
    set_arena(call->words[2]);
    if (policy.ops->resize != NULL)
        policy.ops->resize(&policy, policy.capacity);
    return 0;
}

static uint64_t events(const struct message *call)
{
    uint64_t now = policy.virtual_time;
    for (uint64_t i = 0; i < call->words[1]; i++) {
        const struct policy_task_event *event = &area->events[i];
        struct policy_page *page = page_of(event->frame);
        policy.virtual_time = event->virtual_time;
        questions_know(&event->known);
        if (event->is_insert) {
            *page = (struct policy_page){0};
            policy.ops->insert(&policy, page, event->why, &event->info);
        } else {
            policy.ops->reference(&policy, page, event->why);
        }
    }
    policy.virtual_time = now;
    return 0;
}

/* The frames of what a policy named, which need not be pages at all. */
static uint64_t give_pages(struct policy_page *const *pages, uint64_t count, uint64_t max)
{
    for (uint64_t i = 0; i < count && i < max; i++)
        area->frames[i] = frame_of(pages[i]);
    return count;
}

static uint64_t name_pages(const struct message *call,
                           size_t (*hook)(struct policy *, size_t, struct policy_page **))
{
    struct policy_page *out[POLICY_VICTIMS_MAX] = {NULL};
    return give_pages(out, hook(&policy, call->words[1], out), POLICY_VICTIMS_MAX);
}

static uint64_t export(const struct message *call, uint64_t *cursor)
{
    struct policy_page *out[POLICY_EXPORT_MAX] = {NULL};
    *cursor = call->words[1];
    return give_pages(out, policy.ops->export(&policy, cursor, out, call->words[2]),
                      POLICY_EXPORT_MAX);
}

/* The pager calls only hooks that the policy has. */
static uint64_t run_hook(const struct message *call, uint64_t *cursor)
{
    const struct policy_ops *ops = policy.ops;
    const uint64_t *words = call->words;
    policy.virtual_time = words[0];
    switch (TAG_LABEL(call->tag)) {
    case HOOK_INIT: return begin(call);
    case HOOK_FINI: ops->fini(&policy); return 0;
    case HOOK_RESIZE: return resize(call);
    case HOOK_PARAMETER: return ops->parameter(&policy, area->text, (int64_t)words[1]);
    case HOOK_INSERT:
    case HOOK_REFERENCE: return events(call);
    case HOOK_REMOVE: return ops->remove(&policy, page_of((uint32_t)words[1]), words[2]);
    case HOOK_VICTIMS: return name_pages(call, ops->victims);
    case HOOK_OUTCOME: ops->outcome(&policy, page_of((uint32_t)words[1]), words[2]); return 0;
    case HOOK_TICK: ops->tick(&policy, words[1]); return 0;
    case HOOK_PREFETCH:
        return ops->prefetch(&policy, page_of((uint32_t)words[1]), area->offsets, words[2]);
    case HOOK_CLEAN: return name_pages(call, ops->clean);
    case HOOK_EXPORT: return export(call, cursor);
    default: server_panic("policy-server: there is no hook %u", TAG_LABEL(call->tag));
    }
}

void server_main(const struct server_start *start)
{
    (void)start;
    struct message message = {0};
    int64_t status = sys_wait(POLICY_TASK_ENDPOINT, &message);
    while (status == KERNEL_OK) {
        uint64_t cursor = 0;
        caller = message.reply_token;
        questions_begin();
        if (TAG_LABEL(message.tag) != HOOK_INSERT && TAG_LABEL(message.tag) != HOOK_REFERENCE)
            questions_know(&area->known);
        uint64_t result = run_hook(&message, &cursor);
        message.tag = MAKE_TAG(POLICY_DONE, 3, 0);
        message.words[0] = result;
        message.words[1] = cursor;
        message.words[POLICY_REPLY_LOGGED] = questions_logged();
        status = sys_reply_and_wait(caller, POLICY_TASK_ENDPOINT, &message);
    }
    server_panic("policy-server: the pager is lost (%ld)", (long)status);
}
