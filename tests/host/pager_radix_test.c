/*
 * The radix tree against a plain array of what should be in it.
 */
#include "host_test.h"
#include "memory_world.h"
#include <stdlib.h>
#include <string.h>

#define PLACES 600

static uint64_t indexes[PLACES];
static void *present[PLACES];
static bool tagged[PLACES];

/* Clusters near, far and at the very ends of the index space, in order. */
static void choose_indexes(void)
{
    static const uint64_t bases[] = {
        0, 4000, 0x47480ull - 50, 1ull << 30, (1ull << 52) - 60, UINT64_MAX - 99};
    for (unsigned i = 0; i < PLACES; i++)
        indexes[i] = bases[i / 100] + i % 100;
}

static void check_walk(const struct radix_tree *tree, bool tags)
{
    uint64_t index = 0;
    for (unsigned i = 0; i < PLACES; i++) {
        if (present[i] == NULL || (tags && !tagged[i]))
            continue;
        void *found = tags ? radix_next_tagged(tree, &index, UINT64_MAX)
                           : radix_next(tree, &index, UINT64_MAX);
        assert_ptr_equal(found, present[i]);
        assert_int_equal(index, indexes[i]);
        if (index == UINT64_MAX)
            return;
        index++;
    }
    assert_null(tags ? radix_next_tagged(tree, &index, UINT64_MAX)
                     : radix_next(tree, &index, UINT64_MAX));
}

static void a_tree_holds_what_was_put_into_it(void **state)
{
    (void)state;
    struct radix_tree tree = {0};
    memory_world_mark();
    choose_indexes();
    srand(1);
    for (int step = 0; step < 20000; step++) {
        unsigned i = (unsigned)rand() % PLACES;
        unsigned span = step < 10000 ? PLACES : PLACES / 6;
        i %= span;
        switch (rand() % 4) {
        case 0:
        case 1: {
            void **slot = radix_slot(&tree, indexes[i]);
            assert_non_null(slot);
            assert_ptr_equal(*slot, present[i]);
            present[i] = *slot = (void *)(uintptr_t)(1 + rand());
            break;
        }
        case 2:
            assert_ptr_equal(radix_remove(&tree, indexes[i]), present[i]);
            present[i] = NULL;
            tagged[i] = false;
            break;
        default:
            if (present[i] != NULL) {
                tagged[i] = !tagged[i];
                if (tagged[i])
                    radix_tag(&tree, indexes[i]);
                else
                    radix_untag(&tree, indexes[i]);
            }
        }
        assert_ptr_equal(radix_find(&tree, indexes[i]), present[i]);
        if (step % 500 == 0) {
            check_walk(&tree, false);
            check_walk(&tree, true);
        }
    }
    for (unsigned i = 0; i < PLACES; i++)
        assert_ptr_equal(radix_remove(&tree, indexes[i]), present[i]);
    assert_null(tree.root);
    memory_world_check();
}

static void a_walk_ends_where_it_is_told_to(void **state)
{
    (void)state;
    struct radix_tree tree = {0};
    uint64_t index = 0;
    *radix_slot(&tree, 70) = &tree;
    assert_null(radix_next(&tree, &index, 69));
    index = 0;
    assert_ptr_equal(radix_next(&tree, &index, 70), &tree);
    assert_int_equal(index, 70);
    index = 71;
    assert_null(radix_next(&tree, &index, UINT64_MAX));
    radix_remove(&tree, 70);
}

static void visit_in_order(void *entry, void *context)
{
    unsigned *next = context;
    while (present[*next] == NULL)
        ++*next;
    assert_ptr_equal(entry, present[(*next)++]);
}

static void a_range_is_copied_and_removed_entry_by_entry_in_order(void **state)
{
    (void)state;
    struct radix_tree tree = {0};
    memory_world_mark();
    choose_indexes();
    srand(2);
    for (int round = 0; round < 300; round++) {
        for (unsigned i = 0; i < PLACES; i++) {
            tagged[i] = false;
            present[i] = rand() % 3 != 0 ? (void *)(uintptr_t)(1 + rand()) : NULL;
            if (present[i] == NULL)
                continue;
            *radix_slot(&tree, indexes[i]) = present[i];
            tagged[i] = rand() % 2;
            if (tagged[i])
                radix_tag(&tree, indexes[i]);
        }
        unsigned first = (unsigned)rand() % PLACES;
        unsigned last = first + (unsigned)rand() % (PLACES - first), next = first;

        struct radix_tree copy = {0};
        assert_true(
            radix_copy_range(&tree, indexes[first], indexes[last], &copy, visit_in_order, &next));
        for (unsigned i = 0; i < PLACES; i++)
            assert_ptr_equal(radix_find(&copy, indexes[i]),
                             i >= first && i <= last ? present[i] : NULL);
        next = first;
        radix_remove_range(&copy, 0, UINT64_MAX, visit_in_order, &next);
        assert_null(copy.root);

        next = first;
        radix_remove_range(&tree, indexes[first], indexes[last], visit_in_order, &next);
        for (unsigned i = first; i <= last; i++) {
            present[i] = NULL;
            tagged[i] = false;
        }
        check_walk(&tree, false);
        check_walk(&tree, true);
        for (unsigned i = 0; i < PLACES; i++)
            radix_remove(&tree, indexes[i]);
        assert_null(tree.root);
    }
    memory_world_check();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_holds_what_was_put_into_it),
        cmocka_unit_test(a_range_is_copied_and_removed_entry_by_entry_in_order),
        cmocka_unit_test(a_walk_ends_where_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
