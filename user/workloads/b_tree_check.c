/* Whether a B+ tree is one: everything that b_tree.h says of its form. */
#include "b_tree.h"
#include "b_tree_node.h"

/* What a walk through the tree has found. */
struct walk {
    struct b_tree *tree;
    uint64_t keys;
    uint32_t pages;
    uint32_t next_leaf; /* the leaf that must come now, by the links; 0: none */
};

/* The keys of a subtree are in [low, high), and at the right edge of the tree also `high`. */
struct bounds {
    uint64_t low, high;
    bool last;
};

static bool is_in_bounds(const struct bounds *bounds, uint64_t key)
{
    return key >= bounds->low && (bounds->last || key < bounds->high);
}

static const char *keys_fault(const uint64_t *keys, uint32_t count, const struct bounds *bounds)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!is_in_bounds(bounds, keys[i]))
            return "a key is outside of what its parent says";
        if (i > 0 && keys[i - 1] >= keys[i])
            return "keys are not in order";
    }
    return NULL;
}

static const char *leaf_fault(struct walk *walk, struct b_tree_node *leaf, uint32_t page,
                              const struct bounds *bounds)
{
    if (walk->keys > 0 && walk->next_leaf != page)
        return "a leaf does not lead to the next one";
    walk->next_leaf = leaf->next;
    walk->keys += leaf->count;
    return keys_fault(leaf->leaf.keys, leaf->count, bounds);
}

static const char *
node_fault(struct walk *walk, uint32_t page, uint32_t level,
           struct bounds bounds) // NOLINT(misc-no-recursion): as deep as the tree
{
    struct b_tree *tree = walk->tree;
    if (page == 0 || page >= tree->first_new)
        return "a child is no page of the tree";
    if (walk->pages++ > tree->first_new)
        return "a page is a child twice";
    struct b_tree_node *node = b_tree_node(tree, page);
    if (node->level != level)
        return "a node is of the wrong level";
    if (node->count > b_tree_capacity(tree, node))
        return "a node has too many keys";
    if (page != tree->root && node->count < b_tree_least(tree, node))
        return "a node is less than half full";
    if (level == 0)
        return leaf_fault(walk, node, page, &bounds);
    const char *fault = keys_fault(node->inner.keys, node->count, &bounds);
    for (uint32_t i = 0; fault == NULL && i <= node->count; i++) {
        struct bounds inner = bounds;
        if (i > 0)
            inner.low = node->inner.keys[i - 1];
        if (i < node->count) {
            inner.high = node->inner.keys[i];
            inner.last = false;
        }
        fault = node_fault(walk, node->inner.children[i], level - 1, inner);
    }
    return fault;
}

static const char *free_list_fault(struct b_tree *tree)
{
    uint32_t count = 0;
    for (uint32_t page = tree->free; page != 0; page = b_tree_node(tree, page)->next)
        if (page >= tree->first_new || ++count > tree->free_pages)
            return "the list of free pages leads astray";
    return count == tree->free_pages ? NULL : "the list of free pages is cut short";
}

const char *b_tree_fault(struct b_tree *tree)
{
    struct walk walk = {.tree = tree};
    const char *fault = free_list_fault(tree);
    if (fault == NULL)
        fault = node_fault(&walk, tree->root, tree->height - 1, (struct bounds){.last = true});
    if (fault == NULL && walk.next_leaf != 0)
        fault = "the last leaf leads on";
    if (fault == NULL && walk.keys != tree->keys)
        fault = "the number of keys is wrong";
    if (fault == NULL && 1 + walk.pages + tree->free_pages != tree->first_new)
        fault = "a page is neither in the tree nor free";
    return fault;
}
