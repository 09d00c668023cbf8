/*
 * Statistics: on request, and in a page that every program may read.
 *
 * The page is brought up to date when the pager has work anyway and the last time is
 * STATISTICS_TICKS ago, so it costs the fault path one look at the time-stamp counter. Who
 * needs the very latest numbers asks by call.
 */
#include "statistics.h"
#include "address_space.h"
#include "descriptor.h"
#include "dispatch.h"
#include "fs_client.h"
#include "kernel_interface.h"
#include "memory.h"
#include "services.h"
#include "swap.h"

#include <quire/errno.h>
#include <string.h>

/* About a millisecond on the machines of today; only the page's age depends on it. */
#define STATISTICS_TICKS (1ull << 21)

static uint64_t shown_physical;
static uint64_t refreshed_at;

bool statistics_boot(void)
{
    shown_physical = frames_allocate_wired(1, PAGE_SIZE);
    return shown_physical != 0;
}

uint64_t statistics_page_physical(void)
{
    return shown_physical;
}

/* What the fs-server counts. While it is being written: what it was before. */
static const struct fs_counters *disk_counters(void)
{
    static struct fs_counters last;
    const volatile struct fs_counters *shared = fs_counters();
    uint64_t version = shared != NULL ? shared->version : 0;
    if (shared == NULL || version % 2 != 0)
        return &last;
    struct fs_counters now = *shared;
    if (shared->version == version)
        last = now;
    return &last;
}

uint64_t disk_sectors_read(void)
{
    return disk_counters()->sectors_read;
}

uint64_t disk_sectors_written(void)
{
    return disk_counters()->sectors_written;
}

static struct disk_activity activity_now(struct block_activity activity)
{
    block_activity_settle(&activity, time_stamp());
    return (struct disk_activity){activity.requests, activity.busy_ticks, activity.in_flight_ticks};
}

static void fill_system(struct system_statistics *statistics)
{
    memset(statistics, 0, sizeof *statistics);
    system_statistics_fill(statistics);
    address_space_statistics(statistics);
    statistics->open_files = open_files_in_use();
    statistics->parked = requests_parked();
    statistics->sectors_read = disk_sectors_read();
    statistics->sectors_written = disk_sectors_written();
    statistics->time_stamp = time_stamp();
    statistics->disk = activity_now(disk_counters()->activity);
    statistics->swap = activity_now(swap_activity());
}

static SLOW_PATH void refresh(void)
{
    if (shown_physical == 0)
        return;
    struct statistics_page *page = window(shown_physical);
    page->version++;
    __atomic_thread_fence(__ATOMIC_RELEASE);
    fill_system(&page->system);
    page->root = *group_counters(group_by_id(0));
    __atomic_thread_fence(__ATOMIC_RELEASE);
    page->version++;
}

void statistics_refresh(void)
{
    uint64_t now = time_stamp();
    if (now - refreshed_at < STATISTICS_TICKS)
        return;
    refreshed_at = now;
    refresh();
}

enum request_status disk_counts_step(struct request *request)
{
    request->value[0] = disk_sectors_read();
    request->value[1] = disk_sectors_written();
    return request_done(request, 0);
}

/* A copy that has to wait begins again, so that the numbers fit together. */
static enum request_status copy_structure(struct request *request, uint64_t to, const void *from,
                                          uint64_t length)
{
    uint64_t progress = 0;
    switch (user_copy_out(request, request->space, to, from, length, request->message.words[5],
                          &progress)) {
    case COPY_PARKED: return REQUEST_PARKED;
    case COPY_FAULT: return user_fault_result(request, to);
    default: return request_done(request, 0);
    }
}

enum request_status system_statistics_step(struct request *request)
{
    struct system_statistics statistics;
    fill_system(&statistics);
    return copy_structure(request, request->message.words[0], &statistics, sizeof statistics);
}

enum request_status group_statistics_step(struct request *request)
{
    uint64_t id = request->message.words[0];
    struct group *group = id == 0                  ? request->space->group
                          : id == PAGER_ROOT_GROUP ? group_by_id(0)
                          : id < UINT32_MAX        ? group_by_id((uint32_t)id)
                                                   : NULL;
    if (group == NULL)
        return request_done(request, -ESRCH);
    return copy_structure(request, request->message.words[1], group_counters(group),
                          sizeof(struct group_statistics));
}
