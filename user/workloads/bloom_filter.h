/*
 * Bloom filters (CACM 1970): may a key be in a set? No is certain, yes is wrong now and then: with
 * the figures below for one absent key in about 120. The probes of a key are an arithmetic sequence,
 * which costs no accuracy (Kirsch and Mitzenmacher 2006).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLOOM_BITS_A_KEY 10
#define BLOOM_PROBES 7

/* Words that a filter for `keys` keys has. */
size_t bloom_words(uint64_t keys);
/* `bits` are bloom_words() words, at first zero. */
void bloom_add(uint64_t *bits, size_t words, uint64_t key);
bool bloom_may_have(const uint64_t *bits, size_t words, uint64_t key);
