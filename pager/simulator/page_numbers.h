/*
 * Dense numbers for pages: the n-th different page of a trace gets number n. Everything behind the
 * readers works on these numbers, so that its tables are arrays.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_key {
    uint64_t object, index;
};

/* One bit of a reference says whether it wrote, so this many pages can be told apart. */
#define PAGE_NUMBERS_MAX (1u << 31)

struct page_numbers {
    struct page_key *keys; /* number -> page */
    uint32_t *slots;       /* open addressing: number + 1, 0 is free */
    uint32_t count;
    uint32_t room; /* of keys */
    uint64_t slot_mask;
    uint64_t most_bytes; /* 0: as much as there is */
};

uint64_t page_hash(struct page_key key);
/* false: no memory (or more than most_bytes, or PAGE_NUMBERS_MAX); nothing has changed. */
bool page_number(struct page_numbers *numbers, struct page_key key, uint32_t *number);
uint64_t page_numbers_bytes(const struct page_numbers *numbers);
void page_numbers_free(struct page_numbers *numbers);
