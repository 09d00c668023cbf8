/*
 * Transfers between frames and the swap disk.
 *
 * A write takes as many pages as have consecutive slots, one segment each. A read is one page that
 * somebody waits for, or of many that are read ahead those with consecutive slots. Any number of reads and SWAP_WRITES writes are in flight; what the device's queue has no
 * room for waits in `pending`. A slot that is freed while it is being written is not reused
 * before the device is done with it.
 */
#include "eviction.h"
#include "group.h"
#include "services.h"
#include "swap.h"

#include <assert.h>
#include <quire/block_device.h>
#include <quire/errno.h>

#define PAGE_SECTORS (PAGE_SIZE / BLOCK_SECTOR_BYTES)
#define SWAP_WRITES 16
#define SWAP_RUN_MAX 32

struct swap_write_request {
    struct block_request request; /* first: a request's pointer is its pointer */
    struct block_segment segments[POLICY_VICTIMS_MAX];
    struct page *pages[POLICY_VICTIMS_MAX];
    uint32_t first_slot, count; /* count 0: not in flight */
    uint32_t freed;             /* slots of it that are to be freed at the end, a bit each */
};
_Static_assert(POLICY_VICTIMS_MAX <= 32, "swap_write_request.freed has a bit a page");

/* Reads of consecutive slots, as one request. */
struct swap_read_run {
    struct block_request request; /* first: a request's pointer is its pointer */
    struct block_segment segments[SWAP_RUN_MAX];
    struct page *pages[SWAP_RUN_MAX];
    uint32_t first_slot, count;
};
static struct slab run_slab = SLAB_INITIALIZER(struct swap_read_run);

static struct block_device *device;
static struct swap_read_run *open_run; /* between swap_run_begin() and _end(); NULL: none */
static bool collecting;
static uint64_t first_sector;
static struct swap_write_request writes[SWAP_WRITES];
static uint32_t writes_in_flight;
static struct block_request *pending_first, *pending_last;
static uint64_t sectors_read, sectors_written;

/* ---------------------------------------------------------------- the device */

static void arm_poll(void)
{
    if (device->poll_at != 0)
        timer_wake_at(device->poll_at);
}

static void submit(struct block_request *request)
{
    request->next = NULL;
    if (pending_first == NULL && device->operations->submit(device, request))
        return;
    if (pending_last != NULL)
        pending_last->next = request;
    else
        pending_first = request;
    pending_last = request;
}

static void submit_pending(void)
{
    while (pending_first != NULL) {
        struct block_request *request = pending_first;
        struct block_request *next = request->next;
        request->next = NULL;
        if (!device->operations->submit(device, request)) {
            request->next = next;
            return;
        }
        pending_first = next;
        if (next == NULL)
            pending_last = NULL;
    }
}

static void kick(void)
{
    device->operations->kick(device);
    arm_poll();
}

void swap_interrupt(void)
{
    if (device == NULL)
        return;
    device->operations->poll(device);
    if (pending_first != NULL)
        submit_pending();
    kick();
}

void swap_boot(struct block_device *swap_device, uint64_t slots_first_page, uint64_t slots)
{
    assert(writes_in_flight == 0 && pending_first == NULL);
    swap_map_destroy();
    device = swap_device;
    first_sector = slots_first_page * PAGE_SECTORS;
    sectors_read = sectors_written = 0;
    if (slots != 0 && !swap_map_create(slots))
        console_message("no memory for the map of %lu swap slots: no swap", (unsigned long)slots);
}

void swap_statistics_fill(struct system_statistics *statistics)
{
    statistics->swap_slots_total = swap_slots_total();
    statistics->swap_slots_used = swap_slots_total() - swap_slots_free();
    statistics->swap_sectors_read = sectors_read;
    statistics->swap_sectors_written = sectors_written;
}

struct block_activity swap_activity(void)
{
    return device != NULL ? device->activity : (struct block_activity){0};
}

/* ---------------------------------------------------------------- reads */

static void page_read(struct page *page, int32_t result)
{
    struct page_io *io = page_time(page)->io;
    struct group_statistics *counters = &group_of(page)->counters;
    counters->page_ins++;
    counters->swap_ins++;
    sectors_read += PAGE_SECTORS;
    if (result < 0)
        console_message("swap slot %u cannot be read (%d)", io->slot, result);
    io->done(page, result);
}

static void read_done(struct block_request *request)
{
    const struct page_io *io = request->context;
    page_read(io->page, request->result);
}

static void read_one(struct page *page)
{
    struct page_io *io = page_time(page)->io;
    io->segment = (struct block_segment){page_physical(page), PAGE_SIZE};
    io->request = (struct block_request){
        .operation = BLOCK_READ,
        .sector = first_sector + (uint64_t)io->slot * PAGE_SECTORS,
        .segment_count = 1,
        .segments = &io->segment,
        .done = read_done,
        .context = io,
    };
    submit(&io->request);
}

/* One bad slot costs one page, not its neighbours: after an error each is read by itself. */
static void run_done(struct block_request *request)
{
    struct swap_read_run *run = (struct swap_read_run *)request;
    for (uint32_t i = 0; i < run->count; i++) {
        if (request->result < 0)
            read_one(run->pages[i]);
        else
            page_read(run->pages[i], 0);
    }
    slab_free(&run_slab, run);
}

static void submit_run(void)
{
    struct swap_read_run *run = open_run;
    open_run = NULL;
    if (run == NULL)
        return;
    run->request = (struct block_request){
        .operation = BLOCK_READ,
        .sector = first_sector + (uint64_t)run->first_slot * PAGE_SECTORS,
        .segment_count = run->count,
        .segments = run->segments,
        .done = run_done,
    };
    submit(&run->request);
}

/* False: no memory for a run. */
static bool add_to_run(struct page *page, uint32_t slot)
{
    if (open_run != NULL &&
        (slot != open_run->first_slot + open_run->count || open_run->count == SWAP_RUN_MAX ||
         open_run->count == device->segments_max))
        submit_run();
    if (open_run == NULL) {
        open_run = slab_allocate(&run_slab);
        if (open_run == NULL)
            return false;
        open_run->first_slot = slot;
    }
    open_run->segments[open_run->count] = (struct block_segment){page_physical(page), PAGE_SIZE};
    open_run->pages[open_run->count++] = page;
    return true;
}

void swap_run_begin(void)
{
    assert(!collecting);
    collecting = true;
}

void swap_run_end(void)
{
    submit_run();
    collecting = false;
    if (device != NULL)
        kick();
}

void swap_read(uint32_t slot, struct page *page, void (*done)(struct page *page, int32_t result))
{
    struct page_io *io = page_time(page)->io;
    assert(page->state == PAGE_STATE_READING && io != NULL && slot != 0);
    io->slot = slot;
    io->done = done;
    if (collecting && add_to_run(page, slot))
        return;
    read_one(page);
    kick();
}

/* ---------------------------------------------------------------- writes */

static void write_done(struct block_request *request)
{
    struct swap_write_request *write = (struct swap_write_request *)request;
    uint32_t count = write->count;
    int32_t result = request->result;
    write->count = 0;
    writes_in_flight--;
    sectors_written += (uint64_t)count * PAGE_SECTORS;
    if (result < 0)
        console_message("swap slots %u to %u cannot be written (%d)", write->first_slot,
                        write->first_slot + count - 1, result);

    for (uint32_t i = 0; i < count; i++) {
        struct page *page = write->pages[i];
        struct group_statistics *counters = &group_of(page)->counters;
        counters->page_outs++;
        counters->swap_outs++;
        if (write->freed & 1u << i)
            swap_map_free(write->first_slot + i);
        else if (result < 0 && page->state == PAGE_STATE_RESIDENT)
            anonymous_set_slot(page, 0); /* the slot stays marked as used: it is bad */
        page_io_end(page, result);
    }
}

void swap_slot_free(uint32_t slot)
{
    for (uint32_t i = 0; writes_in_flight != 0 && i < SWAP_WRITES; i++) {
        struct swap_write_request *write = &writes[i];
        if (write->count != 0 && slot - write->first_slot < write->count) {
            write->freed |= 1u << (slot - write->first_slot);
            return;
        }
    }
    swap_map_free(slot);
}

static struct swap_write_request *idle_write(void)
{
    for (uint32_t i = 0; i < SWAP_WRITES; i++) {
        if (writes[i].count == 0)
            return &writes[i];
    }
    return NULL;
}

/* As many of the pages as got an I/O record and a run of slots. */
static uint32_t begin_write(struct swap_write_request *write, struct page *const *pages,
                            uint32_t count)
{
    uint32_t ready = 0;
    while (ready < count && page_io_begin(pages[ready]) != NULL)
        ready++;
    uint32_t run = swap_reserve_run(ready, &write->first_slot);
    for (uint32_t i = run; i < ready; i++) {
        struct page *page = pages[i];
        uint64_t inserted_at = page_time(page)->io->inserted_at;
        slab_free(&page_io_slab, page_time(page)->io);
        page->flags &= (uint8_t)~PAGE_WRITING;
        page_time(page)->inserted_at = inserted_at;
    }
    return run;
}

static void fill_write(struct swap_write_request *write, struct page *const *pages, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct page *page = pages[i];
        anonymous_set_slot(page, write->first_slot + i);
        page->flags &= (uint8_t)~PAGE_IS_DIRTY;
        page->flags |= PAGE_EVICT_AFTER;
        write->pages[i] = page;
        write->segments[i] = (struct block_segment){page_physical(page), PAGE_SIZE};
    }
    write->count = count;
    write->freed = 0;
    write->request = (struct block_request){
        .operation = BLOCK_WRITE,
        .sector = first_sector + (uint64_t)write->first_slot * PAGE_SECTORS,
        .segment_count = count,
        .segments = write->segments,
        .done = write_done,
    };
    writes_in_flight++;
    submit(&write->request);
}

uint32_t swap_write(struct page *const *pages, uint32_t count)
{
    uint32_t started = 0;
    while (started < count) {
        struct swap_write_request *write = swap_slots_free() != 0 ? idle_write() : NULL;
        if (write == NULL)
            break;
        uint32_t want = count - started;
        if (want > device->segments_max)
            want = device->segments_max;
        uint32_t run = begin_write(write, pages + started, want);
        if (run == 0)
            break;
        fill_write(write, pages + started, run);
        started += run;
    }
    if (started != 0)
        kick();
    return started;
}
