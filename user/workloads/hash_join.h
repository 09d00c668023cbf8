/*
 * Equi-joins of two relations by hashing the smaller one, whose keys are unique.
 *
 * Plain: one table of all of `build`, then each row of `probe` looks into it. Good when the table
 * fits; else nearly every row of `probe` is a fault.
 *
 * Partitioned (Grace; Kitsuregawa, Tanaka, Moto-Oka 1983): both relations are first distributed by
 * bits of the hash, so that the parts that can match lie together and one part's table fits.
 *
 *      build  | rows in any order       |        build  | part 0 | part 1 | part 2 | part 3 |
 *                                          ->             |        with table, one after another
 *      probe  | rows in any order       |        probe  | part 0 | part 1 | part 2 | part 3 |
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct join_row {
    uint64_t key;
    uint64_t payload;
};

struct join_relation {
    const struct join_row *rows;
    size_t count; /* below 2^32 - 1 */
};

/* A slot of the table: a row's number + 1, and bits of its hash; 0: free. Open addressing. */
typedef uint64_t join_slot_t;

/* Called for each pair of rows with the same key. */
typedef void join_match_t(void *context, const struct join_row *build,
                          const struct join_row *probe);

/* How many slots (a power of two) the table for `rows` rows has: at most two thirds are used. */
size_t join_table_slots(size_t rows);

/* `slots` has join_table_slots(build->count) of them. */
void join_plain(const struct join_relation *build, const struct join_relation *probe,
                join_slot_t *slots, join_match_t *match, void *context);

/* Distributes the rows of `from` into `to` (as many rows), as 2^part_bits parts by their hash.
   parts[i] becomes where part i begins; there are 2^part_bits + 1 of them. */
void join_partition(const struct join_relation *from, struct join_row *to, unsigned part_bits,
                    size_t *parts);

/* Joins relations that join_partition() distributed. `slots` has join_table_slots() of the largest
   part of `build`. */
void join_partitioned(const struct join_row *build, const size_t *build_parts,
                      const struct join_row *probe, const size_t *probe_parts, unsigned part_bits,
                      join_slot_t *slots, join_match_t *match, void *context);
