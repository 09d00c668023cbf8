/*
 * hash-join: two relations, the larger one twice the smaller one, joined by one hash table of all
 * (plain) or part by part (partitioned). A fifth of the larger one's rows have no partner.
 */
#include "application.h"
#include "hash_join.h"
#include "scramble.h"
#include "workload.h"

enum { METHOD = OVER + 1, PARTS, END };

#define PLAIN 0

static struct parameter parameters[] = {
    APPLICATION_PARAMETERS,
    APPLICATION_OVER(file),
    [METHOD] = {.name = "method", .meaning = "default plain", .choices = "plain|partitioned"},
    [PARTS] = {.name = "parts",
               .meaning = "2 to the power of this; default: a table takes a quarter of the frames"},
    [END] = {0},
};

struct join {
    struct application application;
    uint64_t build_count, probe_count;
    uint64_t pairs, check;
};

/* The row of the smaller relation that a row of the larger one wants; none if there is no such. */
static uint64_t partner_of(const struct join *join, uint64_t probe)
{
    return scramble(~join->application.base + probe) % (join->build_count * 5 / 4);
}

static uint64_t key_of(const struct join *join, uint64_t build)
{
    return scramble(join->application.base + build);
}

/* The same whatever the order of the pairs. */
static uint64_t pair_value(uint64_t build, uint64_t probe)
{
    return scramble(build << 32 | probe);
}

static void check_pair(void *context, const struct join_row *build, const struct join_row *probe)
{
    struct join *join = context;
    if (probe->payload >= join->probe_count || partner_of(join, probe->payload) != build->payload ||
        build->key != key_of(join, build->payload) || probe->key != build->key)
        workload_fail("hash-join: rows %lu and %lu are no pair", (unsigned long)build->payload,
                      (unsigned long)probe->payload);
    join->pairs++;
    join->check += pair_value(build->payload, probe->payload);
}

static void expect_all_pairs(const struct join *join)
{
    uint64_t pairs = 0, check = 0;
    for (uint64_t probe = 0; probe < join->probe_count; probe++) {
        uint64_t build = partner_of(join, probe);
        if (build < join->build_count) {
            pairs++;
            check += pair_value(build, probe);
        }
    }
    if (join->pairs != pairs || join->check != check)
        workload_fail("hash-join: %lu pairs, but there are %lu", (unsigned long)join->pairs,
                      (unsigned long)pairs);
}

static unsigned part_bits(const struct join *join)
{
    if (parameters[PARTS].given)
        return (unsigned)parameters[PARTS].value;
    unsigned bits = 1;
    while (join_table_slots(join->build_count >> bits) * sizeof(join_slot_t) >
           join->application.frames / 4 * PAGE_BYTES)
        bits++;
    return bits;
}

static size_t largest_part(const size_t *parts, size_t count)
{
    size_t largest = 0;
    for (size_t part = 0; part < count; part++)
        if (parts[part + 1] - parts[part] > largest)
            largest = parts[part + 1] - parts[part];
    return largest;
}

static void run_plain(struct join *join, const struct join_relation *build,
                      const struct join_relation *probe)
{
    join_slot_t *slots = workload_memory(join_table_slots(build->count) * sizeof(join_slot_t));
    join_plain(build, probe, slots, check_pair, join);
}

static void run_partitioned(struct join *join, const struct join_relation *build,
                            const struct join_relation *probe)
{
    unsigned bits = part_bits(join);
    if (bits > 16)
        workload_fail("hash-join: parts= is at most 16");
    size_t parts = (size_t)1 << bits;
    size_t *build_parts = workload_memory((parts + 1) * sizeof *build_parts);
    size_t *probe_parts = workload_memory((parts + 1) * sizeof *probe_parts);
    uint64_t build_bytes = build->count * sizeof(struct join_row);
    uint64_t probe_bytes = probe->count * sizeof(struct join_row);
    struct join_row *build_rows =
        application_memory(&join->application, "hash-join.build-parts", build_bytes);
    struct join_row *probe_rows =
        application_memory(&join->application, "hash-join.probe-parts", probe_bytes);
    join_partition(build, build_rows, bits, build_parts);
    join_partition(probe, probe_rows, bits, probe_parts);
    join_slot_t *slots =
        workload_memory(join_table_slots(largest_part(build_parts, parts)) * sizeof(join_slot_t));
    join_partitioned(build_rows, build_parts, probe_rows, probe_parts, bits, slots, check_pair,
                     join);
    application_release(&join->application, "hash-join.build-parts", build_rows, build_bytes);
    application_release(&join->application, "hash-join.probe-parts", probe_rows, probe_bytes);
}

int main(int argc, char *argv[])
{
    struct join join = {.application =
                            application_begin(argc, argv, parameters, &parameters[OVER])};
    /* A row of the smaller relation, two of the larger one, and two slots at least. */
    join.build_count = join.application.pages * PAGE_BYTES /
                       (3 * sizeof(struct join_row) + 2 * sizeof(join_slot_t));
    join.probe_count = 2 * join.build_count;
    uint64_t build_bytes = join.build_count * sizeof(struct join_row);
    uint64_t probe_bytes = join.probe_count * sizeof(struct join_row);
    struct join_row *build_rows =
        application_memory(&join.application, "hash-join.build", build_bytes);
    struct join_row *probe_rows =
        application_memory(&join.application, "hash-join.probe", probe_bytes);
    for (uint64_t i = 0; i < join.build_count; i++)
        build_rows[i] = (struct join_row){.key = key_of(&join, i), .payload = i};
    for (uint64_t i = 0; i < join.probe_count; i++)
        probe_rows[i] = (struct join_row){.key = key_of(&join, partner_of(&join, i)), .payload = i};

    struct join_relation build = {build_rows, join.build_count};
    struct join_relation probe = {probe_rows, join.probe_count};
    struct group_statistics before;
    workload_start(&before);
    if (parameters[METHOD].value == PLAIN)
        run_plain(&join, &build, &probe);
    else
        run_partitioned(&join, &build, &probe);
    expect_all_pairs(&join);
    workload_result("hash-join", join.probe_count, join.check, &before);
    application_release(&join.application, "hash-join.build", build_rows, build_bytes);
    application_release(&join.application, "hash-join.probe", probe_rows, probe_bytes);
    return 0;
}
