/*
 * Random numbers that are the same everywhere: xorshift64 with the shifts 13, 7, 17 (Marsaglia,
 * "Xorshift RNGs", 2003).
 */
#pragma once

#include <stdint.h>

struct random_stream {
    uint64_t state; /* never 0 */
};

/* Seed 1 begins at `origin` itself, every other seed somewhere else. */
static inline struct random_stream random_begin(uint64_t origin, uint64_t seed)
{
    if (seed == 1)
        return (struct random_stream){origin};
    /* The finalizer of splitmix64: neighbouring seeds begin far apart. */
    uint64_t mixed = origin + seed * 0x9e3779b97f4a7c15ull;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ull;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
    mixed ^= mixed >> 31;
    return (struct random_stream){mixed != 0 ? mixed : origin};
}

static inline uint64_t random_next(struct random_stream *stream)
{
    uint64_t state = stream->state;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    stream->state = state;
    return state;
}

/* From 0 to limit - 1. What the remainder favours is below 2^-30 for limits below 2^34. */
static inline uint64_t random_below(struct random_stream *stream, uint64_t limit)
{
    return random_next(stream) % limit;
}

/* Puts the items in a random order (Fisher and Yates, from the end). */
static inline void random_shuffle(struct random_stream *stream, uint32_t *items, uint32_t count)
{
    for (uint32_t last = count; last-- > 1;) {
        uint32_t other = (uint32_t)random_below(stream, (uint64_t)last + 1);
        uint32_t item = items[last];
        items[last] = items[other];
        items[other] = item;
    }
}
