/* The B+ tree against a table of what it must hold, with small nodes so that it is deep. */
#include "b_tree.h"
#include "b_tree_node.h"
#include "host_test.h"
#include "scramble.h"

#include <stdlib.h>

#define KEYS 3000u
#define PAGES 4096u

struct world {
    struct b_tree *tree;
    void *memory;
    uint64_t values[KEYS]; /* of key k * 10; 0: the key is not there */
    uint64_t count;
};

static void begin(struct world *world, uint32_t pages, uint32_t leaf_capacity,
                  uint32_t inner_capacity)
{
    memset(world, 0, sizeof *world);
    world->memory = aligned_alloc(B_TREE_PAGE_BYTES, (size_t)pages * B_TREE_PAGE_BYTES);
    /* What was in the memory before must not matter. */
    memset(world->memory, 0xa5, (size_t)pages * B_TREE_PAGE_BYTES);
    world->tree = b_tree_create(world->memory, pages, leaf_capacity, inner_capacity);
}

static void end(struct world *world)
{
    free(world->memory);
}

static void expect_sound(struct world *world)
{
    const char *fault = b_tree_fault(world->tree);
    if (fault != NULL)
        fail_msg("%s", fault);
    assert_int_equal(world->tree->keys, world->count);
}

static void insert(struct world *world, uint64_t number, uint64_t value)
{
    enum b_tree_result expected = world->values[number] != 0 ? B_TREE_EXISTS : B_TREE_DONE;
    assert_int_equal(b_tree_insert(world->tree, number * 10, value), expected);
    if (expected == B_TREE_DONE) {
        world->values[number] = value;
        world->count++;
    }
}

static void remove_key(struct world *world, uint64_t number)
{
    enum b_tree_result expected = world->values[number] == 0 ? B_TREE_MISSING : B_TREE_DONE;
    assert_int_equal(b_tree_remove(world->tree, number * 10), expected);
    if (expected == B_TREE_DONE) {
        world->values[number] = 0;
        world->count--;
    }
}

static void lookup(struct world *world, uint64_t number)
{
    uint64_t value = 0;
    enum b_tree_result expected = world->values[number] == 0 ? B_TREE_MISSING : B_TREE_DONE;
    assert_int_equal(b_tree_lookup(world->tree, number * 10, &value), expected);
    assert_int_equal(value, world->values[number]);
    assert_int_equal(b_tree_lookup(world->tree, number * 10 + 1, &value), B_TREE_MISSING);
}

static void scan(struct world *world, uint64_t first, size_t length)
{
    struct b_tree_cursor cursor = b_tree_seek(world->tree, first);
    uint64_t key, value;
    for (uint64_t number = (first + 9) / 10; number < KEYS && length > 0; number++) {
        if (world->values[number] == 0)
            continue;
        assert_true(b_tree_next(&cursor, &key, &value));
        assert_int_equal(key, number * 10);
        assert_int_equal(value, world->values[number]);
        length--;
    }
    if (length > 0)
        assert_false(b_tree_next(&cursor, &key, &value));
}

static void random_operations(uint32_t leaf_capacity, uint32_t inner_capacity, uint64_t seed)
{
    struct world world;
    begin(&world, PAGES, leaf_capacity, inner_capacity);
    for (uint64_t i = 0; i < 30000; i++) {
        uint64_t random = scramble(seed << 32 | i), number = random % KEYS;
        /* Phases in which it grows and phases in which it shrinks. */
        unsigned inserts = i / 5000 % 2 == 0 ? 6 : 2;
        if (random >> 40 & 1)
            lookup(&world, number);
        else if ((random >> 32) % 8 < inserts)
            insert(&world, number, random | 1);
        else
            remove_key(&world, number);
        if (i % 500 == 0) {
            expect_sound(&world);
            scan(&world, random >> 20 & 0x7fff, random % 100);
        }
    }
    for (uint64_t number = 0; number < KEYS; number++)
        remove_key(&world, number);
    expect_sound(&world);
    assert_int_equal(world.tree->height, 1);
    end(&world);
}

static void it_holds_what_a_table_holds_after_random_operations(void **state)
{
    (void)state;
    random_operations(3, 3, 1);
    random_operations(4, 4, 2);
    random_operations(5, 6, 3);
    random_operations(16, 7, 4);
    random_operations(0, 0, 5);
}

static void order_of_insertion_does_not_matter(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 3; order++) {
        struct world world;
        begin(&world, PAGES, 6, 5);
        struct mixed_order mixed = mixed_order(KEYS, 3);
        for (uint64_t i = 0; i < KEYS; i++)
            insert(&world,
                   order == 0   ? i
                   : order == 1 ? KEYS - 1 - i
                                : mixed_order_at(&mixed, i),
                   i + 1);
        expect_sound(&world);
        assert_true(world.tree->height > 4);
        scan(&world, 0, KEYS);
        for (uint64_t i = 0; i < KEYS; i++)
            remove_key(&world, order == 1 ? i : KEYS - 1 - i);
        expect_sound(&world);
        end(&world);
    }
}

static void full_means_that_nothing_has_changed(void **state)
{
    (void)state;
    struct world world;
    begin(&world, 40, 4, 4);
    uint64_t number = 0;
    enum b_tree_result result;
    while ((result = b_tree_insert(world.tree, number * 10, number + 1)) == B_TREE_DONE) {
        world.values[number] = number + 1;
        world.count = ++number;
    }
    assert_int_equal(result, B_TREE_FULL);
    assert_true(number > 40);
    expect_sound(&world);
    scan(&world, 0, KEYS);
    /* What was freed can be used again. */
    for (uint64_t i = 0; i < number / 2; i++)
        remove_key(&world, i);
    for (uint64_t i = 0; i < number / 4; i++)
        insert(&world, i, i + 5);
    expect_sound(&world);
    end(&world);
}

static void values_are_replaced_and_trees_found_again(void **state)
{
    (void)state;
    struct world world;
    begin(&world, PAGES, 0, 0);
    for (uint64_t i = 0; i < KEYS; i++)
        insert(&world, i, i + 1);
    assert_int_equal(b_tree_update(world.tree, 70, 1234), B_TREE_DONE);
    world.values[7] = 1234;
    assert_int_equal(b_tree_update(world.tree, 71, 1), B_TREE_MISSING);
    assert_null(b_tree_open(world.memory, PAGES - 1));
    world.tree = b_tree_open(world.memory, PAGES);
    assert_non_null(world.tree);
    scan(&world, 0, KEYS);
    *(uint64_t *)world.memory = 0;
    assert_null(b_tree_open(world.memory, PAGES));
    end(&world);
}

static void a_damaged_tree_is_found_out(void **state)
{
    (void)state;
    for (unsigned damage = 0; damage < 7; damage++) {
        struct world world;
        begin(&world, PAGES, 8, 8);
        for (uint64_t i = 0; i < KEYS; i++)
            insert(&world, i, i + 1);
        for (uint64_t i = 0; i < KEYS; i += 2)
            remove_key(&world, i);
        expect_sound(&world);
        struct b_tree_node *root = b_tree_node(world.tree, world.tree->root);
        struct b_tree_node *leaf = b_tree_node(world.tree, b_tree_seek(world.tree, 500).leaf);
        switch (damage) {
        case 0: leaf->leaf.keys[0]++, leaf->leaf.keys[0] += 1000; break;
        case 1: leaf->next = b_tree_node(world.tree, leaf->next)->next; break;
        case 2: leaf->count--; break;
        case 3: leaf->level = 1; break;
        case 4: root->inner.children[0] = root->inner.children[1]; break;
        case 5: world.tree->free = b_tree_node(world.tree, world.tree->free)->next; break;
        default: root->inner.keys[0] = 1; break;
        }
        assert_non_null(b_tree_fault(world.tree));
        end(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_holds_what_a_table_holds_after_random_operations),
        cmocka_unit_test(order_of_insertion_does_not_matter),
        cmocka_unit_test(full_means_that_nothing_has_changed),
        cmocka_unit_test(values_are_replaced_and_trees_found_again),
        cmocka_unit_test(a_damaged_tree_is_found_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
