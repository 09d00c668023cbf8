/* The external merge sort and the tournament under it. */
#include "host_test.h"
#include "loser_tree.h"
#include "merge_sort.h"
#include "scramble.h"

#include <stdlib.h>

static struct sort_record *make_records(size_t count, uint64_t key_limit, uint64_t seed)
{
    struct sort_record *records = malloc((count + 1) * sizeof *records);
    for (size_t i = 0; i < count; i++)
        records[i] =
            (struct sort_record){.key = scramble(seed * 1000003 + i) % key_limit, .sequence = i};
    return records;
}

static void expect_sorted_and_stable(const struct sort_record *sorted, size_t count,
                                     const struct sort_record *original)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(sorted[i].sequence < count);
        assert_int_equal(sorted[i].key, original[sorted[i].sequence].key);
        if (i > 0)
            assert_true(sorted[i - 1].key < sorted[i].key ||
                        (sorted[i - 1].key == sorted[i].key &&
                         sorted[i - 1].sequence < sorted[i].sequence));
    }
}

static void sort_and_check(size_t count, size_t run, size_t fan_in, uint64_t key_limit)
{
    struct sort_record *area = make_records(count, key_limit, count + run);
    struct sort_record *original = make_records(count, key_limit, count + run);
    struct merge_sort sort = {.area = area,
                              .spare = malloc((count + 1) * sizeof *area),
                              .count = count,
                              .scratch = malloc(run * sizeof *area),
                              .run = run,
                              .fan_in = fan_in};
    struct sort_record *sorted = merge_sort(&sort);
    assert_true(sorted == sort.area || sorted == sort.spare);
    expect_sorted_and_stable(sorted, count, original);
    free(area);
    free(original);
    free(sort.spare);
    free(sort.scratch);
}

static void every_length_is_sorted_and_equal_keys_keep_their_order(void **state)
{
    (void)state;
    for (size_t count = 0; count < 200; count++)
        sort_and_check(count, 17, 2 + count % 5, 40);
}

static void every_shape_of_runs_and_merges_gives_the_same(void **state)
{
    (void)state;
    static const size_t runs[] = {1, 2, 15, 16, 17, 100, 333, 5000, 6000};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        for (size_t fan_in = 2; fan_in < 12; fan_in += 3)
            sort_and_check(5000, runs[i], fan_in, 1u << 20);
}

static void one_key_for_all_keeps_everything_in_place(void **state)
{
    (void)state;
    sort_and_check(3000, 64, 7, 1);
}

static void a_tournament_gives_all_keys_of_its_sources_in_order(void **state)
{
    (void)state;
    struct loser_tree_head heads[33];
    for (size_t sources = 1; sources <= 33; sources++) {
        struct loser_tree tree;
        size_t given[33] = {0}, winner, total = 0;
        uint64_t last = 0;
        loser_tree_init(&tree, heads, sources);
        /* Source s has s keys: the first one none at all. */
        for (size_t s = 1; s < sources; s++)
            loser_tree_set(&tree, s, s % 7);
        loser_tree_start(&tree);
        while (loser_tree_winner(&tree, &winner)) {
            uint64_t key = winner % 7 + given[winner] * 3;
            assert_true(key >= last);
            last = key;
            total++;
            if (++given[winner] == winner)
                loser_tree_end(&tree);
            else
                loser_tree_advance(&tree, winner % 7 + given[winner] * 3);
        }
        assert_int_equal(total, sources * (sources - 1) / 2);
    }
}

static void the_greatest_key_is_a_key_like_others(void **state)
{
    (void)state;
    struct loser_tree_head heads[3];
    struct loser_tree tree;
    size_t winner;
    loser_tree_init(&tree, heads, 3);
    loser_tree_set(&tree, 2, UINT64_MAX);
    loser_tree_start(&tree);
    assert_true(loser_tree_winner(&tree, &winner));
    assert_int_equal(winner, 2);
    loser_tree_end(&tree);
    assert_false(loser_tree_winner(&tree, &winner));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_sorted_and_equal_keys_keep_their_order),
        cmocka_unit_test(every_shape_of_runs_and_merges_gives_the_same),
        cmocka_unit_test(one_key_for_all_keeps_everything_in_place),
        cmocka_unit_test(a_tournament_gives_all_keys_of_its_sources_in_order),
        cmocka_unit_test(the_greatest_key_is_a_key_like_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
