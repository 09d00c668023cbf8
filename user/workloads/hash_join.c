/* Hash joins: hash_join.h. */
#include "hash_join.h"

#include "scramble.h"

#include <string.h>

/* A slot has the row's number + 1 in its low half and the high half of its hash above: a row is
   looked at only if 32 bits agree. Parts are chosen by the highest bits, slots by the lowest. */
#define ROW_BITS 32
#define ROW_MASK ((1ull << ROW_BITS) - 1)

/* Keys of a relation may themselves come from scramble(); this is another bijection. */
static uint64_t hash_of(uint64_t key)
{
    return scramble(key ^ 0x5851f42d4c957f2du);
}

size_t join_table_slots(size_t rows)
{
    size_t slots = 8;
    while (slots / 3 * 2 < rows)
        slots *= 2;
    return slots;
}

static void table_build(const struct join_relation *build, join_slot_t *slots)
{
    size_t mask = join_table_slots(build->count) - 1;
    memset(slots, 0, (mask + 1) * sizeof *slots);
    for (size_t row = 0; row < build->count; row++) {
        uint64_t hash = hash_of(build->rows[row].key);
        size_t slot = hash & mask;
        while (slots[slot] != 0)
            slot = (slot + 1) & mask;
        slots[slot] = (hash & ~ROW_MASK) | (row + 1);
    }
}

static void table_probe(const struct join_relation *build, const join_slot_t *slots,
                        const struct join_row *row, join_match_t *match, void *context)
{
    size_t mask = join_table_slots(build->count) - 1;
    uint64_t hash = hash_of(row->key);
    for (size_t slot = hash & mask; slots[slot] != 0; slot = (slot + 1) & mask) {
        if ((slots[slot] ^ hash) >> ROW_BITS != 0)
            continue;
        const struct join_row *candidate = &build->rows[(slots[slot] & ROW_MASK) - 1];
        if (candidate->key == row->key) {
            match(context, candidate, row);
            return;
        }
    }
}

void join_plain(const struct join_relation *build, const struct join_relation *probe,
                join_slot_t *slots, join_match_t *match, void *context)
{
    table_build(build, slots);
    for (size_t row = 0; row < probe->count; row++)
        table_probe(build, slots, &probe->rows[row], match, context);
}

static size_t part_of(const struct join_row *row, unsigned part_bits)
{
    return part_bits == 0 ? 0 : (size_t)(hash_of(row->key) >> (64 - part_bits));
}

void join_partition(const struct join_relation *from, struct join_row *to, unsigned part_bits,
                    size_t *parts)
{
    size_t count = (size_t)1 << part_bits;
    /* parts[i + 1] counts part i, then is where its next row goes, and so in the end where the
       part after it begins. */
    memset(parts, 0, (count + 1) * sizeof *parts);
    for (size_t row = 0; row < from->count; row++)
        parts[part_of(&from->rows[row], part_bits) + 1]++;
    size_t begin = 0;
    for (size_t part = 0; part < count; part++) {
        size_t rows = parts[part + 1];
        parts[part + 1] = begin;
        begin += rows;
    }
    for (size_t row = 0; row < from->count; row++)
        to[parts[part_of(&from->rows[row], part_bits) + 1]++] = from->rows[row];
}

void join_partitioned(const struct join_row *build, const size_t *build_parts,
                      const struct join_row *probe, const size_t *probe_parts, unsigned part_bits,
                      join_slot_t *slots, join_match_t *match, void *context)
{
    for (size_t part = 0; part < (size_t)1 << part_bits; part++) {
        const struct join_relation small = {build + build_parts[part],
                                            build_parts[part + 1] - build_parts[part]};
        const struct join_relation large = {probe + probe_parts[part],
                                            probe_parts[part + 1] - probe_parts[part]};
        join_plain(&small, &large, slots, match, context);
    }
}
