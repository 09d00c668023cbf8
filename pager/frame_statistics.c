/*
 * How many frames are what, for PAGER_SYSTEM_STATISTICS and the statistics page.
 */
#include "frame_pool.h"
#include "group.h"
#include "operation_batch.h"
#include "swap.h"

void system_statistics_fill(struct system_statistics *statistics)
{
    const uint64_t *counts = frame_pool.counts;
    statistics->frames_total = frame_pool.total;
    statistics->frames_free = counts[PAGE_STATE_FREE] + counts[PAGE_STATE_DONATION];
    statistics->frames_anonymous = frame_pool.anonymous;
    statistics->frames_file = frame_pool.file;
    statistics->frames_table = counts[PAGE_STATE_TABLE];
    statistics->frames_object = counts[PAGE_STATE_OBJECT];
    statistics->frames_wired = counts[PAGE_STATE_WIRED] + frame_pool.own_frames;
    statistics->extra_mappings = mapping_slab.in_use;
    statistics->groups = group_slab.in_use;
    statistics->metadata_bytes_per_frame =
        ((frame_pool.metadata_frames << PAGE_SHIFT) + frame_pool.total - 1) / frame_pool.total;
    swap_statistics_fill(statistics);
}
