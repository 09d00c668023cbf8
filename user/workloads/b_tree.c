/* The B+ tree's lookups, insertion and scans; removal is in b_tree_remove.c. */
#include "b_tree.h"

#include "b_tree_node.h"

#define MAGIC 0x65657274622d7571ull

struct b_tree *b_tree_create(void *memory, uint32_t pages, uint32_t leaf_capacity,
                             uint32_t inner_capacity)
{
    struct b_tree *tree = memory;
    *tree = (struct b_tree){
        .magic = MAGIC,
        .pages = pages,
        .first_new = 2,
        .root = 1,
        .height = 1,
        .leaf_capacity = leaf_capacity != 0 ? leaf_capacity : B_TREE_LEAF_CAPACITY,
        .inner_capacity = inner_capacity != 0 ? inner_capacity : B_TREE_INNER_CAPACITY};
    struct b_tree_node *root = b_tree_node(tree, tree->root);
    root->level = root->count = 0;
    root->next = 0;
    return tree;
}

struct b_tree *b_tree_open(void *memory, uint32_t pages)
{
    struct b_tree *tree = memory;
    return tree->magic == MAGIC && tree->pages == pages ? tree : NULL;
}

static struct b_tree_node *leaf_of(struct b_tree *tree, uint64_t key, uint32_t *page)
{
    *page = tree->root;
    struct b_tree_node *node = b_tree_node(tree, *page);
    while (node->level > 0) {
        *page = node->inner.children[b_tree_child_index(node, key)];
        node = b_tree_node(tree, *page);
    }
    return node;
}

static uint64_t *value_of(struct b_tree *tree, uint64_t key)
{
    uint32_t page;
    struct b_tree_node *leaf = leaf_of(tree, key, &page);
    uint32_t index = b_tree_keys_below(leaf->leaf.keys, leaf->count, key);
    if (index == leaf->count || leaf->leaf.keys[index] != key)
        return NULL;
    return &leaf->leaf.values[index];
}

enum b_tree_result b_tree_lookup(struct b_tree *tree, uint64_t key, uint64_t *value)
{
    const uint64_t *found = value_of(tree, key);
    if (found == NULL)
        return B_TREE_MISSING;
    *value = *found;
    return B_TREE_DONE;
}

enum b_tree_result b_tree_update(struct b_tree *tree, uint64_t key, uint64_t value)
{
    uint64_t *found = value_of(tree, key);
    if (found == NULL)
        return B_TREE_MISSING;
    *found = value;
    return B_TREE_DONE;
}

/* ---------------------------------------------------------------- insertion */

/* The caller knows that there is one. */
static uint32_t take_page(struct b_tree *tree)
{
    uint32_t page = tree->free;
    if (page == 0)
        return tree->first_new++;
    tree->free = b_tree_node(tree, page)->next;
    tree->free_pages--;
    return page;
}

static void split_leaf(struct b_tree_node *left, struct b_tree_node *right, uint32_t right_page)
{
    right->count = left->count / 2;
    left->count -= right->count;
    b_tree_move_words(right->leaf.keys, left->leaf.keys + left->count, right->count);
    b_tree_move_words(right->leaf.values, left->leaf.values + left->count, right->count);
    right->next = left->next;
    left->next = right_page;
}

/* The key between the halves goes up; it is still behind the left half's keys. */
static void split_inner(struct b_tree_node *left, struct b_tree_node *right)
{
    right->count = (left->count - 1) / 2;
    left->count -= right->count + 1;
    b_tree_move_words(right->inner.keys, left->inner.keys + left->count + 1, right->count);
    b_tree_move_children(right->inner.children, left->inner.children + left->count + 1,
                         right->count + 1u);
    right->next = 0;
}

/* The full child number `index` becomes two, each at least half full. `parent` has room. */
static void split_child(struct b_tree *tree, struct b_tree_node *parent, uint32_t index)
{
    uint32_t right_page = take_page(tree);
    struct b_tree_node *left = b_tree_node(tree, parent->inner.children[index]);
    struct b_tree_node *right = b_tree_node(tree, right_page);
    right->level = left->level;
    uint64_t separator;
    if (left->level == 0) {
        split_leaf(left, right, right_page);
        separator = right->leaf.keys[0];
    } else {
        split_inner(left, right);
        separator = left->inner.keys[left->count];
    }
    b_tree_inner_insert(parent, index, separator, right_page);
}

static bool is_full(const struct b_tree *tree, const struct b_tree_node *node)
{
    return node->count == b_tree_capacity(tree, node);
}

static void grow_root(struct b_tree *tree)
{
    uint32_t page = take_page(tree);
    struct b_tree_node *root = b_tree_node(tree, page);
    root->level = (uint16_t)tree->height++;
    root->count = 0;
    root->next = 0;
    root->inner.children[0] = tree->root;
    tree->root = page;
    split_child(tree, root, 0);
}

/* Every level may split, and the root grow. */
static bool has_pages_to_insert(const struct b_tree *tree)
{
    return tree->pages - tree->first_new + tree->free_pages > tree->height;
}

enum b_tree_result b_tree_insert(struct b_tree *tree, uint64_t key, uint64_t value)
{
    if (value_of(tree, key) != NULL)
        return B_TREE_EXISTS;
    if (!has_pages_to_insert(tree))
        return B_TREE_FULL;
    struct b_tree_node *node = b_tree_node(tree, tree->root);
    if (is_full(tree, node)) {
        grow_root(tree);
        node = b_tree_node(tree, tree->root);
    }
    while (node->level > 0) {
        uint32_t index = b_tree_child_index(node, key);
        if (is_full(tree, b_tree_node(tree, node->inner.children[index]))) {
            split_child(tree, node, index);
            index = b_tree_child_index(node, key);
        }
        node = b_tree_node(tree, node->inner.children[index]);
    }
    b_tree_leaf_insert(node, b_tree_keys_below(node->leaf.keys, node->count, key), key, value);
    tree->keys++;
    return B_TREE_DONE;
}

/* ---------------------------------------------------------------- scans */

struct b_tree_cursor b_tree_seek(struct b_tree *tree, uint64_t key)
{
    struct b_tree_cursor cursor = {.tree = tree};
    struct b_tree_node *leaf = leaf_of(tree, key, &cursor.leaf);
    cursor.index = b_tree_keys_below(leaf->leaf.keys, leaf->count, key);
    return cursor;
}

bool b_tree_next(struct b_tree_cursor *cursor, uint64_t *key, uint64_t *value)
{
    struct b_tree_node *leaf = b_tree_node(cursor->tree, cursor->leaf);
    if (cursor->index == leaf->count) {
        if (leaf->next == 0)
            return false;
        cursor->leaf = leaf->next;
        cursor->index = 0;
        leaf = b_tree_node(cursor->tree, cursor->leaf);
    }
    *key = leaf->leaf.keys[cursor->index];
    *value = leaf->leaf.values[cursor->index++];
    return true;
}
