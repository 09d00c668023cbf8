#include "radix_tree.h"
#include "memory.h"

static struct slab node_slab = SLAB_INITIALIZER(struct radix_node);

static inline unsigned slot_at(uint64_t index, uint32_t level)
{
    return (index >> (RADIX_BITS * level)) & (RADIX_SLOTS - 1);
}

/* What all indexes under a node of `level` have in common. A level of 10 covers 66 bits. */
static inline uint64_t prefix_at(uint64_t index, uint32_t level)
{
    uint32_t shift = RADIX_BITS * (level + 1);
    return shift < 64 ? index >> shift : 0;
}

static inline bool covers(const struct radix_tree *tree, uint64_t index)
{
    return tree->root != NULL && prefix_at(index, tree->level) == tree->prefix;
}

/* The leaf that has a slot for `index`, NULL: none. */
static struct radix_node *leaf_of(const struct radix_tree *tree, uint64_t index)
{
    if (!covers(tree, index))
        return NULL;
    struct radix_node *node = tree->root;
    for (uint32_t level = tree->level; level > 0 && node != NULL; level--)
        node = node->slot[slot_at(index, level)];
    return node;
}

static SLOW_PATH struct radix_node *find_leaf(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *leaf = leaf_of(tree, index);
    if (leaf != NULL) {
        tree->leaf = leaf;
        tree->leaf_prefix = index >> RADIX_BITS;
    }
    return leaf;
}

static inline struct radix_node *nearby_leaf(struct radix_tree *tree, uint64_t index)
{
    if (tree->leaf != NULL && tree->leaf_prefix == index >> RADIX_BITS)
        return tree->leaf;
    return find_leaf(tree, index);
}

void *radix_find(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *leaf = nearby_leaf(tree, index);
    return leaf != NULL ? leaf->slot[slot_at(index, 0)] : NULL;
}

void radix_replace(struct radix_tree *tree, uint64_t index, void *entry)
{
    leaf_of(tree, index)->slot[slot_at(index, 0)] = entry;
}

/* Adds levels above the root until it covers `index`. What was added before memory ran out stays,
   as a chain of single children: lookups see no difference. */
static bool raise_root(struct radix_tree *tree, uint64_t index)
{
    while (!covers(tree, index)) {
        struct radix_node *above = slab_allocate(&node_slab);
        if (above == NULL)
            return false;
        unsigned slot = tree->prefix & (RADIX_SLOTS - 1);
        above->slot[slot] = tree->root;
        above->present = 1ull << slot;
        above->tagged = tree->root->tagged != 0 ? 1ull << slot : 0;
        tree->root = above;
        tree->level++;
        tree->prefix >>= RADIX_BITS;
    }
    return true;
}

/* Takes empty nodes off the path to `index`, from the leaf up; an empty root empties the tree. */
static void prune(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *path[12];
    struct radix_node *node = tree->root;
    uint32_t level = tree->level, depth = 0;
    tree->leaf = NULL;

    for (;; level--) {
        path[depth++] = node;
        if (level == 0 || node->slot[slot_at(index, level)] == NULL)
            break;
        node = node->slot[slot_at(index, level)];
    }
    while (depth > 0 && path[depth - 1]->present == 0) {
        slab_free(&node_slab, path[--depth]);
        if (depth == 0) {
            tree->root = NULL;
            return;
        }
        unsigned slot = slot_at(index, ++level);
        path[depth - 1]->slot[slot] = NULL;
        path[depth - 1]->present &= ~(1ull << slot);
        path[depth - 1]->tagged &= ~(1ull << slot);
    }
    /* A root with one child that is not an entry says nothing: the child becomes the root. */
    while (tree->level > 0 && (tree->root->present & (tree->root->present - 1)) == 0) {
        struct radix_node *old = tree->root;
        unsigned slot = (unsigned)__builtin_ctzll(old->present);
        tree->root = old->slot[slot];
        tree->prefix = tree->prefix << RADIX_BITS | slot;
        tree->level--;
        slab_free(&node_slab, old);
    }
}

/* The slot on a path that is not all there yet. */
static SLOW_PATH void **make_slot(struct radix_tree *tree, uint64_t index)
{
    if (tree->root == NULL) {
        tree->root = slab_allocate(&node_slab);
        if (tree->root == NULL)
            return NULL;
        tree->level = 0;
        tree->prefix = prefix_at(index, 0);
    } else if (!raise_root(tree, index)) {
        return NULL;
    }

    struct radix_node *node = tree->root;
    for (uint32_t level = tree->level; level > 0; level--) {
        unsigned slot = slot_at(index, level);
        if (node->slot[slot] == NULL) {
            node->slot[slot] = slab_allocate(&node_slab);
            if (node->slot[slot] == NULL) {
                prune(tree, index);
                return NULL;
            }
            node->present |= 1ull << slot;
        }
        node = node->slot[slot];
    }
    node->present |= 1ull << slot_at(index, 0);
    return &node->slot[slot_at(index, 0)];
}

void **radix_slot(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *leaf = nearby_leaf(tree, index);
    if (leaf == NULL)
        return make_slot(tree, index);
    leaf->present |= 1ull << slot_at(index, 0);
    return &leaf->slot[slot_at(index, 0)];
}

void *radix_remove(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *leaf = leaf_of(tree, index);
    uint64_t bit = 1ull << slot_at(index, 0);
    if (leaf == NULL || !(leaf->present & bit))
        return NULL;

    void *entry = leaf->slot[slot_at(index, 0)];
    if (leaf->tagged & bit)
        radix_untag(tree, index);
    leaf->slot[slot_at(index, 0)] = NULL;
    leaf->present &= ~bit;
    if (leaf->present == 0)
        prune(tree, index);
    return entry;
}

void radix_tag(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *node = tree->root;
    for (uint32_t level = tree->level;; level--) {
        node->tagged |= 1ull << slot_at(index, level);
        if (level == 0)
            return;
        node = node->slot[slot_at(index, level)];
    }
}

void radix_untag(struct radix_tree *tree, uint64_t index)
{
    struct radix_node *path[12];
    struct radix_node *node = tree->root;
    for (uint32_t level = tree->level; level > 0; level--) {
        path[level] = node;
        node = node->slot[slot_at(index, level)];
    }
    for (uint32_t level = 0;; level++) {
        node->tagged &= ~(1ull << slot_at(index, level));
        if (node->tagged != 0 || level == tree->level)
            return;
        node = path[level + 1];
    }
}

/* One descent for both searches: `tagged` picks the bitmap that guides it. */
static void *next_of(const struct radix_tree *tree, uint64_t *index, uint64_t last, bool tagged)
{
    uint64_t at = *index;

    while (tree->root != NULL && at <= last) {
        uint64_t prefix = prefix_at(at, tree->level);
        if (prefix > tree->prefix)
            return NULL;
        if (prefix < tree->prefix)
            at = tree->prefix << (RADIX_BITS * (tree->level + 1));

        /* Down as far as the path of `at` goes; where it ends, on to the next one at that level. */
        struct radix_node *node = tree->root;
        uint32_t level = tree->level;
        for (;; level--) {
            uint64_t bits = tagged ? node->tagged : node->present;
            bits &= ~0ull << slot_at(at, level);
            if (bits == 0)
                break;
            unsigned slot = (unsigned)__builtin_ctzll(bits);
            if (slot != slot_at(at, level)) {
                uint64_t below = (1ull << (RADIX_BITS * level)) - 1;
                at = (at & ~(below | (uint64_t)(RADIX_SLOTS - 1) << (RADIX_BITS * level))) |
                     (uint64_t)slot << (RADIX_BITS * level);
            }
            if (level == 0) {
                if (at > last)
                    return NULL;
                *index = at;
                return node->slot[slot];
            }
            node = node->slot[slot];
        }
        /* Nothing more in this node: the first index after all that it covers. */
        uint32_t shift = RADIX_BITS * (level + 1);
        if (level >= tree->level)
            return NULL;
        at = ((at >> shift) + 1) << shift;
        if (at == 0)
            return NULL;
    }
    return NULL;
}

void *radix_next(const struct radix_tree *tree, uint64_t *index, uint64_t last)
{
    /* Usually the next one is in the same leaf. */
    const struct radix_node *leaf = leaf_of(tree, *index);
    if (leaf != NULL) {
        uint64_t bits = leaf->present & ~0ull << slot_at(*index, 0);
        if (bits != 0) {
            unsigned slot = (unsigned)__builtin_ctzll(bits);
            uint64_t at = (*index & ~(uint64_t)(RADIX_SLOTS - 1)) | slot;
            if (at > last)
                return NULL;
            *index = at;
            return leaf->slot[slot];
        }
    }
    return next_of(tree, index, last, false);
}

void *radix_next_tagged(const struct radix_tree *tree, uint64_t *index, uint64_t last)
{
    return next_of(tree, index, last, true);
}

/* ---------------------------------------------------------------- ranges, a leaf at a time */

/* Bits of the leaf with `index` for the indexes from there to `last`. */
static uint64_t leaf_bits(uint64_t index, uint64_t last)
{
    uint64_t bits = ~0ull << slot_at(index, 0);
    if (last - index < RADIX_SLOTS - 1 - slot_at(index, 0))
        bits &= ~0ull >> (RADIX_SLOTS - 1 - slot_at(last, 0));
    return bits;
}

/* The first index behind the leaf of `index`; false: there is none up to `last`. */
static bool next_leaf(uint64_t *index, uint64_t last)
{
    *index |= RADIX_SLOTS - 1;
    return (*index)++ < last;
}

bool radix_copy_range(const struct radix_tree *from, uint64_t first, uint64_t last,
                      struct radix_tree *to, void (*visit)(void *entry, void *context),
                      void *context)
{
    uint64_t index = first;
    while (radix_next(from, &index, last) != NULL) {
        const struct radix_node *source = leaf_of(from, index);
        void **slot = radix_slot(to, index);
        if (slot == NULL)
            return false;
        struct radix_node *copy = leaf_of(to, index);
        uint64_t bits = source->present & leaf_bits(index, last);
        copy->present |= bits;
        for (; bits != 0; bits &= bits - 1) {
            unsigned i = (unsigned)__builtin_ctzll(bits);
            copy->slot[i] = source->slot[i];
            visit(source->slot[i], context);
        }
        if (!next_leaf(&index, last))
            break;
    }
    return true;
}

void radix_remove_range(struct radix_tree *tree, uint64_t first, uint64_t last,
                        void (*visit)(void *entry, void *context), void *context)
{
    uint64_t index = first;
    while (radix_next(tree, &index, last) != NULL) {
        struct radix_node *leaf = leaf_of(tree, index);
        uint64_t bits = leaf->present & leaf_bits(index, last);
        for (uint64_t tagged = leaf->tagged & bits; tagged != 0; tagged &= tagged - 1)
            radix_untag(tree,
                        (index & ~(uint64_t)(RADIX_SLOTS - 1)) | (unsigned)__builtin_ctzll(tagged));
        leaf->present &= ~bits;
        for (; bits != 0; bits &= bits - 1) {
            unsigned i = (unsigned)__builtin_ctzll(bits);
            void *entry = leaf->slot[i];
            leaf->slot[i] = NULL;
            visit(entry, context);
        }
        if (leaf->present == 0)
            prune(tree, index);
        if (!next_leaf(&index, last))
            break;
    }
}
