/*
 * Between the pager and a policy that runs in a task of its own (policy-server/): what the task
 * finds in its memory, and the messages.
 *
 *      pager                              policy task
 *      SYS_CALL  hook, arguments  ------> the policy's function
 *                <------ POLICY_LOOKED, POLICY_INFORMATION    a question, any number of times
 *      SYS_CALL  POLICY_ANSWER    ------>
 *                <------ POLICY_DONE, result
 *
 * A call's label is an enum hook or POLICY_ANSWER; calls go from the pager to the task only.
 * What does not fit into words is in the area, a page that both write. Pages are named by frame
 * number, and what comes from the task is an allegation: the pager checks all of it.
 *
 * Questions are dear, so both sides guess. The pager sends along what is known of the page that a
 * hook is about, once the policy has asked for it in such a hook; the task names pages that the
 * policy may look at next, and gets their Accessed bits in the same answer. What the task answers
 * out of this it writes down, in order, and the pager does and records it when it hears next: the
 * programs stand still meanwhile, so that a bit is the same then.
 */
#pragma once

#include "policy/policy.h"

#include <quire/abi.h>

/*
 *      0x0000000000400000  text, constants, data
 *      0x0000000020000000  struct policy_area
 *      0x0000000030000000  stack, downward; an unmapped page below it
 *      0x0000001000000000  struct policy_page of each frame
 *      0x0000004000000000  state, then arena
 */
#define POLICY_TASK_AREA 0x0000000020000000ull
#define POLICY_TASK_STACK_TOP 0x0000000030000000ull
#define POLICY_TASK_PAGES 0x0000001000000000ull
#define POLICY_TASK_MEMORY 0x0000004000000000ull

/* The only handle that the task has: its endpoint, to receive. */
#define POLICY_TASK_ENDPOINT 2

/* Word 0 of every hook is the group's virtual time; the words behind it are: */
enum hook {
    HOOK_INIT,      /* capacity, arena_frames, seed, frames of the machine; area->text: the name */
    HOOK_FINI,      /* */
    HOOK_RESIZE,    /* capacity, arena_frames: the memory behind the arena is there */
    HOOK_PARAMETER, /* value; area->text: the name. Result: whether it is good */
    HOOK_INSERT,    /* number of area->events: inserts and references, in order */
    HOOK_REFERENCE, /* the same */
    HOOK_REMOVE,    /* frame, why. Result: the cookie */
    HOOK_VICTIMS,   /* want. Result: number of area->frames */
    HOOK_OUTCOME,   /* frame, what */
    HOOK_TICK,      /* budget */
    HOOK_PREFETCH,  /* frame, max. Result: number of area->offsets */
    HOOK_CLEAN,     /* want. Result: number of area->frames */
    HOOK_EXPORT,    /* cursor, max. Result: number of area->frames; word 1: the cursor */
    HOOKS,
    POLICY_ANSWER /* LOOKED: bit 0 for the page, bit i + 1 for area->hints[i].
                     INFORMATION: struct policy_known in area->known */
};

enum policy_reply {
    POLICY_DONE = 1,    /* 0 result, 1 cursor */
    POLICY_LOOKED,      /* 0 frame, 1 number of area->hints */
    POLICY_INFORMATION, /* 0 frame */
};
/* In each reply: number of area->log, which comes before what the reply says. */
#define POLICY_REPLY_LOGGED 2

#define POLICY_EVENTS_MAX 16
#define POLICY_HINTS_MAX 31
#define POLICY_LOG_MAX 64
#define POLICY_EXPORT_MAX 64
#define POLICY_TEXT_MAX 64

/* What policy_page_information() says of a page; a time in place of the age. */
struct policy_known {
    uint64_t object, index, inserted_at;
    uint32_t frame, mappings;
    uint8_t kind, advice;
    bool dirty;
    bool is_known;    /* false: nothing is said about the frame */
    bool is_resident; /* false: the page is not the policy's, and the answer is all zero */
};

/* The answer to policy_page_information(); virtual_time: the policy's, now. */
static inline void policy_tell(const struct policy_known *known, uint64_t virtual_time,
                               struct policy_page_info *info)
{
    *info = (struct policy_page_info){0};
    if (!known->is_resident)
        return;
    info->object = known->object;
    info->index = known->index;
    info->age = virtual_time - known->inserted_at;
    info->mappings = known->mappings;
    info->kind = known->kind;
    info->advice = known->advice;
    info->dirty = known->dirty;
}

struct policy_task_event {
    uint64_t virtual_time; /* after the event */
    struct policy_insert_info info;
    uint32_t frame;
    uint8_t why; /* enum policy_insert_why or policy_channel */
    bool is_insert;
    struct policy_known known;
};

struct policy_task_log {
    uint32_t frame;
    uint32_t question; /* POLICY_LOOKED or POLICY_INFORMATION */
};

struct policy_area {
    /* ---- the pager writes */
    char text[POLICY_TEXT_MAX];
    struct policy_known known; /* of the page of REMOVE, OUTCOME, PREFETCH; an answer */
    struct policy_task_event events[POLICY_EVENTS_MAX];
    /* ---- the task writes */
    uint32_t hints[POLICY_HINTS_MAX];
    uint32_t frames[POLICY_EXPORT_MAX]; /* UINT32_MAX: no page */
    int64_t offsets[POLICY_VICTIMS_MAX];
    struct policy_task_log log[POLICY_LOG_MAX];
};
_Static_assert(sizeof(struct policy_area) <= 4096, "the area is one page");
_Static_assert(POLICY_EXPORT_MAX >= POLICY_VICTIMS_MAX, "one array serves both");

/* State and arena of an instance are one piece: the state first, the arena on a cache line. */
static inline size_t policy_arena_offset(const struct policy_ops *ops)
{
    return (ops->state_bytes + 63) & ~(size_t)63;
}

static inline size_t policy_arena_bytes(const struct policy_ops *ops, size_t frames)
{
    return ops->arena_bytes_fixed + ops->arena_bytes_per_frame * frames;
}
