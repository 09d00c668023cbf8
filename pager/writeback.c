/*
 * Writeback of dirty file pages.
 *
 * A job goes once over a range of a file (or over all files), in index order, which is block
 * order as far as the file system allows, and starts the write of each dirty page; several
 * writes are in flight. It ends when all writes that began before it had seen its whole range
 * are done: so also those that eviction or another job began.
 *
 *      queued jobs --pump--> file_write_start() --> in flight, by sequence --> done
 *        ^                                                                     |
 *        +------------- room again, or the page was in flight -----------------+
 *
 * A page written again meanwhile faults (its mappings lost write permission first), is dirty
 * again and stays so.
 */
#include "writeback.h"
#include "eviction.h"
#include "file_object.h"
#include "frame_pool.h"
#include "group.h"
#include "services.h"

#include <assert.h>
#include <quire/errno.h>

#define IN_FLIGHT_MAX 64
/* Dirty pages reach the disk after this long, whoever made them dirty. */
#define TICK_NANOSECONDS 1000000000ull
#define AGE_TICKS 5
/* More dirty pages than this part of memory: written at the next tick. */
#define DIRTY_SHIFT 4

struct writeback_job {
    struct writeback_job *next;
    struct file_object *file; /* held; NULL: the end of all files */
    uint64_t index, last;
    uint64_t sequence;     /* writes that began before this number count */
    struct waiter *waiter; /* NULL: nobody waits */
    bool all_files, seen_all;
};

static struct slab job_slab = SLAB_INITIALIZER(struct writeback_job);
static struct writeback_job *jobs;
static struct page_io in_flight = {.next = &in_flight, .previous = &in_flight};
static uint32_t in_flight_count;
static uint64_t next_sequence = 1;
static uint32_t ticks;
bool writeback_armed;

/* ---------------------------------------------------------------- one page */

static void file_write_done(struct page *page, int32_t result)
{
    struct page_io *io = page_time(page)->io;
    struct group_statistics *counters = &group_of(page)->counters;
    counters->page_outs++;
    counters->file_outs++;
    io->previous->next = io->next;
    io->next->previous = io->previous;
    in_flight_count--;
    page_io_end(page, result);
    writeback_pump();
}

bool file_write_start(struct page *page, bool evict)
{
    struct page_io *io = page_io_begin(page);
    if (io == NULL)
        return false;
    io->sequence = next_sequence++;
    io->next = &in_flight;
    io->previous = in_flight.previous;
    io->previous->next = io;
    in_flight.previous = io;
    in_flight_count++;
    if (evict) {
        page->flags |= PAGE_EVICT_AFTER;
        group_of(page)->leaving++;
    }
    file_page_clean(page);
    file_write_page(page, file_write_done);
    return true;
}

/* ---------------------------------------------------------------- jobs */

static void next_file(struct writeback_job *job)
{
    struct file_object *file = job->file;
    job->file = job->all_files ? file->all_next : NULL;
    job->index = 0;
    if (job->file != NULL)
        file_object_hold(job->file);
    file_object_drop(file);
}

/* Starts what it can. false: it has to wait for a write to end. */
static bool advance(struct writeback_job *job)
{
    while (job->file != NULL) {
        if (in_flight_count >= IN_FLIGHT_MAX)
            return false;
        struct page *page = file_page_next_dirty(job->file, &job->index, job->last);
        if (page == NULL) {
            if (!job->all_files)
                break;
            next_file(job);
            continue;
        }
        if (page->flags & PAGE_WRITING)
            return false;
        page_write_protect_all(page);
        if (!file_write_start(page, false))
            return false;
        job->index++;
    }
    if (!job->seen_all) {
        job->seen_all = true;
        job->sequence = next_sequence;
    }
    return true;
}

/* For one file only its own writes count; a page released meanwhile counts for everybody. */
static bool concerns(const struct writeback_job *job, const struct page *page)
{
    return job->all_files || page->state != PAGE_STATE_RESIDENT || page->owner.file == job->file;
}

static bool finished(const struct writeback_job *job)
{
    for (const struct page_io *io = in_flight.next; io != &in_flight; io = io->next) {
        if (io->sequence >= job->sequence)
            return true;
        if (concerns(job, io->page))
            return false;
    }
    return true;
}

static void end_job(struct writeback_job *job)
{
    if (job->file != NULL)
        file_object_drop(job->file);
    if (job->waiter != NULL)
        run_queue_add(job->waiter, 0);
    slab_free(&job_slab, job);
}

void writeback_pump(void)
{
    for (struct writeback_job **link = &jobs; *link != NULL;) {
        struct writeback_job *job = *link;
        if ((job->seen_all || advance(job)) && finished(job)) {
            *link = job->next;
            end_job(job);
        } else {
            link = &job->next;
        }
    }
    /* No record for a write, and no write whose end would resume us: time has to. */
    if (jobs != NULL && in_flight_count == 0)
        writeback_arm();
}

void writeback_file(struct file_object *file, uint64_t first, uint64_t last, struct waiter *waiter)
{
    struct file_object *start = file != NULL ? file : file_object_first();
    struct writeback_job *job = start != NULL ? slab_allocate(&job_slab) : NULL;
    if (job == NULL) {
        if (waiter != NULL)
            run_queue_add(waiter, start != NULL ? -ENOMEM : 0);
        return;
    }
    job->file = start;
    file_object_hold(start);
    job->all_files = file == NULL;
    job->index = job->all_files ? 0 : first;
    job->last = job->all_files ? UINT64_MAX : last;
    job->waiter = waiter;
    struct writeback_job **link = &jobs;
    while (*link != NULL)
        link = &(*link)->next;
    *link = job;
    writeback_pump();
}

/* ---------------------------------------------------------------- the background writer */

void writeback_arm(void)
{
    writeback_armed = true;
    ticks = 0;
    timer_wake_at(clock_now() + TICK_NANOSECONDS);
}

uint64_t writeback_dirty_pages(void)
{
    uint64_t dirty = 0;
    for (struct file_object *file = file_object_first(); file != NULL; file = file->all_next)
        dirty += file->dirty;
    return dirty;
}

void writeback_tick(void)
{
    writeback_pump();
    if (!writeback_armed)
        return;
    uint64_t dirty = writeback_dirty_pages();
    ticks++;
    if (dirty != 0 && (ticks >= AGE_TICKS || dirty > frame_pool.total >> DIRTY_SHIFT)) {
        writeback_file(NULL, 0, UINT64_MAX, NULL);
        ticks = 0;
    }
    writeback_armed = dirty != 0;
    if (writeback_armed)
        timer_wake_at(clock_now() + TICK_NANOSECONDS);
}
