/*
 * Shadow caches: small instances of several policies, run on a sample of the pages, whose
 * misses say which of them would do best. Private to adaptive.c.
 *
 *      every page ---tag in the sample?---> entry ---> cache 0: resident or not
 *                                                 ---> cache 1 ...
 *
 * Whether a page is in the sample depends on its tag alone. One page in k before caches of
 * one k-th the capacity miss as all would before whole ones (Waldspurger, Park, Garthwaite, Ahmad,
 * Efficient MRC construction with SHARDS, FAST 2015). An entry lives while its page is
 * resident or in one of the caches.
 *
 * A use is noted in any hook and told to the caches later, in shadows_tell(), because their
 * policies look at pages then. What such a look finds is a use for all others, and for the owner.
 */
#pragma once

#include "policy.h"

#define SHADOWS 4
/* The caches have one frame for SHADOW_RATE of the owner's, but SHADOW_FRAMES_MIN if it has them. */
#define SHADOW_RATE 8
#define SHADOW_FRAMES_MIN 128
/* Entries for each frame of a cache: what the caches hold together. One that finds none is skipped. */
#define SHADOW_ENTRIES 3
#define SHADOW_STATE_WORDS 24
/* Misses fade by one part in MISS_WEIGHT, once in a cache's frames' worth of uses. */
#define MISS_WEIGHT 16
/* For the tables of all the caches' policies together, a frame. */
#define SHADOW_ARENA_BYTES 128

struct shadow_entry {
    struct policy_page page[SHADOWS]; /* as each cache's policy knows it */
    uint64_t tag;
    struct policy_page *real; /* the page itself, while it is resident */
    uint32_t chain, bucket;   /* of the hash table by tag; bucket of the entry's number */
    uint32_t next;            /* free ones; those with a use to be told */
    uint8_t cached;           /* in which caches: a bit each */
    uint8_t untold;           /* which caches have not been told of a use */
    bool queued;
    bool owner_untold;
};

struct shadow_cache {
    struct policy policy;
    struct shadows *shadows;
    size_t resident;
    uint64_t misses; /* each MISS_WEIGHT at first, and fading */
    uint64_t state[SHADOW_STATE_WORDS];
};

struct shadows {
    struct policy *owner; /* who is asked whether a page was used */
    struct shadow_cache cache[SHADOWS];
    struct shadow_entry *entries; /* number 0 is nil */
    uint32_t entry_count, free;
    uint32_t queue_front, queue_back;
    uint32_t sweep;
    uint32_t frames;        /* of each cache */
    uint64_t sampled_below; /* tags, as fractions of 2^64 */
    uint64_t uses;          /* told since misses last faded */
};

/* Bytes of memory that shadows of an owner with `frames` frames need at most. */
#define SHADOW_BYTES_A_FRAME (SHADOW_ENTRIES * sizeof(struct shadow_entry) + SHADOW_ARENA_BYTES)
#define SHADOWS_BYTES_PER_FRAME (SHADOW_BYTES_A_FRAME / SHADOW_RATE + 1)
#define SHADOWS_BYTES_FIXED \
    (SHADOW_FRAMES_MIN * SHADOW_BYTES_A_FRAME + 2 * sizeof(struct shadow_entry) + 1024)

/* Begins anew, with nothing known; memory is zeroed. */
void shadows_begin(struct shadows *shadows, struct policy *owner,
                   const struct policy_ops *const *candidates, void *memory);
/* Before any other call in a hook: the owner and its memory may have moved. */
void shadows_enter(struct shadows *shadows, struct policy *owner,
                   const struct policy_ops *const *candidates, void *memory);

void shadows_inserted(struct shadows *shadows, struct policy_page *page, bool is_use);
void shadows_used(struct shadows *shadows, struct policy_page *page);
void shadows_removed(struct shadows *shadows, struct policy_page *page, enum policy_remove_why why);
/* In victims and tick only. `owner_used` is called for uses that only a shadow's look has found. */
void shadows_tell(struct shadows *shadows,
                  void (*owner_used)(struct policy *owner, struct policy_page *page));
/* Looks at up to `budget` resident pages of the sample, which no cache might look at. */
void shadows_sweep(struct shadows *shadows, size_t budget);
