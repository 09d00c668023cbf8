/*
 * The region tree against a plain map of pages.
 */
#include "host_test.h"
#include "memory_world.h"
#include <stdlib.h>
#include <string.h>

#define PAGES_IN_WORLD 512
#define ADDRESS(page) (0x100000ull + (uint64_t)(page)*PAGE_SIZE)

static struct region *owner[PAGES_IN_WORLD];
static struct region regions[PAGES_IN_WORLD];

/* Naive: the highest free run of `pages` below `high`. */
static uint64_t naive_gap(unsigned pages, unsigned high)
{
    for (int start = (int)high - (int)pages; start >= 0; start--) {
        unsigned run = 0;
        while (run < pages && owner[(unsigned)start + run] == NULL)
            run++;
        if (run == pages)
            return ADDRESS(start);
    }
    return 0;
}

static void check(struct region_tree *tree)
{
    region_tree_check(tree);
    for (unsigned page = 0; page < PAGES_IN_WORLD; page++) {
        assert_ptr_equal(region_tree_find(tree, ADDRESS(page) + 5), owner[page]);
        unsigned next = page;
        while (next < PAGES_IN_WORLD && owner[next] == NULL)
            next++;
        struct region *expected = next < PAGES_IN_WORLD ? owner[next] : NULL;
        assert_ptr_equal(region_tree_first_after(tree, ADDRESS(page)), expected);
    }
}

static void lookups_and_gaps_agree_with_a_plain_map(void **state)
{
    (void)state;
    struct region_tree tree = {0};
    srand(2);
    for (int step = 0; step < 4000; step++) {
        unsigned first = (unsigned)rand() % PAGES_IN_WORLD;
        if (owner[first] != NULL) {
            struct region *region = owner[first];
            region_tree_remove(&tree, region);
            for (unsigned page = 0; page < PAGES_IN_WORLD; page++)
                if (owner[page] == region)
                    owner[page] = NULL;
        } else {
            unsigned length = 1 + (unsigned)rand() % 6, last = first;
            while (last < PAGES_IN_WORLD && last < first + length && owner[last] == NULL)
                last++;
            struct region *region = &regions[first];
            memset(region, 0, sizeof *region);
            region->start = ADDRESS(first);
            region->end = ADDRESS(last);
            region_tree_insert(&tree, region);
            for (unsigned page = first; page < last; page++)
                owner[page] = region;
        }
        struct region *shrinking = owner[(unsigned)rand() % PAGES_IN_WORLD];
        if (shrinking != NULL && shrinking->end - shrinking->start > PAGE_SIZE) {
            shrinking->end -= PAGE_SIZE;
            owner[(shrinking->end - ADDRESS(0)) >> PAGE_SHIFT] = NULL;
            region_tree_changed(&tree, shrinking);
        }
        unsigned pages = 1 + (unsigned)rand() % 12, high = PAGES_IN_WORLD;
        if (rand() % 4 == 0) /* else the search goes on from where the last one ended */
            high = (unsigned)rand() % (PAGES_IN_WORLD + 1);
        assert_int_equal(region_tree_gap(&tree, pages * PAGE_SIZE, ADDRESS(0), ADDRESS(high)),
                         naive_gap(pages, high));
        if (step % 50 == 0)
            check(&tree);
    }
}

static void the_tree_stays_balanced_when_regions_come_in_order(void **state)
{
    (void)state;
    struct region_tree tree = {0};
    for (unsigned i = 0; i < PAGES_IN_WORLD; i++) {
        memset(&regions[i], 0, sizeof regions[i]);
        regions[i].start = ADDRESS(i * 2);
        regions[i].end = ADDRESS(i * 2 + 1);
        region_tree_insert(&tree, &regions[i]);
    }
    region_tree_check(&tree);
    assert_true(tree.root->rank < 12); /* log2 of the number is 9 */
}

static void room_that_a_stack_may_grow_into_is_not_given_away(void **state)
{
    (void)state;
    struct region_tree tree = {0};
    struct region stack = {.start = ADDRESS(99),
                           .end = ADDRESS(100),
                           .flags = REGION_STACK,
                           .growth_bottom = ADDRESS(50)};
    region_tree_insert(&tree, &stack);
    assert_int_equal(region_tree_gap(&tree, PAGE_SIZE, ADDRESS(0), ADDRESS(100)), ADDRESS(49));
}

static void a_stack_that_grows_and_pieces_that_change_keep_the_holes_right(void **state)
{
    (void)state;
    struct region_tree tree = {0};
    struct region low = {.start = ADDRESS(0), .end = ADDRESS(10)};
    struct region inside = {.start = ADDRESS(60), .end = ADDRESS(61)};
    struct region stack = {.start = ADDRESS(99),
                           .end = ADDRESS(100),
                           .flags = REGION_STACK,
                           .growth_bottom = ADDRESS(50)};
    region_tree_insert(&tree, &stack);
    region_tree_insert(&tree, &low);
    region_tree_insert(&tree, &inside);
    stack.start = ADDRESS(70); /* as region_grow_stack does: the claim is the same */
    region_tree_check(&tree);
    /* The stack can never grow past what lies in its claim, so the room below that is free. */
    assert_int_equal(region_tree_gap(&tree, 2 * PAGE_SIZE, ADDRESS(0), ADDRESS(100)), ADDRESS(58));
    low.end = ADDRESS(48);
    region_tree_changed(&tree, &low);
    region_tree_check(&tree);
    assert_int_equal(region_tree_gap(&tree, 12 * PAGE_SIZE, ADDRESS(0), ADDRESS(100)), ADDRESS(48));
    assert_int_equal(region_tree_gap(&tree, 13 * PAGE_SIZE, ADDRESS(0), ADDRESS(100)), 0);
}

/* Holes are counted up to a limit: those beyond it are found as exactly. */
static void huge_requests_find_the_highest_hole_that_is_wide_enough(void **state)
{
    (void)state;
    const uint64_t gibibyte = 1ull << 30;
    static const unsigned starts[] = {1, 60, 90, 111, 112, 200}; /* holes: 58, 29, 20, 0, 87 */
    struct region_tree tree = {0};
    for (unsigned i = 0; i < sizeof starts / sizeof *starts; i++) {
        memset(&regions[i], 0, sizeof regions[i]);
        regions[i].start = starts[i] * gibibyte;
        regions[i].end = regions[i].start + gibibyte;
        region_tree_insert(&tree, &regions[i]);
    }
    region_tree_check(&tree);
    assert_int_equal(region_tree_gap(&tree, 87 * gibibyte, PAGE_SIZE, 201 * gibibyte),
                     113 * gibibyte);
    assert_int_equal(region_tree_gap(&tree, 25 * gibibyte, PAGE_SIZE, 112 * gibibyte),
                     65 * gibibyte);
    assert_int_equal(region_tree_gap(&tree, 58 * gibibyte, PAGE_SIZE, 112 * gibibyte),
                     2 * gibibyte);
    assert_int_equal(region_tree_gap(&tree, 59 * gibibyte, PAGE_SIZE, 112 * gibibyte), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_and_gaps_agree_with_a_plain_map),
        cmocka_unit_test(the_tree_stays_balanced_when_regions_come_in_order),
        cmocka_unit_test(room_that_a_stack_may_grow_into_is_not_given_away),
        cmocka_unit_test(a_stack_that_grows_and_pieces_that_change_keep_the_holes_right),
        cmocka_unit_test(huge_requests_find_the_highest_hole_that_is_wide_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
