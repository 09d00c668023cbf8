/*
 * A long row of 32-bit words that is written once and then read: references, next uses. Short ones
 * are in memory; longer ones in an unlinked temporary file that is mapped, so that the system may
 * drop what is not being read and memory stays a matter of distinct pages.
 */
#pragma once

#include "failure.h"

#include <stdint.h>

struct word_store {
    uint32_t *words; /* after word_store_finish, or word_store_make */
    uint64_t count;
    uint64_t room;    /* of words while in memory */
    uint64_t flushed; /* words in the file */
    int file;         /* 0: none */
    bool mapped;      /* `words` is the file, not a buffer */
};

/* Words that stay in memory: 64 MiB. */
#define WORDS_IN_MEMORY (16ull << 20)

bool word_store_grow(struct word_store *store, struct failure *failure);

static inline bool word_store_add(struct word_store *store, uint32_t word, struct failure *failure)
{
    if (store->count - store->flushed == store->room && !word_store_grow(store, failure))
        return false;
    store->words[store->count++ - store->flushed] = word;
    return true;
}

/* No more words come: `words` has them all from now on. */
bool word_store_finish(struct word_store *store, struct failure *failure);
/* `count` words at once, to be written in any order. */
bool word_store_make(struct word_store *store, uint64_t count, struct failure *failure);
void word_store_free(struct word_store *store);
