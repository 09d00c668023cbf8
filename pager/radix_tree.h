/*
 * A sparse array of pointers by 64-bit index: the page cache's index of a file and the
 * entries of an anonymous map.
 *
 * The root covers only as much of the index space as is in use, wherever that lies, so a
 * small map has one level whatever its indexes are; an insertion outside adds levels above.
 *
 *      root: level 1, prefix 0x12    covers indexes 0x12000 .. 0x12fff
 *         slot 0x05 -> node          covers indexes 0x12140 .. 0x1217f
 *            slot 0x3a -> entry      index 0x1217a
 *
 * Each node keeps a bitmap of its slots in use and one of tagged slots (dirty pages); a node's
 * bit in its parent is set while any bit below is, so that searches cost what they find.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define RADIX_BITS 6
#define RADIX_SLOTS (1u << RADIX_BITS)

struct radix_node {
    uint64_t present;
    uint64_t tagged;
    void *slot[RADIX_SLOTS];
};

struct radix_tree {
    struct radix_node *root; /* NULL: empty */
    uint64_t prefix;         /* index >> RADIX_BITS * (level + 1), of all that the root covers */
    uint32_t level;          /* 0: the root's slots are entries */
    struct radix_node *leaf; /* the one found last, NULL: none; neighbours follow each other */
    uint64_t leaf_prefix;    /* index >> RADIX_BITS of its indexes */
};

/* NULL: nothing there. O(levels). */
void *radix_find(struct radix_tree *tree, uint64_t index);
/*
 * The slot for `index`, made if need be, holding NULL when new. The caller must store an entry that
 * is not NULL at once, or call radix_remove. NULL: no memory, the tree unchanged.
 */
void **radix_slot(struct radix_tree *tree, uint64_t index);
/* Replaces an existing entry's value. */
void radix_replace(struct radix_tree *tree, uint64_t index, void *entry);
/* Takes the entry out, with its tag, and frees nodes left empty. Returns it, NULL if none was there. */
void *radix_remove(struct radix_tree *tree, uint64_t index);
/* The first entry at or after *index and not above `last`; *index moves to it. NULL: none. */
void *radix_next(const struct radix_tree *tree, uint64_t *index, uint64_t last);
void *radix_next_tagged(const struct radix_tree *tree, uint64_t *index, uint64_t last);
/*
 * Puts the entries [first, last] of `from` at the same indexes of `to`, where nothing is yet, untagged, and
 * calls visit for each. False: no memory; what was visited is in `to`.
 */
bool radix_copy_range(const struct radix_tree *from, uint64_t first, uint64_t last,
                      struct radix_tree *to, void (*visit)(void *entry, void *context),
                      void *context);
/* Takes the entries [first, last] out and calls visit for each, which must not look into the tree. */
void radix_remove_range(struct radix_tree *tree, uint64_t first, uint64_t last,
                        void (*visit)(void *entry, void *context), void *context);
/* The entry must exist. */
void radix_tag(struct radix_tree *tree, uint64_t index);
void radix_untag(struct radix_tree *tree, uint64_t index);
