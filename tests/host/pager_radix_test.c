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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_holds_what_was_put_into_it),
        cmocka_unit_test(a_walk_ends_where_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
