/*
 * The balance of the region tree.
 *
 * It is a weak AVL tree (Haeupler, Sen, Tarjan: Rank-Balanced Trees, 2015): a node's rank is 1 or 2 more
 * than its children's, a missing child's rank is -1, a node without children has rank 0. It is as flat
 * as an AVL tree while regions only come, never deeper than a red-black tree, and, unlike in an AVL tree,
 * coming and going in turns at one place climbs O(1) levels on average.
 */
#include "region_balance.h"

void region_replace_child(struct region_tree *tree, struct region *old, struct region *new)
{
    struct region *parent = old->parent;
    if (parent == NULL)
        tree->root = new;
    else if (parent->left == old)
        parent->left = new;
    else
        parent->right = new;
    if (new != NULL)
        new->parent = parent;
}

/* Turns `lower`, a child, above its parent. */
static void rotate_up(struct region_tree *tree, struct region *lower)
{
    struct region *upper = lower->parent, *moved;
    region_replace_child(tree, upper, lower);
    if (upper->left == lower) {
        moved = upper->left = lower->right;
        lower->right = upper;
    } else {
        moved = upper->right = lower->left;
        lower->left = upper;
    }
    upper->parent = lower;
    if (moved != NULL)
        moved->parent = upper;
    lower->subtree_hole = upper->subtree_hole; /* of the same regions */
    upper->subtree_hole = region_widest_hole(upper);
}

void region_balance_after_insert(struct region_tree *tree, struct region *node)
{
    struct region *parent;
    for (; (parent = node->parent) != NULL && parent->rank == node->rank; node = parent) {
        bool is_left = parent->left == node;
        const struct region *sibling = is_left ? parent->right : parent->left;
        if (parent->rank - region_rank(sibling) == 1) {
            parent->rank++;
            continue;
        }
        struct region *inner = is_left ? node->right : node->left;
        parent->rank--;
        if (node->rank - region_rank(inner) == 2) {
            rotate_up(tree, node);
        } else {
            rotate_up(tree, inner);
            rotate_up(tree, inner);
            inner->rank++;
            node->rank--;
        }
        return;
    }
}

/* The sibling, of rank one below the parent's, has a child of rank one below its own: that one goes up. */
static void turn_to_sibling(struct region_tree *tree, struct region *parent, struct region *sibling)
{
    bool is_right = parent->right == sibling;
    struct region *outer = is_right ? sibling->right : sibling->left;
    struct region *inner = is_right ? sibling->left : sibling->right;
    if (sibling->rank - region_rank(outer) == 1) {
        rotate_up(tree, sibling);
        sibling->rank++;
        parent->rank--;
        if (parent->left == NULL && parent->right == NULL)
            parent->rank--;
    } else {
        rotate_up(tree, inner);
        rotate_up(tree, inner);
        inner->rank += 2;
        sibling->rank--;
        parent->rank -= 2;
    }
}

void region_balance_after_remove(struct region_tree *tree, struct region *parent,
                                 struct region *node)
{
    if (parent != NULL && parent->left == NULL && parent->right == NULL && parent->rank == 1) {
        parent->rank = 0;
        node = parent;
        parent = node->parent;
    }
    while (parent != NULL && parent->rank - region_rank(node) == 3) {
        struct region *sibling = parent->left == node ? parent->right : parent->left;
        if (parent->rank - sibling->rank == 1) {
            if (sibling->rank - region_rank(sibling->left) == 1 ||
                sibling->rank - region_rank(sibling->right) == 1) {
                turn_to_sibling(tree, parent, sibling);
                return;
            }
            sibling->rank--;
        }
        parent->rank--;
        node = parent;
        parent = node->parent;
    }
}
