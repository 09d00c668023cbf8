/*
 * The region tree: by address, with what a search for free room needs.
 *
 * Each region has a hole: the room from the region below it to what it claims. Each node knows the
 * widest hole of its subtree. A change climbs only until a node finds its widest hole unchanged, and
 * holes are counted up to REGION_HOLE_MOST, so that what is mapped into the one huge hole, over and
 * over, changes nothing above it. A search for more looks at each hole of that size.
 *
 *      [region]      hole      |..claim..[stack]      A stack claims all that it may grow into: no
 *              <--------------->                      mapping is placed there unless it is asked to be.
 */
#include "region_balance.h"
#include <assert.h>

/* The region's own hole changed, or a child's widest. */
static void climb(struct region *region)
{
    for (; region != NULL; region = region->parent) {
        uint64_t hole = region_widest_hole(region);
        if (hole == region->subtree_hole)
            break;
        region->subtree_hole = hole;
    }
}

/* ---------------------------------------------------------------- lookups */

static bool is_first_after(const struct region *region, uint64_t address)
{
    return address < region->end && address >= region_end_below(region);
}

struct region *region_tree_first_after(struct region_tree *tree, uint64_t address)
{
    struct region *region = tree->hit, *found = NULL;
    if (region != NULL) {
        if (is_first_after(region, address))
            return region;
        region = address < region->end ? region->previous : region->next;
        if (region != NULL && is_first_after(region, address))
            return tree->hit = region;
    }
    for (region = tree->root; region != NULL;) {
        if (address < region->end) {
            found = region;
            region = region->left;
        } else {
            region = region->right;
        }
    }
    if (found != NULL)
        tree->hit = found;
    return found;
}

struct region *region_tree_find(struct region_tree *tree, uint64_t address)
{
    struct region *region = region_tree_first_after(tree, address);
    return region != NULL && address >= region->start ? region : NULL;
}

/* ---------------------------------------------------------------- free room */

/*
 * The highest free range in the holes of the subtree, and between `low` and `high`. A subtree whose holes
 * are all too narrow is not entered, so one path is walked, and one more where `high` cuts a hole.
 */
static uint64_t gap_below(const struct region *top, uint64_t length, uint64_t low, uint64_t high)
{
    uint64_t least = smaller(length, REGION_HOLE_MOST);
    while (top != NULL && top->subtree_hole >= least) {
        uint64_t from = region_end_below(top);
        if (from < high) {
            if (top->right != NULL && top->right->subtree_hole >= least && top->end < high) {
                uint64_t found = gap_below(top->right, length, low, high);
                if (found != 0)
                    return found;
            }
            high = smaller(high, region_claim_start(top));
            from = larger(low, from);
            if (high > from && high - from >= length)
                return high - length;
            if (top->start <= low)
                break;
        }
        top = top->left;
    }
    return 0;
}

static uint64_t find_gap(const struct region_tree *tree, uint64_t length, uint64_t low,
                         uint64_t high)
{
    /* Usually the last lookup or change was at the upper end of the room where the search goes on. */
    const struct region *above = tree->hit;
    uint64_t from = tree->last != NULL ? larger(low, tree->last->end) : low;
    if (above != NULL && region_claim_start(above) == high)
        from = larger(low, region_end_below(above));
    if (high > from && high - from >= length)
        return high - length;
    return gap_below(tree->root, length, low, high);
}

uint64_t region_tree_gap(struct region_tree *tree, uint64_t length, uint64_t low, uint64_t high)
{
    bool go_on = tree->full_high == high && tree->full_least <= length && tree->full_from < high;
    uint64_t found = find_gap(tree, length, low, go_on ? tree->full_from : high);
    if (found != 0) {
        tree->full_from = found + length;
        tree->full_high = high;
        tree->full_least = length;
    }
    return found;
}

/* Room has appeared that ends at `end`. */
static void note_room(struct region_tree *tree, uint64_t end)
{
    tree->full_from = larger(tree->full_from, end);
}

/* `region` has come. Inside the claim of a stack it makes the room below itself free. */
static void note_claim(struct region_tree *tree, const struct region *region)
{
    const struct region *above = region->next;
    if (region->end == tree->full_from)
        tree->full_from = region_claim_start(region);
    else if (above != NULL && region_claim_start(above) < region->end)
        note_room(tree, region_claim_start(region));
}

/* ---------------------------------------------------------------- changes */

static void link_neighbours(struct region_tree *tree, struct region *lower, struct region *upper)
{
    if (lower != NULL)
        lower->next = upper;
    else
        tree->first = upper;
    if (upper != NULL)
        upper->previous = lower;
    else
        tree->last = lower;
}

void region_tree_insert(struct region_tree *tree, struct region *region)
{
    struct region *above = region_tree_first_after(tree, region->start);
    struct region *below = above != NULL ? above->previous : tree->last;

    link_neighbours(tree, below, region);
    link_neighbours(tree, region, above);
    region->left = region->right = NULL;
    region->rank = 0;
    /* Of two neighbours one is below the other in the tree, so that one has no child between them. */
    if (above != NULL && above->left == NULL) {
        above->left = region;
        region->parent = above;
    } else {
        region->parent = below;
        if (below != NULL)
            below->right = region;
        else
            tree->root = region;
    }
    region->subtree_hole = region_hole_below(region);
    climb(region->parent);
    if (above != NULL)
        climb(above);
    region_balance_after_insert(tree, region);
    note_claim(tree, region);
    tree->hit = region;
}

/* `region` has two children: the next one, which is below it and has no left child, takes its place. */
static void exchange_with_next(struct region_tree *tree, struct region *region,
                               struct region **parent, struct region **node)
{
    struct region *next = region->next;
    *node = next->right;
    *parent = next->parent;
    if (*parent == region)
        *parent = next;
    else
        region_replace_child(tree, next, next->right);
    region_replace_child(tree, region, next);
    next->left = region->left;
    next->left->parent = next;
    if (region->right != next) {
        next->right = region->right;
        next->right->parent = next;
    }
    next->rank = region->rank;
    next->subtree_hole = region->subtree_hole;
}

void region_tree_remove(struct region_tree *tree, struct region *region)
{
    struct region *above = region->next, *below = region->previous, *parent, *node;

    if (region->left != NULL && region->right != NULL) {
        exchange_with_next(tree, region, &parent, &node);
    } else {
        node = region->left != NULL ? region->left : region->right;
        parent = region->parent;
        region_replace_child(tree, region, node);
    }
    link_neighbours(tree, below, above);
    climb(parent);
    if (above != NULL)
        climb(above);
    region_balance_after_remove(tree, parent, node);
    note_room(tree, above != NULL ? region_claim_start(above) : UINT64_MAX);
    tree->hit = above != NULL ? above : below;
}

void region_tree_changed(struct region_tree *tree, struct region *region)
{
    struct region *above = region->next;
    climb(region);
    if (above != NULL)
        climb(above);
    note_room(tree, above != NULL ? region_claim_start(above) : UINT64_MAX);
}

#if QUIRE_DEBUG
static uint64_t check_below(const struct region *top, const struct region *parent)
{
    if (top == NULL)
        return 0;
    int32_t left = top->rank - region_rank(top->left), right = top->rank - region_rank(top->right);
    assert(top->parent == parent && top->start < top->end);
    assert((left == 1 || left == 2) && (right == 1 || right == 2));
    assert(top->rank == 0 || top->left != NULL || top->right != NULL);
    assert(top->left == NULL || top->left->end <= top->start);
    assert(top->right == NULL || top->right->start >= top->end);
    assert(top->subtree_hole == region_widest_hole(top));
    return check_below(top->left, top) + 1 + check_below(top->right, top);
}

void region_tree_check(const struct region_tree *tree)
{
    uint64_t in_tree = check_below(tree->root, NULL), in_order = 0;
    const struct region *last = NULL;
    for (const struct region *region = tree->first; region != NULL; region = region->next) {
        assert(region->previous == last && (last == NULL || last->end <= region->start));
        in_order++;
        last = region;
    }
    assert(tree->last == last && in_tree == in_order);
    assert((tree->hit == NULL) == (tree->root == NULL));
}
#endif
