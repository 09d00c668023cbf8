/*
 * What the key-value store keeps: entries of one size, 32 in a page.
 */
#pragma once

#include <stdint.h>

#define VALUE_BYTES 112

struct value {
    uint64_t words[VALUE_BYTES / 8];
};

enum entry_kind {
    ENTRY_VALUE,
    ENTRY_REMOVED, /* hides older entries of the key */
};

struct entry {
    uint64_t key;
    uint64_t kind; /* enum entry_kind */
    struct value value;
};

#define ENTRY_PAGE_BYTES 4096
#define ENTRIES_A_PAGE (ENTRY_PAGE_BYTES / sizeof(struct entry))

_Static_assert(ENTRY_PAGE_BYTES % sizeof(struct entry) == 0, "no entry crosses pages");
