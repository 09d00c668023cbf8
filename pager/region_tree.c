/*
 * The region tree: an AVL tree by address, with what a search for free room needs.
 *
 * Each node knows the extent of its subtree and the largest gap between two regions in it. The gap
 * before or after a subtree is its parent's to know, so that an update climbs one path only.
 *
 *            [....]          subtree_start  = lowest claim below
 *           /      \         subtree_end    = highest end below
 *       [..]        [...]    subtree_gap    = widest hole strictly between the two
 *
 * A stack claims all that it may grow into: no mapping is placed there unless it is asked to be.
 */
#include "region.h"
#include <assert.h>

static inline uint64_t claim_start(const struct region *region)
{
    return region->flags & REGION_STACK ? region->growth_bottom : region->start;
}

static inline uint32_t height_of(const struct region *region)
{
    return region != NULL ? region->height : 0;
}

static inline uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* A mapping at a fixed address may lie inside a stack's claim: then there is no room between them. */
static inline uint64_t room(uint64_t from, uint64_t to)
{
    return to > from ? to - from : 0;
}

static void update(struct region *region)
{
    const struct region *left = region->left, *right = region->right;
    uint64_t start = claim_start(region), gap = 0;

    region->height = 1 + (uint32_t)larger(height_of(left), height_of(right));
    if (left != NULL) {
        gap = larger(left->subtree_gap, room(left->subtree_end, start));
        start = left->subtree_start;
    }
    region->subtree_start = start;
    region->subtree_end = region->end;
    if (right != NULL) {
        gap = larger(gap, larger(right->subtree_gap, room(region->end, right->subtree_start)));
        region->subtree_end = right->subtree_end;
    }
    region->subtree_gap = gap;
}

static struct region *rotate_right(struct region *region)
{
    struct region *top = region->left;
    region->left = top->right;
    top->right = region;
    update(region);
    update(top);
    return top;
}

static struct region *rotate_left(struct region *region)
{
    struct region *top = region->right;
    region->right = top->left;
    top->left = region;
    update(region);
    update(top);
    return top;
}

/* Both subtrees are balanced and differ by two at most. Returns the subtree's new top. */
static struct region *balance(struct region *region)
{
    if (height_of(region->left) > height_of(region->right) + 1) {
        if (height_of(region->left->right) > height_of(region->left->left))
            region->left = rotate_left(region->left);
        return rotate_right(region);
    }
    if (height_of(region->right) > height_of(region->left) + 1) {
        if (height_of(region->right->left) > height_of(region->right->right))
            region->right = rotate_right(region->right);
        return rotate_left(region);
    }
    update(region);
    return region;
}

struct region *region_tree_find(struct region *root, uint64_t address)
{
    while (root != NULL) {
        if (address < root->start)
            root = root->left;
        else if (address >= root->end)
            root = root->right;
        else
            return root;
    }
    return NULL;
}

struct region *region_tree_first_after(struct region *root, uint64_t address)
{
    struct region *found = NULL;
    while (root != NULL) {
        if (root->end > address) {
            found = root;
            root = root->left;
        } else {
            root = root->right;
        }
    }
    return found;
}

/* The recursions below are as deep as the tree: 1.44 log2(n), so 40 for a hundred million regions. */
static struct region *insert_below(struct region *top, struct region *region)
{
    if (top == NULL) {
        update(region);
        return region;
    }
    if (region->start < top->start)
        top->left = insert_below(top->left, region);
    else
        top->right = insert_below(top->right, region);
    return balance(top);
}

void region_tree_insert(struct region **root, struct region *region)
{
    region->left = region->right = NULL;
    *root = insert_below(*root, region);
}

static struct region *take_first(struct region *top, struct region **first)
{
    if (top->left == NULL) {
        *first = top;
        return top->right;
    }
    top->left = take_first(top->left, first);
    return balance(top);
}

static struct region *remove_below(struct region *top, const struct region *region)
{
    assert(top != NULL);
    if (region->start < top->start) {
        top->left = remove_below(top->left, region);
    } else if (region->start > top->start) {
        top->right = remove_below(top->right, region);
    } else if (top->right == NULL) {
        return top->left;
    } else {
        struct region *successor, *right = take_first(top->right, &successor);
        successor->left = top->left;
        successor->right = right;
        top = successor;
    }
    return balance(top);
}

void region_tree_remove(struct region **root, struct region *region)
{
    *root = remove_below(*root, region);
    region->left = region->right = NULL;
}

static void update_path(struct region *top, const struct region *region)
{
    assert(top != NULL);
    if (region->start < top->start)
        update_path(top->left, region);
    else if (region->start > top->start)
        update_path(top->right, region);
    update(top);
}

void region_tree_changed(struct region **root, const struct region *region)
{
    update_path(*root, region);
}

/*
 * The free range between `low` and `high`, where the subtree's regions lie, or in it. A subtree whose
 * gaps are all too small is not entered, so one path is walked, and one more along `high` when it cuts
 * through the tree.
 */
static uint64_t gap_below(const struct region *top, uint64_t length, uint64_t low, uint64_t high)
{
    if (high < low || high - low < length)
        return 0;
    if (top == NULL)
        return high - length;
    if (top->subtree_gap < length && room(top->subtree_end, high) < length &&
        room(low, top->subtree_start) < length)
        return 0;

    uint64_t found = gap_below(top->right, length, larger(low, top->end), high);
    if (found != 0)
        return found;
    uint64_t start = claim_start(top);
    return gap_below(top->left, length, low, start < high ? start : high);
}

uint64_t region_tree_gap(const struct region *root, uint64_t length, uint64_t low, uint64_t high)
{
    return gap_below(root, length, low, high);
}

#if QUIRE_DEBUG
void region_tree_check(const struct region *root)
{
    if (root == NULL)
        return;
    region_tree_check(root->left);
    region_tree_check(root->right);
    struct region copy = *root;
    update(&copy);
    assert(root->start < root->end);
    assert(copy.height == root->height && copy.subtree_gap == root->subtree_gap);
    assert(copy.subtree_start == root->subtree_start && copy.subtree_end == root->subtree_end);
    assert(height_of(root->left) <= height_of(root->right) + 1);
    assert(height_of(root->right) <= height_of(root->left) + 1);
}
#endif
