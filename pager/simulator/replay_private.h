/*
 * What the two halves of replaying share: replay.c follows the records, replay_hooks.c calls
 * the policies and compares.
 */
#pragma once

#include "frame_map.h"
#include "instance.h"
#include "replay.h"

struct replay_group {
    struct replay_group *next_group;
    struct replay *replay;
    uint64_t id;
    struct policy policy;
    struct policy coming; /* between TRACE_SWITCH and TRACE_SWITCHED */
    bool ended;
    bool cleaned;                  /* `clean` was asked: not all it names is recorded */
    uint64_t switched_at;          /* virtual time */
    uint64_t counts[TRACE_COUNTS]; /* our own, as in TRACE_GROUP_COUNTS */
};

struct replay {
    struct quire_records records;
    struct quire_record record; /* the one that is looked at */
    bool record_waits;          /* it was read ahead and is still to be handled */
    bool ended;
    struct frame_map map;
    struct replay_group *groups, *group;
    uint64_t most_bytes; /* for one policy */
    struct failure *failure;
    bool failed;
};

/* Always false; only the first failure counts. */
bool replay_differs(struct replay *replay, const char *what, uint64_t ours, uint64_t theirs);
/* The next record is in replay->record; false: the end, or a failure. */
bool replay_next(struct replay *replay);
/* The same, to be handled again by the next call. */
bool replay_peek(struct replay *replay);
struct frame_entry *replay_frame(struct replay *replay, uint64_t frame);

extern const struct policy_services replay_services;

/* Each makes the call that replay->record is about. */
void replay_insert(struct replay_group *group);
void replay_reference(struct replay_group *group);
void replay_remove(struct replay_group *group);
void replay_outcome(struct replay_group *group);
void replay_tick(struct replay_group *group);
void replay_ask(struct replay_group *group); /* TRACE_VICTIMS, TRACE_CLEAN */
void replay_prefetch(struct replay_group *group);
