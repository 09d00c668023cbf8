/*
 * The duel: experts run small caches on a sample of the pages, and what one misses that another
 * hits says which of them should manage the real ones. Private to adaptive.c.
 *
 *      every page ---tag in the sample?---> entry ---> cache of expert 0: in a list, or remembered
 *                                                 ---> cache of expert 1 ...
 *
 * Whether a page is in the sample depends on its tag alone. One page in k before caches of one
 * k-th the capacity miss as all would before whole ones (Waldspurger, Park, Garthwaite, Ahmad,
 * Efficient MRC construction with SHARDS, FAST 2015).
 *
 * An Accessed bit has several observers: the owner and each cache. Whoever finds it set clears it,
 * and it is noted for all the others. A use of a page that some cache has not got is a miss there;
 * it is told in victims and tick only, because making room looks at other pages.
 */
#pragma once

#include "policy.h"

#define EXPERTS 3
/* The caches have one frame for DUEL_RATE of the owner's, within these bounds. */
#define DUEL_RATE 8
#define DUEL_FRAMES_MIN 128
#define DUEL_FRAMES_MAX 512
/* Entries for each frame of a cache: what the caches hold together, and what they remember. */
#define DUEL_ENTRIES 3
/* Leads fade by one part in DUEL_WEIGHT, once in half a cache's frames of misses. */
#define DUEL_WEIGHT 16

/* LIRS with these sizes, in percent of the capacity (adaptive.c says more). */
struct expert {
    uint32_t lir;    /* frames for LIR pages; 0: an LRU list, or clock */
    uint32_t memory; /* evictions after which a page that left is forgotten */
};
enum { RECENT, FREQUENT, SELECT };
extern const struct expert experts[EXPERTS];

/* The LIR pages that an expert may have among so many frames: one is always left to the queue. */
static inline size_t expert_lir_target(const struct expert *expert, size_t frames)
{
    size_t target = frames * expert->lir / 100;
    return target < frames ? target : frames - 1;
}

static inline size_t expert_memory(const struct expert *expert, size_t frames)
{
    return frames * expert->memory / 100;
}

/* Times wrap: which of two is the later one is known as long as they are not 2^31 apart. */
static inline bool not_earlier(uint32_t time, uint32_t than)
{
    return (int32_t)(time - than) >= 0;
}

/* An entry as one cache sees it. */
struct duel_view {
    uint16_t next, previous;
    uint32_t time;       /* of the last use found */
    uint32_t evicted_at; /* in evictions of the cache; 0: never, or it is forgotten */
};

struct duel_entry {
    struct duel_view view[EXPERTS];
    struct policy_page *real; /* the page itself, while it is resident */
    uint32_t tag;             /* 0: the entry was never used */
    uint16_t chain, bucket;   /* of the hash table by tag; bucket of the entry's number */
    uint16_t next_queued;
    uint8_t place[EXPERTS];
    uint8_t unseen; /* a bit for each cache that has not seen the last use */
    bool queued;
    bool untold; /* there was a use that may be a miss somewhere */
};

struct duel_list {
    uint16_t front, back;
    uint32_t length;
};

struct duel_cache {
    struct duel_list queue, lir;
    uint32_t evictions;
};

struct duel {
    struct policy *owner;
    struct duel_entry *entries; /* number 0 is nil */
    uint32_t entry_count;
    uint32_t frames;        /* of each cache */
    uint32_t sampled_below; /* tags, as fractions of 2^32 */
    uint32_t time;
    uint16_t reused, swept; /* entries where a search goes on */
    uint16_t queue_front, queue_back;
    uint32_t misses_until_fading;
    uint32_t lead[EXPERTS][EXPERTS]; /* misses of the first that the second hit, each DUEL_WEIGHT */
    struct duel_cache cache[EXPERTS];
};

#define DUEL_BYTES (sizeof(struct duel_entry) * (DUEL_FRAMES_MAX * DUEL_ENTRIES + 1))

/* Begins anew, with nothing known, as if the owner had `capacity` / `divisor` frames. */
void duel_begin(struct duel *duel, struct policy *owner, void *memory, uint32_t divisor);
/* After it: a page that is resident already, coldest first. Every cache gets it. */
void duel_adopt(struct duel *duel, struct policy_page *page);
/* Before any other call in a hook: the owner and its memory may have moved. */
void duel_enter(struct duel *duel, struct policy *owner, void *memory);

void duel_inserted(struct duel *duel, struct policy_page *page, bool is_use);
void duel_used(struct duel *duel, struct policy_page *page);
void duel_removed(struct duel *duel, struct policy_page *page, enum policy_remove_why why);

/* In victims and tick only; `found` is called for uses that the owner has not seen. */
typedef void (*duel_found)(struct policy *owner, struct policy_page *page);
/* Looks at up to `budget` resident pages of the sample, which no cache might look at, and tells the
   caches of all uses since the last time. */
void duel_sweep(struct duel *duel, size_t budget, duel_found found);

/* By how many misses `challenger` leads `holder`, each DUEL_WEIGHT; 0 if that may be chance: misses
   that only one of the two has fall to either side like tosses of a coin. */
uint64_t duel_lead(const struct duel *duel, uint32_t holder, uint32_t challenger,
                   uint32_t evidence);

struct duel_terms {
    uint32_t evidence;        /* standard deviations */
    uint32_t patience, trust; /* percent of the frames: to change to RECENT, and away from it */
};
/* Who should have the pages that `holder` has. */
uint32_t duel_winner(const struct duel *duel, uint32_t holder, const struct duel_terms *terms);
