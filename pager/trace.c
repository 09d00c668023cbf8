/*
 * Records into the ring. See trace.h.
 *
 *      tail                    head
 *       |########################|..........|rrrr|
 *        to be sent or read       free       kept for TRACE_GROUP_COUNTS and TRACE_END
 */
#include "trace.h"
#include "file_object.h"
#include "frame_pool.h"
#include "group.h"
#include "kernel_interface.h"
#include "services.h"
#include "swap.h"
#include "writeback.h"

#include <string.h>

#define FIELDS_MAX 40
#define TEXT_MAX 1200
#define SCRATCH_BYTES (2 + FIELDS_MAX * TRACE_NUMBER_BYTES + TEXT_MAX + TRACE_NUMBER_BYTES)
#define BUFFER_PART 8 /* of memory, if the command line does not say */
#define BUFFER_MAX (64ull << 20)
#define BUFFER_MIN (64ull << 10)
/* A group's TRACE_GROUP_COUNTS with its TRACE_GROUP, and TRACE_END with a last TRACE_DROPPED. */
#define COUNTS_BYTES (24 + TRACE_COUNTS * TRACE_NUMBER_BYTES)
#define END_BYTES 64
#define SAMPLE_FAULTS 64 /* a TRACE_SAMPLE so often */

bool trace_on;

static uint8_t *ring;
static uint64_t ring_bytes; /* a power of two */
static uint64_t head, tail; /* bytes ever put and taken */
static uint64_t records, dropped, dropped_here;
static uint64_t clock_before;
static const struct group *last_group;
static uint32_t faults_until_sample;
static bool ending;

static void put_bytes(const uint8_t *bytes, uint64_t count)
{
    uint64_t at = head & (ring_bytes - 1);
    uint64_t first = ring_bytes - at < count ? ring_bytes - at : count;
    memcpy(ring + at, bytes, first);
    memcpy(ring, bytes + first, count - first);
    head += count;
}

static uint64_t room(void)
{
    uint64_t kept = ending ? 0 : END_BYTES + (uint64_t)group_slab.in_use * COUNTS_BYTES;
    uint64_t used = head - tail;
    return used + kept < ring_bytes ? ring_bytes - used - kept : 0;
}

/* A whole record; false: no room, it is counted. */
static bool put_record(const uint8_t *bytes, uint64_t count)
{
    uint8_t hole[2 + TRACE_NUMBER_BYTES];
    if (room() < count + sizeof hole) {
        dropped++;
        dropped_here++;
        return false;
    }
    if (dropped_here != 0) {
        hole[0] = TRACE_DROPPED;
        uint8_t *end = trace_put_number(hole + 2, dropped_here);
        hole[1] = (uint8_t)(end - hole - 2);
        put_bytes(hole, (uint64_t)(end - hole));
        records++;
        dropped_here = 0;
    }
    put_bytes(bytes, count);
    records++;
    return true;
}

static bool put(enum trace_type type, const uint64_t *fields, size_t count, const char *text,
                size_t length)
{
    static uint8_t scratch[SCRATCH_BYTES];
    /* The length goes before the payload, whose size shows only at its end: both at the end of room
       for the longest length. */
    uint8_t *payload = scratch + 1 + TRACE_NUMBER_BYTES;
    uint8_t *end = payload;
    for (size_t i = 0; i < count; i++)
        end = trace_put_number(end, fields[i]);
    if (length != 0)
        memcpy(end, text, length);
    end += length;

    uint8_t size[TRACE_NUMBER_BYTES];
    size_t size_bytes = (size_t)(trace_put_number(size, (uint64_t)(end - payload)) - size);
    uint8_t *start = payload - size_bytes - 1;
    start[0] = (uint8_t)type;
    memcpy(start + 1, size, size_bytes);
    bool whole = put_record(start, (uint64_t)(end - start));
    if (trace_half_full())
        trace_output_start();
    return whole;
}

static void name_group(const struct group *group)
{
    if (group == NULL || group == last_group)
        return;
    const uint64_t id = group->id;
    /* If it is lost, the next record tries again. */
    if (put(TRACE_GROUP, &id, id != 0, NULL, 0))
        last_group = group;
}

void trace_write(const struct group *group, enum trace_type type, const uint64_t *fields,
                 size_t count)
{
    name_group(group);
    while (count > 0 && fields[count - 1] == 0)
        count--;
    put(type, fields, count, NULL, 0);
}

void trace_write_text(const struct group *group, enum trace_type type, const uint64_t *fields,
                      size_t count, const char *text, size_t length)
{
    if (type != TRACE_GROUP_CREATE)
        name_group(group);
    bool whole = put(type, fields, count, text, length < TEXT_MAX ? length : TEXT_MAX);
    if (type == TRACE_GROUP_CREATE && whole)
        last_group = group;
}

void trace_clock(void)
{
    uint64_t now = time_stamp();
    TRACE(NULL, TRACE_CLOCK, now - clock_before);
    clock_before = now;
}

static void sample(void)
{
    struct system_statistics statistics = {0};
    system_statistics_fill(&statistics);
    TRACE(NULL, TRACE_SAMPLE, statistics.frames_free, statistics.frames_anonymous,
          statistics.frames_file, writeback_dirty_pages(), statistics.swap_slots_used);
}

void trace_fault_seen(const struct group *group, enum trace_fault kind, uint32_t space,
                      uint64_t address, bool write)
{
    trace_clock();
    TRACE(group, TRACE_FAULT, kind, space, address >> PAGE_SHIFT, write);
    if (faults_until_sample-- == 0) {
        faults_until_sample = SAMPLE_FAULTS - 1;
        sample();
    }
}

void trace_group_ended(const struct group *group)
{
    TRACE(group, TRACE_GROUP_DESTROY);
    /* Its memory may be the next group's. */
    if (last_group == group)
        last_group = NULL;
}

void trace_group_counts(struct group *group)
{
    const struct group_statistics *counters = group_counters(group);
    const uint64_t fields[TRACE_COUNTS] = {
        [TRACE_COUNT_GROUP] = group->id,
        [TRACE_COUNT_VIRTUAL_TIME] = counters->virtual_time,
        [TRACE_COUNT_REFERENCES] = counters->references,
        [TRACE_COUNT_INSERTS] = group->inserts,
        [TRACE_COUNT_REFAULTS] = counters->refaults,
        [TRACE_COUNT_EVICTIONS] = group->eviction_clock,
        [TRACE_COUNT_LOOKS] = group->looks,
        [TRACE_COUNT_REJECTED] = counters->rejected,
        [TRACE_COUNT_RESCUED] = counters->rescued,
        [TRACE_COUNT_CORE_PICKED] = counters->core_picked,
        [TRACE_COUNT_RESIDENT] = group->in_policy,
    };
    trace_write(group, TRACE_GROUP_COUNTS, fields, TRACE_COUNTS);
}

/* ---------------------------------------------------------------- beginning and end */

static bool allocate_ring(void)
{
    uint64_t bytes = frame_pool.total * PAGE_SIZE / BUFFER_PART;
    if (bytes > BUFFER_MAX)
        bytes = BUFFER_MAX;
    bytes = option_number("trace-buffer", bytes);
    for (ring_bytes = BUFFER_MIN; ring_bytes * 2 <= bytes;)
        ring_bytes *= 2;
    uint64_t physical = frames_allocate_wired(ring_bytes >> PAGE_SHIFT, PAGE_SIZE);
    ring = window(physical);
    return physical != 0;
}

void trace_boot(const struct boot_information *information)
{
    if (option_text("trace") == NULL)
        return;
    if (!allocate_ring()) {
        console_message("no %lu KiB of memory in one piece for the trace: nothing is recorded",
                        (unsigned long)(ring_bytes >> 10));
        return;
    }
    const char *line = (const char *)information + information->command_line_offset;
    struct trace_header header = {
        .magic = TRACE_MAGIC,
        .version = TRACE_VERSION,
        .tick_hertz = information->tsc_hertz,
        .frames_total = frame_pool.total,
        .page_bytes = PAGE_SIZE,
        .victims_max = POLICY_VICTIMS_MAX,
        .command_line_bytes = (uint32_t)strlen(line),
    };
    header.header_bytes = (uint32_t)sizeof header + header.command_line_bytes;
    put_bytes((const uint8_t *)&header, sizeof header);
    put_bytes((const uint8_t *)line, header.command_line_bytes);
    clock_before = time_stamp();
    trace_on = true;
}

void trace_finish(void)
{
    if (!trace_on)
        return;
    ending = true;
    for (struct group *group = root_group; group != NULL; group = group->next)
        trace_group_counts(group);
    const uint64_t fields[] = {records + (dropped_here != 0), dropped};
    put(TRACE_END, fields, 2, NULL, 0);
    trace_on = false;
}

/* ---------------------------------------------------------------- what is sent */

uint64_t trace_bytes(const uint8_t **bytes)
{
    uint64_t at = tail & (ring_bytes - 1);
    uint64_t used = head - tail;
    *bytes = ring + at;
    return ring_bytes - at < used ? ring_bytes - at : used;
}

void trace_taken(uint64_t count)
{
    tail += count;
}

bool trace_half_full(void)
{
    return head - tail >= ring_bytes / 2;
}

bool trace_nearly_empty(void)
{
    return head - tail < ring_bytes / 4;
}
