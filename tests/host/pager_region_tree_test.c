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

static void check(struct region *root)
{
    region_tree_check(root);
    for (unsigned page = 0; page < PAGES_IN_WORLD; page++) {
        assert_ptr_equal(region_tree_find(root, ADDRESS(page) + 5), owner[page]);
        unsigned next = page;
        while (next < PAGES_IN_WORLD && owner[next] == NULL)
            next++;
        struct region *expected = next < PAGES_IN_WORLD ? owner[next] : NULL;
        assert_ptr_equal(region_tree_first_after(root, ADDRESS(page)), expected);
    }
}

static void lookups_and_gaps_agree_with_a_plain_map(void **state)
{
    (void)state;
    struct region *root = NULL;
    srand(2);
    for (int step = 0; step < 4000; step++) {
        unsigned first = (unsigned)rand() % PAGES_IN_WORLD;
        if (owner[first] != NULL) {
            struct region *region = owner[first];
            region_tree_remove(&root, region);
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
            region_tree_insert(&root, region);
            for (unsigned page = first; page < last; page++)
                owner[page] = region;
        }
        unsigned pages = 1 + (unsigned)rand() % 12, high = (unsigned)rand() % (PAGES_IN_WORLD + 1);
        assert_int_equal(region_tree_gap(root, pages * PAGE_SIZE, ADDRESS(0), ADDRESS(high)),
                         naive_gap(pages, high));
        if (step % 50 == 0)
            check(root);
    }
}

static void the_tree_stays_balanced_when_regions_come_in_order(void **state)
{
    (void)state;
    struct region *root = NULL;
    for (unsigned i = 0; i < PAGES_IN_WORLD; i++) {
        memset(&regions[i], 0, sizeof regions[i]);
        regions[i].start = ADDRESS(i * 2);
        regions[i].end = ADDRESS(i * 2 + 1);
        region_tree_insert(&root, &regions[i]);
    }
    region_tree_check(root);
    assert_true(root->height <= 12);
}

static void room_that_a_stack_may_grow_into_is_not_given_away(void **state)
{
    (void)state;
    struct region *root = NULL;
    struct region stack = {.start = ADDRESS(99),
                           .end = ADDRESS(100),
                           .flags = REGION_STACK,
                           .growth_bottom = ADDRESS(50)};
    region_tree_insert(&root, &stack);
    assert_int_equal(region_tree_gap(root, PAGE_SIZE, ADDRESS(0), ADDRESS(100)), ADDRESS(49));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_and_gaps_agree_with_a_plain_map),
        cmocka_unit_test(the_tree_stays_balanced_when_regions_come_in_order),
        cmocka_unit_test(room_that_a_stack_may_grow_into_is_not_given_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
