/*
 * The swap map: which slots of the swap disk are in use, and the cluster that the next
 * eviction batch goes to.
 *
 * A slot belongs to exactly one anonymous page's copy on disk. It stays with the page after
 * swap-in, so that evicting the page again while it is clean costs no write.
 *
 *      slot   0          64         128
 *             |H########|###.....#|..........|      H: the disk's header, never used
 *              cluster 0  cluster 1 ^ cursor
 *
 * One word of the bitmap is one cluster. The cursor stays in a cluster while that has room,
 * then goes to an empty one, so that the pages of a batch lie together; only when no cluster
 * is empty it takes what is left.
 */
#include "eviction.h"
#include "swap.h"

#include <assert.h>

#define CLUSTER_SLOTS 64

static uint64_t *used; /* a bit a slot */
static uint64_t clusters, empty_clusters, slots_total, slots_free;
static uint64_t cursor; /* cluster */

static uint64_t map_pages(uint64_t cluster_count)
{
    return (cluster_count * sizeof *used + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

bool swap_map_create(uint64_t slots)
{
    clusters = (slots + CLUSTER_SLOTS - 1) / CLUSTER_SLOTS;
    slots_total = slots_free = empty_clusters = cursor = 0;
    used = NULL;
    if (slots < 2 || slots > UINT32_MAX)
        return false;
    uint64_t physical = frames_allocate_wired(map_pages(clusters), PAGE_SIZE);
    if (physical == 0)
        return false;
    used = window(physical);
    used[0] = 1;
    if (slots % CLUSTER_SLOTS != 0)
        used[clusters - 1] |= UINT64_MAX << slots % CLUSTER_SLOTS;
    slots_total = slots_free = slots - 1;
    for (uint64_t i = 0; i < clusters; i++)
        empty_clusters += used[i] == 0;
    return true;
}

void swap_map_destroy(void)
{
    if (used != NULL)
        frames_free_wired((uint64_t)((uint8_t *)used - (uint8_t *)window(0)), map_pages(clusters));
    used = NULL;
    clusters = empty_clusters = slots_total = slots_free = 0;
}

static bool cluster_suits(uint64_t cluster, bool wholly_empty)
{
    return wholly_empty ? used[cluster] == 0 : used[cluster] != UINT64_MAX;
}

/* From the cursor on and around; there is one. */
static uint64_t next_cluster(bool wholly_empty)
{
    uint64_t cluster = cursor;
    while (!cluster_suits(cluster, wholly_empty))
        cluster = cluster + 1 < clusters ? cluster + 1 : 0;
    return cluster;
}

uint32_t swap_reserve_run(uint32_t count, uint32_t *first)
{
    if (slots_free == 0 || count == 0)
        return 0;
    if (used[cursor] == UINT64_MAX)
        cursor = next_cluster(empty_clusters != 0);

    uint64_t word = used[cursor];
    uint32_t begin = (uint32_t)__builtin_ctzll(~word);
    uint64_t above = word >> begin;
    uint32_t room = above == 0 ? CLUSTER_SLOTS - begin : (uint32_t)__builtin_ctzll(above);
    uint32_t run = count < room ? count : room;
    uint64_t bits = run == CLUSTER_SLOTS ? UINT64_MAX : ((1ull << run) - 1) << begin;

    empty_clusters -= word == 0;
    used[cursor] = word | bits;
    slots_free -= run;
    *first = (uint32_t)(cursor * CLUSTER_SLOTS + begin);
    return run;
}

void swap_map_free(uint32_t slot)
{
    uint64_t *word = &used[slot / CLUSTER_SLOTS];
    uint64_t bit = 1ull << slot % CLUSTER_SLOTS;
    assert(slot != 0 && slot <= slots_total && (*word & bit));
    *word &= ~bit;
    empty_clusters += *word == 0;
    slots_free++;
    frame_waiters_stir();
}

uint64_t swap_slots_total(void)
{
    return slots_total;
}

uint64_t swap_slots_free(void)
{
    return slots_free;
}
