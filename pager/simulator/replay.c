/*
 * See replay.h.
 */
#include "replay_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define POLICY_TEXT_MAX 1200

/* ---------------------------------------------------------------- records */

bool replay_differs(struct replay *replay, const char *what, uint64_t ours, uint64_t theirs)
{
    if (!replay->failed)
        refuse(replay->failure,
               "%s: the replay differs at offset %" PRIu64 " (record %" PRIu64
               "): %s: here %" PRId64 ", in the guest %" PRId64,
               replay->records.source->name, replay->record.offset, replay->records.count, what,
               (int64_t)ours, (int64_t)theirs);
    replay->failed = true;
    return false;
}

bool replay_next(struct replay *replay)
{
    if (replay->record_waits) {
        replay->record_waits = false;
        return true;
    }
    if (replay->failed || replay->ended)
        return false;
    struct failure failure;
    if (quire_records_next(&replay->records, &replay->record, &failure))
        return true;
    replay->ended = true;
    if (failure.text[0] != '\0') {
        *replay->failure = failure;
        replay->failed = true;
    }
    return false;
}

bool replay_peek(struct replay *replay)
{
    if (!replay->record_waits)
        replay->record_waits = replay_next(replay);
    return replay->record_waits;
}

struct frame_entry *replay_frame(struct replay *replay, uint64_t frame)
{
    struct failure failure;
    struct frame_entry *entry = frame_entry(&replay->map, frame, replay->records.source->name,
                                            replay->record.offset, &failure);
    if (entry == NULL && !replay->failed) {
        *replay->failure = failure;
        replay->failed = true;
    }
    return entry;
}

/* ---------------------------------------------------------------- groups and instances */

/* Group numbers come again; the last of that number is meant. */
static struct replay_group *find_group(struct replay *replay, uint64_t id)
{
    struct replay_group *group = replay->groups;
    while (group != NULL && (group->id != id || group->ended))
        group = group->next_group;
    return group;
}

/* Whether the guest can have had so many frames, and there is memory for what the policy keeps of
   them. */
static bool capacity_fits(struct replay *replay, const struct policy_ops *ops, uint64_t capacity)
{
    if (capacity > UINT32_MAX)
        return replay_differs(replay, "a capacity, at most", UINT32_MAX, capacity);
    if (capacity == 0)
        return replay_differs(replay, "a capacity, at least", 1, capacity);
    uint64_t bytes = instance_bytes(ops, capacity);
    return bytes <= replay->most_bytes ||
           replay_differs(replay, "memory for a policy of that capacity, bytes, at most",
                          replay->most_bytes, bytes);
}

/* An instance for the policy that the record's text names. */
static bool begin_instance(struct replay *replay, struct replay_group *group,
                           struct policy *instance, uint64_t capacity, uint64_t seed)
{
    char text[POLICY_TEXT_MAX];
    size_t length =
        replay->record.text_bytes < sizeof text - 1 ? replay->record.text_bytes : sizeof text - 1;
    memcpy(text, replay->record.text, length);
    text[length] = '\0';
    char *parameters = strchr(text, ' ');
    if (parameters != NULL)
        *parameters++ = '\0';
    struct policy_choice choice;
    replay->failed = true; /* until it is known better */
    if (!policy_find(text, &choice))
        return refuse(replay->failure,
                      "%s: the policy '%s' of offset %" PRIu64 " is not in this build",
                      replay->records.source->name, text, replay->record.offset);
    replay->failed = false;
    if (!capacity_fits(replay, choice.ops, capacity))
        return false;
    replay->failed = true;
    const struct instance_setup setup = {choice.ops, capacity, seed, &replay_services, group};
    if (!instance_begin(instance, &setup, replay->failure))
        return false;
    if (parameters != NULL && !instance_parameters(instance, parameters, ' ', replay->failure)) {
        instance_end(instance);
        return false;
    }
    replay->failed = false;
    return true;
}

static void create_group(struct replay *replay)
{
    const uint64_t *field = replay->record.field;
    if (find_group(replay, field[0]) != NULL) {
        replay_differs(replay, "no second group with the number", field[0], field[0]);
        return;
    }
    struct replay_group *group = calloc(1, sizeof *group);
    if (group == NULL) {
        replay_differs(replay, "memory for group", field[0], field[0]);
        return;
    }
    group->replay = replay;
    group->id = field[0];
    if (!begin_instance(replay, group, &group->policy, field[3], field[4])) {
        free(group);
        return;
    }
    group->policy.virtual_time = field[5];
    group->next_group = replay->groups;
    replay->groups = replay->group = group;
}

static bool is_empty(struct replay_group *group, const char *when)
{
    return group->counts[TRACE_COUNT_RESIDENT] == 0 ||
           replay_differs(group->replay, when, group->counts[TRACE_COUNT_RESIDENT], 0);
}

static void end_group(struct replay_group *group)
{
    if (!is_empty(group, "pages left at the end of a group"))
        return;
    group->ended = true;
    group->replay->group = NULL;
}

static void begin_switch(struct replay_group *group)
{
    struct replay *replay = group->replay;
    instance_end(&group->coming);
    if (begin_instance(replay, group, &group->coming, replay->record.field[0],
                       replay->record.field[1]))
        group->switched_at = group->policy.virtual_time;
}

static void switch_policy(struct replay_group *group)
{
    if (group->coming.state == NULL) {
        replay_differs(group->replay, "a change of policy that was not begun, group", group->id,
                       group->id);
        return;
    }
    if (!is_empty(group, "pages left with the old policy at a change"))
        return;
    instance_end(&group->policy);
    group->policy = group->coming;
    group->policy.virtual_time = group->switched_at;
    group->coming.state = NULL;
}

static void resize(struct replay_group *group)
{
    struct replay *replay = group->replay;
    if (capacity_fits(replay, group->policy.ops, replay->record.field[0]) &&
        !instance_resize(&group->policy, replay->record.field[0], replay->failure))
        replay->failed = true;
}

/* The guest goes on after a bad parameter, with those before it. */
static void set_parameters(struct replay_group *group)
{
    char text[POLICY_TEXT_MAX];
    const struct quire_record *record = &group->replay->record;
    size_t length = record->text_bytes < sizeof text - 1 ? record->text_bytes : sizeof text - 1;
    struct failure failure;
    memcpy(text, record->text, length);
    text[length] = '\0';
    (void)instance_parameters(&group->policy, text, ' ', &failure);
}

/* ---------------------------------------------------------------- the end of a group */

static const char *const count_names[TRACE_COUNTS] = {
    "group", "virtual_time", "references", "inserts",     "refaults", "evictions",
    "looks", "rejected",     "rescued",    "core_picked", "resident",
};

static void compare_counts(struct replay_group *group, FILE *out)
{
    struct replay *replay = group->replay;
    group->counts[TRACE_COUNT_GROUP] = group->id;
    group->counts[TRACE_COUNT_VIRTUAL_TIME] = group->policy.virtual_time;
    for (size_t i = 0; i < TRACE_COUNTS; i++) {
        uint64_t theirs = replay->record.field[i];
        /* Pages named for cleaning are rejected without a record of it. */
        if (group->counts[i] != theirs && !(i == TRACE_COUNT_REJECTED && group->cleaned))
            replay_differs(replay, count_names[i], group->counts[i], theirs);
    }
    fprintf(out, "%s", group->policy.ops->name);
    for (size_t i = 0; i < TRACE_COUNTS; i++)
        fprintf(out, ",%" PRIu64, group->counts[i]);
    fputc('\n', out);
}

/* ---------------------------------------------------------------- the run */

static void handle_group(struct replay_group *group, FILE *out)
{
    switch ((int)group->replay->record.type) {
    case TRACE_GROUP_COUNTS: compare_counts(group, out); break;
    case TRACE_GROUP_DESTROY: end_group(group); break;
    case TRACE_RESIZE: resize(group); break;
    case TRACE_PARAMETERS: set_parameters(group); break;
    case TRACE_SWITCH: begin_switch(group); break;
    case TRACE_SWITCHED: switch_policy(group); break;
    case TRACE_SWITCH_DONE: group->policy.virtual_time = group->switched_at; break;
    case TRACE_INSERT: replay_insert(group); break;
    case TRACE_REFERENCE: replay_reference(group); break;
    case TRACE_REMOVE: replay_remove(group); break;
    case TRACE_OUTCOME: replay_outcome(group); break;
    case TRACE_TICK: replay_tick(group); break;
    case TRACE_VICTIMS:
    case TRACE_CLEAN: replay_ask(group); break;
    case TRACE_PREFETCH: replay_prefetch(group); break;
    case TRACE_PICKED: group->counts[TRACE_COUNT_CORE_PICKED]++; break;
    case TRACE_CONTAINED:
        replay_differs(group->replay, "a policy that went wrong cannot be repeated, group",
                       group->id, group->id);
        break;
    case TRACE_NAMED:
    case TRACE_COOKIE:
    case TRACE_OFFSETS:
    case TRACE_LOOK:
    case TRACE_INFORMATION:
        replay_differs(group->replay, "nothing asked or said; a record of type", 0,
                       group->replay->record.type);
        break;
    default: break; /* what is no policy's business, or of a later version */
    }
}

static void handle(struct replay *replay, FILE *out)
{
    switch ((int)replay->record.type) {
    case TRACE_GROUP:
        replay->group = find_group(replay, replay->record.field[0]);
        if (replay->group == NULL)
            replay_differs(replay, "a group that is not there", UINT64_MAX,
                           replay->record.field[0]);
        break;
    case TRACE_GROUP_CREATE: create_group(replay); break;
    case TRACE_CLOCK:
    case TRACE_SAMPLE:
    case TRACE_FAULT: break;
    default:
        if (replay->group != NULL)
            handle_group(replay->group, out);
    }
}

static void free_groups(struct replay *replay)
{
    while (replay->groups != NULL) {
        struct replay_group *group = replay->groups;
        replay->groups = group->next_group;
        instance_end(&group->policy);
        instance_end(&group->coming);
        free(group);
    }
}

bool replay_run(struct byte_source *source, uint64_t most_bytes, FILE *out, struct failure *failure)
{
    struct replay replay = {.failure = failure, .most_bytes = most_bytes};
    if (!quire_records_begin(&replay.records, source, false, failure))
        return false;
    fputs("policy", out);
    for (size_t i = 0; i < TRACE_COUNTS; i++)
        fprintf(out, ",%s", count_names[i]);
    fputc('\n', out);
    while (!replay.failed && replay_next(&replay))
        handle(&replay, out);
    free_groups(&replay);
    frame_map_free(&replay.map);
    return !replay.failed;
}
