/* Hash joins against a join by two nested loops. */
#include "hash_join.h"
#include "host_test.h"
#include "scramble.h"

#include <stdlib.h>

struct found {
    size_t *partner; /* of each row of the large relation; SIZE_MAX: none yet */
    size_t pairs;
};

static void note(void *context, const struct join_row *build, const struct join_row *probe)
{
    struct found *found = context;
    assert_int_equal(build->key, probe->key);
    assert_int_equal(found->partner[probe->payload], SIZE_MAX);
    found->partner[probe->payload] = build->payload;
    found->pairs++;
}

struct relations {
    struct join_row *build, *probe;
    size_t build_count, probe_count;
};

/* Keys of `build` are different; a fifth of the keys of `probe` are not among them. */
static struct relations make(size_t build_count, size_t probe_count)
{
    struct relations made = {.build = malloc((build_count + 1) * sizeof *made.build),
                             .probe = malloc((probe_count + 1) * sizeof *made.probe),
                             .build_count = build_count,
                             .probe_count = probe_count};
    for (size_t i = 0; i < build_count; i++)
        made.build[i] = (struct join_row){.key = scramble(i), .payload = i};
    for (size_t i = 0; i < probe_count; i++)
        made.probe[i] = (struct join_row){
            .key = scramble(scramble(i + 77) % (build_count * 5 / 4 + 1)), .payload = i};
    return made;
}

static void begin(struct found *found, size_t probe_count)
{
    *found = (struct found){.partner = malloc((probe_count + 1) * sizeof *found->partner)};
    for (size_t i = 0; i < probe_count; i++)
        found->partner[i] = SIZE_MAX;
}

static void expect_all(const struct relations *made, struct found *found)
{
    size_t pairs = 0;
    for (size_t i = 0; i < made->probe_count; i++) {
        size_t partner = scramble(i + 77) % (made->build_count * 5 / 4 + 1);
        if (partner >= made->build_count)
            partner = SIZE_MAX;
        else
            pairs++;
        assert_int_equal(found->partner[i], partner);
    }
    assert_int_equal(found->pairs, pairs);
    free(found->partner);
}

static void join_both_ways(size_t build_count, size_t probe_count, unsigned part_bits)
{
    struct relations made = make(build_count, probe_count);
    struct join_relation build = {made.build, build_count}, probe = {made.probe, probe_count};
    join_slot_t *slots = malloc(join_table_slots(build_count) * sizeof *slots);
    struct found found;

    begin(&found, probe_count);
    join_plain(&build, &probe, slots, note, &found);
    expect_all(&made, &found);

    size_t parts = ((size_t)1 << part_bits) + 1;
    size_t *build_parts = malloc(parts * sizeof *build_parts);
    size_t *probe_parts = malloc(parts * sizeof *probe_parts);
    struct join_row *build_copy = malloc((build_count + 1) * sizeof *build_copy);
    struct join_row *probe_copy = malloc((probe_count + 1) * sizeof *probe_copy);
    join_partition(&build, build_copy, part_bits, build_parts);
    join_partition(&probe, probe_copy, part_bits, probe_parts);
    assert_int_equal(build_parts[0], 0);
    assert_int_equal(build_parts[parts - 1], build_count);
    begin(&found, probe_count);
    join_partitioned(build_copy, build_parts, probe_copy, probe_parts, part_bits, slots, note,
                     &found);
    expect_all(&made, &found);

    free(made.build);
    free(made.probe);
    free(slots);
    free(build_parts);
    free(probe_parts);
    free(build_copy);
    free(probe_copy);
}

static void both_joins_find_each_pair_once(void **state)
{
    (void)state;
    join_both_ways(1000, 3000, 3);
    join_both_ways(5000, 5000, 6);
    join_both_ways(1 << 14, 1 << 15, 4);
}

static void empty_relations_and_single_rows_join(void **state)
{
    (void)state;
    for (size_t build = 0; build < 12; build++)
        for (size_t probe = 0; probe < 12; probe += 3)
            for (unsigned bits = 0; bits < 4; bits++)
                join_both_ways(build, probe, bits);
}

static void a_table_always_keeps_free_slots(void **state)
{
    (void)state;
    for (size_t rows = 0; rows < 5000; rows++) {
        size_t slots = join_table_slots(rows);
        assert_int_equal(slots & (slots - 1), 0);
        assert_true(slots > rows && rows * 3 <= slots * 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_joins_find_each_pair_once),
        cmocka_unit_test(empty_relations_and_single_rows_join),
        cmocka_unit_test(a_table_always_keeps_free_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
