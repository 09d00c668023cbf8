/*
 * Removal from the B+ tree. On the way down each node that is about to be entered gets one key more
 * than it must have, so that the leaf can lose one and nothing is left to mend above:
 *
 *      a neighbour has keys to spare     one of them moves over
 *      none has                          the node and a neighbour become one; the page is free
 */
#include "b_tree.h"
#include "b_tree_node.h"

static struct b_tree_node *child_of(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    return b_tree_node(tree, parent->inner.children[index]);
}

static void free_page(struct b_tree *tree, uint32_t page)
{
    b_tree_node(tree, page)->next = tree->free;
    tree->free = page;
    tree->free_pages++;
}

/* The last key of child `index` becomes the first one of the child to its right. */
static void move_right(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    struct b_tree_node *left = child_of(tree, parent, index);
    struct b_tree_node *right = child_of(tree, parent, index + 1);
    left->count--;
    if (left->level == 0) {
        b_tree_leaf_insert(right, 0, left->leaf.keys[left->count], left->leaf.values[left->count]);
        parent->inner.keys[index] = right->leaf.keys[0];
        return;
    }
    /* Inner nodes turn their keys through the parent. */
    b_tree_inner_insert(right, 0, parent->inner.keys[index], right->inner.children[0]);
    right->inner.children[0] = left->inner.children[left->count + 1];
    parent->inner.keys[index] = left->inner.keys[left->count];
}

/* The first key of child `index` + 1 becomes the last one of the child to its left. */
static void move_left(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    struct b_tree_node *left = child_of(tree, parent, index);
    struct b_tree_node *right = child_of(tree, parent, index + 1);
    if (left->level == 0) {
        b_tree_leaf_insert(left, left->count, right->leaf.keys[0], right->leaf.values[0]);
        b_tree_leaf_remove(right, 0);
        parent->inner.keys[index] = right->leaf.keys[0];
        return;
    }
    b_tree_inner_insert(left, left->count, parent->inner.keys[index], right->inner.children[0]);
    parent->inner.keys[index] = right->inner.keys[0];
    right->inner.children[0] = right->inner.children[1];
    b_tree_inner_remove(right, 0);
}

/* Child `index` + 1 goes into the child to its left. */
static void merge(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    uint32_t right_page = parent->inner.children[index + 1];
    struct b_tree_node *left = child_of(tree, parent, index);
    struct b_tree_node *right = b_tree_node(tree, right_page);
    if (left->level == 0) {
        b_tree_move_words(left->leaf.keys + left->count, right->leaf.keys, right->count);
        b_tree_move_words(left->leaf.values + left->count, right->leaf.values, right->count);
        left->next = right->next;
    } else {
        left->inner.keys[left->count++] = parent->inner.keys[index];
        b_tree_move_words(left->inner.keys + left->count, right->inner.keys, right->count);
        b_tree_move_children(left->inner.children + left->count, right->inner.children,
                             right->count + 1u);
    }
    left->count = (uint16_t)(left->count + right->count);
    b_tree_inner_remove(parent, index);
    free_page(tree, right_page);
}

static bool can_spare(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    struct b_tree_node *child = child_of(tree, parent, index);
    return child->count > b_tree_least(tree, child);
}

/* Sees to it that child `index` can lose a key. Returns the number of the child that now has its
   keys. */
static uint32_t fill_up(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    if (can_spare(tree, parent, index))
        return index;
    if (index > 0 && can_spare(tree, parent, index - 1)) {
        move_right(tree, parent, index - 1);
        return index;
    }
    if (index < parent->count && can_spare(tree, parent, index + 1)) {
        move_left(tree, parent, index);
        return index;
    }
    if (index == parent->count)
        index--;
    merge(tree, parent, index);
    return index;
}

enum b_tree_result b_tree_remove(struct b_tree *tree, uint64_t key)
{
    uint64_t value;
    if (b_tree_lookup(tree, key, &value) != B_TREE_DONE)
        return B_TREE_MISSING;
    struct b_tree_node *node = b_tree_node(tree, tree->root);
    while (node->level > 0) {
        uint32_t index = fill_up(tree, node, b_tree_child_index(node, key));
        struct b_tree_node *child = child_of(tree, node, index);
        /* The root's last two children became one: that is the root now. */
        if (node->count == 0) {
            uint32_t old_root = tree->root;
            tree->root = node->inner.children[0];
            tree->height--;
            free_page(tree, old_root);
        }
        node = child;
    }
    b_tree_leaf_remove(node, b_tree_keys_below(node->leaf.keys, node->count, key));
    tree->keys--;
    return B_TREE_DONE;
}
