/*
 * The calls of a recorded run, made again. See replay_private.h.
 *
 * The records of a hook's questions stand behind the hook's own, so a question reads on in the
 * trace: the next record must be that question, and has the answer.
 */
#include "replay_private.h"

#include <string.h>

/* ---------------------------------------------------------------- what policies ask */

static uint64_t frame_of(const struct replay *replay, const struct policy_page *page)
{
    const struct frame_entry *entry = frame_entry_of(&replay->map, page);
    return entry != NULL ? entry->frame : TRACE_NO_FRAME;
}

/* The record of the question that is being asked; false: the guest's policy asked another. */
static bool question(struct replay *replay, enum trace_type type, uint64_t frame)
{
    if (!replay_peek(replay))
        return false;
    if (replay->record.type != type)
        return replay_differs(replay, "a question of type", type, replay->record.type);
    if (replay->record.field[0] != frame)
        return replay_differs(replay, "a question about frame", frame, replay->record.field[0]);
    return replay_next(replay);
}

static bool looked(struct policy *policy, struct policy_page *page)
{
    struct replay_group *group = policy->core;
    struct replay *replay = group->replay;
    if (!question(replay, TRACE_LOOK, frame_of(replay, page)))
        return false;
    group->counts[TRACE_COUNT_LOOKS]++;
    bool referenced = replay->record.field[1];
    policy->virtual_time += referenced;
    group->counts[TRACE_COUNT_REFERENCES] += referenced;
    return referenced;
}

static void information(struct policy *policy, const struct policy_page *page,
                        struct policy_page_info *info)
{
    struct replay_group *group = policy->core;
    struct replay *replay = group->replay;
    memset(info, 0, sizeof *info);
    /* About what is not resident in its group nothing is known, and nothing recorded. */
    const struct frame_entry *entry = frame_entry_of(&replay->map, page);
    if (entry == NULL || !entry->resident || entry->group != group->id ||
        !question(replay, TRACE_INFORMATION, entry->frame))
        return;
    uint64_t bits = replay->record.field[1];
    *info = (struct policy_page_info){
        .object = entry->page.object,
        .index = entry->page.index,
        .age = policy->virtual_time - entry->inserted_at,
        .mappings = (uint32_t)replay->record.field[2],
        .kind = (uint8_t)bits,
        .advice = (uint8_t)(bits >> 8),
        .dirty = bits >> 16 & 1,
    };
}

const struct policy_services replay_services = {looked, information};

/* ---------------------------------------------------------------- what they are told */

/* A number of the record as the value of an enumeration, which ends with `last`. */
static bool known_value(struct replay *replay, unsigned field, uint64_t last)
{
    return replay->record.field[field] <= last ||
           replay_differs(replay, "the last value that the field can have", last,
                          replay->record.field[field]);
}

void replay_insert(struct replay_group *group)
{
    struct replay *replay = group->replay;
    const uint64_t *field = replay->record.field;
    enum policy_insert_why why = (enum policy_insert_why)field[1];
    struct frame_entry *entry = replay_frame(replay, field[0]);
    if (entry == NULL || !known_value(replay, 1, POLICY_ADOPT))
        return;
    if (entry->resident) {
        replay_differs(replay, "an insert into an occupied frame", entry->frame, entry->frame);
        return;
    }
    const struct policy_insert_info info = {
        .refault_distance = field[7],
        .cookie = (uint32_t)field[8],
        .region = (uint32_t)field[6],
        .rank = (uint32_t)field[9],
        .advice = (uint8_t)(field[4] >> 8),
        .write = field[5],
    };
    group->policy.virtual_time++;
    group->counts[TRACE_COUNT_INSERTS] += why != POLICY_ADOPT;
    group->counts[TRACE_COUNT_REFAULTS] += why == POLICY_REFAULT;
    group->counts[TRACE_COUNT_RESIDENT]++;
    entry->policy = (struct policy_page){0};
    entry->page = (struct page_key){field[2], field[3]};
    if (why != POLICY_ADOPT)
        entry->inserted_at = group->policy.virtual_time;
    entry->group = (uint32_t)group->id;
    entry->resident = true;
    group->policy.ops->insert(&group->policy, &entry->policy, why, &info);
}

/* The page of the record, which must be in the group's policy; NULL: it is not. */
static struct frame_entry *own_page(struct replay_group *group)
{
    struct replay *replay = group->replay;
    struct frame_entry *entry = replay_frame(replay, replay->record.field[0]);
    if (entry == NULL || (entry->resident && entry->group == group->id))
        return entry;
    replay_differs(replay, "a page that is in group", entry->resident ? entry->group : UINT64_MAX,
                   group->id);
    return NULL;
}

void replay_reference(struct replay_group *group)
{
    struct frame_entry *entry = own_page(group);
    enum policy_channel channel = (enum policy_channel)group->replay->record.field[1];
    group->policy.virtual_time++;
    group->counts[TRACE_COUNT_REFERENCES]++;
    if (entry != NULL && known_value(group->replay, 1, POLICY_IO) &&
        group->policy.ops->reference != NULL)
        group->policy.ops->reference(&group->policy, &entry->policy, channel);
}

void replay_remove(struct replay_group *group)
{
    struct replay *replay = group->replay;
    struct frame_entry *entry = own_page(group);
    if (entry == NULL || !known_value(replay, 1, POLICY_ABANDONED))
        return;
    enum policy_remove_why why = (enum policy_remove_why)replay->record.field[1];
    group->counts[TRACE_COUNT_EVICTIONS] += why == POLICY_EVICTED;
    group->counts[TRACE_COUNT_RESIDENT]--;
    uint32_t ours = group->policy.ops->remove(&group->policy, &entry->policy, why);
    entry->resident = false;
    uint64_t theirs = 0;
    if (replay_peek(replay) && replay->record.type == TRACE_COOKIE && replay_next(replay))
        theirs = replay->record.field[0];
    if (ours != theirs)
        replay_differs(replay, "a cookie", ours, theirs);
}

void replay_outcome(struct replay_group *group)
{
    struct frame_entry *entry = own_page(group);
    enum policy_outcome what = (enum policy_outcome)group->replay->record.field[1];
    group->counts[TRACE_COUNT_REJECTED] += what == POLICY_REJECTED;
    group->counts[TRACE_COUNT_RESCUED] += what == POLICY_RESCUED;
    if (entry != NULL && known_value(group->replay, 1, POLICY_READAHEAD_WASTED) &&
        group->policy.ops->outcome != NULL)
        group->policy.ops->outcome(&group->policy, &entry->policy, what);
}

void replay_tick(struct replay_group *group)
{
    uint64_t budget = group->replay->record.field[0];
    if (budget > POLICY_TICK_BUDGET)
        replay_differs(group->replay, "steps of a tick, at most", POLICY_TICK_BUDGET, budget);
    else if (group->policy.ops->tick != NULL)
        group->policy.ops->tick(&group->policy, budget);
}

/* ---------------------------------------------------------------- what they are asked */

static void compare_named(struct replay_group *group, struct policy_page *const *named,
                          uint64_t count, bool victims)
{
    struct replay *replay = group->replay;
    if (!replay_next(replay))
        return;
    if (replay->record.type != TRACE_NAMED) {
        replay_differs(replay, "after the hook a record of type", TRACE_NAMED, replay->record.type);
        return;
    }
    if (replay->record.field[0] != count) {
        replay_differs(replay, "a number of pages named", count, replay->record.field[0]);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t ours = frame_of(replay, named[i]);
        if (victims && ours == TRACE_NO_FRAME)
            group->counts[TRACE_COUNT_REJECTED]++;
        if (ours != replay->record.field[1 + i]) {
            replay_differs(replay, "a page named, frame", ours, replay->record.field[1 + i]);
            return;
        }
    }
}

void replay_ask(struct replay_group *group)
{
    struct replay *replay = group->replay;
    struct policy_page *named[POLICY_VICTIMS_MAX];
    bool victims = replay->record.type == TRACE_VICTIMS;
    uint64_t want = replay->record.field[0];
    if (want > POLICY_VICTIMS_MAX || (!victims && group->policy.ops->clean == NULL)) {
        replay_differs(replay, "most pages to be asked for", POLICY_VICTIMS_MAX, want);
        return;
    }
    group->cleaned = group->cleaned || !victims;
    uint64_t count = victims ? group->policy.ops->victims(&group->policy, want, named)
                             : group->policy.ops->clean(&group->policy, want, named);
    if (!replay->failed)
        compare_named(group, named, count < want ? count : want, victims);
}

void replay_prefetch(struct replay_group *group)
{
    struct replay *replay = group->replay;
    struct frame_entry *entry = own_page(group);
    int64_t offsets[POLICY_VICTIMS_MAX];
    uint64_t most = replay->record.field[1];
    if (entry == NULL || group->policy.ops->prefetch == NULL || most > POLICY_VICTIMS_MAX) {
        replay_differs(replay, "most offsets to be asked for", POLICY_VICTIMS_MAX, most);
        return;
    }
    uint64_t count = group->policy.ops->prefetch(&group->policy, &entry->policy, offsets, most);
    if (replay->failed || !replay_next(replay))
        return;
    const struct quire_record *record = &replay->record;
    if (record->type != TRACE_OFFSETS || record->field[0] != count) {
        replay_differs(replay, "a number of offsets", count, record->field[0]);
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (record->field[1 + i] != trace_zigzag(offsets[i]))
            replay_differs(replay, "an offset", trace_zigzag(offsets[i]), record->field[1 + i]);
    }
}
