/*
 * The states of the fault machine: see fault.h for the picture. Each function looks at one question
 * and ends with the next state, which it calls in its place. What it changes is complete in itself: a
 * fault that ends half way, because its program died, leaves nothing to undo.
 */
#include "fault.h"
#include "file_page.h"
#include "large_fault.h"
#include "trace.h"
#include <assert.h>
#include <quire/errno.h>
#include <string.h>

static enum fault_state grow_stack(struct fault *fault);
static enum fault_state check_access(struct fault *fault);
static enum fault_state wired(struct fault *fault);
static enum fault_state find_page(struct fault *fault);
static enum fault_state anonymous_page_state(struct fault *fault);
static enum fault_state swap_in(struct fault *fault);
static enum fault_state zero_fill(struct fault *fault);
static enum fault_state large_fill(struct fault *fault);
static enum fault_state file_page(struct fault *fault);
static enum fault_state copy(struct fault *fault);

static struct group_statistics *counters(const struct fault *fault)
{
    return group_counters(fault->space->group);
}

#define COUNT(fault, counter)           \
    do {                                \
        if ((fault)->counted)           \
            counters(fault)->counter++; \
    } while (0)

/* The fault ends so, or waits for this. */
static void record(const struct fault *fault, enum trace_fault kind)
{
    if (trace_on && fault->counted)
        trace_fault_seen(fault->space->group, kind, fault->space->id, fault->address, fault->write);
}

static enum fault_state bad(struct fault *fault, enum death_reason reason)
{
    fault->reason = reason;
    return FAULT_BAD;
}

static enum fault_state failed(struct fault *fault, int32_t error)
{
    return bad(fault, error == -ENOMEM ? DEATH_NO_MEMORY : DEATH_BUS);
}

static struct policy_insert_info insert_info(const struct fault *fault)
{
    return (struct policy_insert_info){
        .region = fault->region->id,
        .advice = fault->region->advice,
        .write = fault->write,
    };
}

static enum fault_state find_region(struct fault *fault)
{
    fault->region = region_find(fault->space, fault->address);
    return fault->region != NULL ? check_access(fault) : grow_stack(fault);
}

static enum fault_state grow_stack(struct fault *fault)
{
    fault->region = region_grow_stack(fault->space, fault->address, fault->stack_pointer);
    if (fault->region == NULL)
        return bad(fault, DEATH_BAD_ADDRESS);
    COUNT(fault, faults_stack);
    return check_access(fault);
}

static enum fault_state check_access(struct fault *fault)
{
    uint32_t protection = fault->region->protection;
    /* The hardware knows no page that can be written or executed but not read. */
    if (protection == 0 || (fault->write && !(protection & PROTECT_WRITE)) ||
        (fault->execute && !(protection & PROTECT_EXECUTE)))
        return bad(fault, DEATH_BAD_ADDRESS);
    return fault->region->flags & (REGION_WIRED | REGION_STATISTICS) ? wired(fault)
                                                                     : find_page(fault);
}

static enum fault_state wired(struct fault *fault)
{
    const struct region *region = fault->region;
    uint64_t offset = (fault->address & PAGE_MASK) - region->start;
    fault->page = page_of_physical(region->physical + offset);
    fault->writable = region->protection & PROTECT_WRITE;
    return FAULT_READY;
}

/* Whether the page at the fault's address has bytes of the region's file. */
static bool in_file(const struct fault *fault)
{
    const struct region *region = fault->region;
    return region->file != NULL &&
           region_file_page(region, fault->address) << PAGE_SHIFT < region->file_end;
}

static enum fault_state find_page(struct fault *fault)
{
    struct region *region = fault->region;
    if (region->anonymous != NULL) {
        fault->index = region_index(region, fault->address);
        fault->anonymous = anonymous_find(region->anonymous, fault->index);
        if (fault->anonymous != NULL)
            return anonymous_page_state(fault);
    }
    if (in_file(fault))
        return file_page(fault);
    fault->index = region_index(region, fault->address);
    return region->flags & REGION_HUGE ? large_fill(fault) : zero_fill(fault);
}

/* A private page that other maps name too must be copied before it is written. */
static bool must_copy(const struct fault *fault)
{
    return fault->write && fault->anonymous->references > 1;
}

static enum fault_state anonymous_page_state(struct fault *fault)
{
    struct page *page = anonymous_page(fault->anonymous);
    if (page == NULL)
        return fault->anonymous->slot != 0 ? swap_in(fault) : zero_fill(fault);
    if (page->state == PAGE_STATE_READING) {
        COUNT(fault, faults_joined);
        page_wait(page, fault->waiter);
        return FAULT_PARKED;
    }
    if (page->flags & PAGE_READAHEAD)
        read_ahead_used(fault);
    if (!fault->resumed && fault->counted) {
        COUNT(fault, faults_in_cache);
        record(fault, TRACE_FAULT_IN_MEMORY);
        page_reference(page, POLICY_SOFT);
    }
    if (must_copy(fault)) {
        page_pin(page);
        fault->source = page;
        return copy(fault);
    }
    fault->page = page;
    /* The hardware's Dirty bit tells of later writes, so the only owner may write at once; but while a
       write to swap is in flight the next change must be seen, or it would be lost. */
    fault->writable =
        fault->anonymous->references == 1 && (fault->write || !(page->flags & PAGE_WRITING));
    if (fault->write)
        page->flags |= PAGE_IS_DIRTY;
    return FAULT_READY;
}

static enum fault_state swap_in(struct fault *fault)
{
    struct policy_insert_info info = insert_info(fault);
    int32_t error = waiter_take_error(fault->waiter);

    if (error != 0)
        return failed(fault, error);
    struct page *page = page_allocate(fault->space->group, fault->waiter, &error);
    if (page == NULL)
        return error != 0 ? failed(fault, error) : FAULT_PARKED;
    if (anonymous_read(fault->anonymous, page, fault->index, &info, false) != 0) {
        page_abort(page, -ENOMEM);
        return failed(fault, -ENOMEM);
    }
    COUNT(fault, faults_swap_read);
    record(fault, TRACE_FAULT_SWAP_READ);
    page_wait(page, fault->waiter);
    read_ahead_swap(fault);
    return FAULT_PARKED;
}

static enum fault_state zero_fill(struct fault *fault)
{
    struct policy_insert_info info = insert_info(fault);
    enum policy_insert_why why = POLICY_DEMAND;
    int32_t error = 0;
    struct page *page = page_allocate(fault->space->group, fault->waiter, &error);

    if (page == NULL)
        return error != 0 ? failed(fault, error) : FAULT_PARKED;
    if (fault->anonymous != NULL)
        why = anonymous_insert_info(fault->anonymous, page, &info);
    if (fault->anonymous == NULL || must_copy(fault)) {
        if (region_need_anonymous(fault->region))
            fault->anonymous = anonymous_add(fault->region->anonymous, fault->index, 0);
        if (fault->region->anonymous == NULL || fault->anonymous == NULL) {
            page_abort(page, -ENOMEM);
            return failed(fault, -ENOMEM);
        }
    }
    memset(page_contents(page), 0, PAGE_SIZE);
    anonymous_attach(fault->anonymous, page, fault->index);
    if (fault->write)
        page->flags |= PAGE_IS_DIRTY;
    page_insert(page, why, &info);
    COUNT(fault, faults_zero_fill);
    record(fault, TRACE_FAULT_ZERO_FILL);
    fault->page = page;
    fault->writable = fault->anonymous->references == 1;
    return FAULT_READY;
}

/* 2 MiB of zeros if they can be had, else a page of them. */
static SLOW_PATH enum fault_state large_fill(struct fault *fault)
{
    struct policy_insert_info info = insert_info(fault);
    if (!large_fault_fill(fault, &info))
        return zero_fill(fault);
    COUNT(fault, faults_zero_fill);
    record(fault, TRACE_FAULT_ZERO_FILL);
    return FAULT_READY;
}

/* The last page of a segment may have file bytes followed by zeros that the file's page does not have. */
static bool partly_in_file(const struct fault *fault)
{
    const struct region *region = fault->region;
    uint64_t end = (region_file_page(region, fault->address) + 1) << PAGE_SHIFT;
    return end > region->file_end;
}

static enum fault_state file_page(struct fault *fault)
{
    struct region *region = fault->region;
    struct file_object *file = region->file;
    uint64_t file_index = region_file_page(region, fault->address);
    int32_t status;
    struct file_page_request request = {
        .group = fault->space->group,
        .waiter = fault->waiter,
        .info = insert_info(fault),
        .ahead_last = region_file_page(region, region->end - PAGE_SIZE),
    };

    fault->index = region_index(region, fault->address);
    struct page *page = file_page_find(file, file_index, &request, &status);
    if (page == NULL) {
        if (request.read_begun) {
            COUNT(fault, faults_file_read);
            record(fault, TRACE_FAULT_FILE_READ);
        } else if (status == 0 && request.joined) {
            COUNT(fault, faults_joined);
        }
        return status == 0 ? FAULT_PARKED : failed(fault, status);
    }
    if (!fault->resumed && fault->counted) {
        COUNT(fault, faults_file_hit);
        record(fault, TRACE_FAULT_FILE_HIT);
        page_reference(page, POLICY_SOFT);
    }
    if (region_is_private(region) && (fault->write || partly_in_file(fault))) {
        page_pin(page);
        fault->source = page;
        return copy(fault);
    }
    if (fault->write) {
        status = file_page_allow_write(file, page, fault->waiter);
        if (status <= 0)
            return status == 0 ? FAULT_PARKED : failed(fault, status);
        file_page_dirty(page);
    }
    if (region->protection & PROTECT_EXECUTE)
        page->flags |= PAGE_IS_TEXT;
    fault->page = page;
    /* Writable means dirty (file_object.h). While a write is in flight the next change must fault. */
    fault->writable =
        !region_is_private(region) &&
        (fault->write || ((page->flags & (PAGE_IS_DIRTY | PAGE_WRITING)) == PAGE_IS_DIRTY));
    /* Somebody spoke of fault-around; fault_around() says what comes of it. */
    if ((region->around | group_option(request.group, GROUP_FAULT_AROUND)) != 0 && !fault->write &&
        fault->counted)
        return FAULT_READY_AROUND;
    return FAULT_READY;
}

/* How many bytes of the source are the copy's: not what lies past the end of the file or the segment. */
static uint64_t bytes_to_copy(const struct fault *fault)
{
    const struct page *source = fault->source;
    if (!(source->flags & PAGE_IS_FILE))
        return PAGE_SIZE;
    uint64_t start = (uint64_t)source->index << PAGE_SHIFT;
    uint64_t end = fault->region->file_end;
    if (end > source->owner.file->size)
        end = source->owner.file->size;
    if (end <= start)
        return 0;
    return end - start < PAGE_SIZE ? end - start : PAGE_SIZE;
}

static enum fault_state copy(struct fault *fault)
{
    struct page *source = fault->source;
    bool of_file = source->flags & PAGE_IS_FILE;
    struct policy_insert_info info = insert_info(fault);
    int32_t error = 0;
    struct page *page = page_allocate(fault->space->group, fault->waiter, &error);
    struct anonymous *own = NULL;

    if (page != NULL && region_need_anonymous(fault->region))
        own = anonymous_add(fault->region->anonymous, fault->index,
                            of_file ? ANONYMOUS_OF_FILE
                                    : fault->anonymous->object & ANONYMOUS_OF_FILE);
    page_unpin(source);
    if (own == NULL) {
        if (page == NULL)
            return error != 0 ? failed(fault, error) : FAULT_PARKED;
        page_abort(page, -ENOMEM);
        return failed(fault, -ENOMEM);
    }

    uint64_t bytes = bytes_to_copy(fault);
    uint8_t *contents = page_contents(page);
    memcpy(contents, page_contents(source), bytes);
    memset(contents + bytes, 0, PAGE_SIZE - bytes);
    anonymous_attach(own, page, fault->index);
    page->flags |= PAGE_IS_DIRTY; /* no slot and no file has these bytes */
    page_insert(page, POLICY_COW_COPY, &info);
    COUNT(fault, faults_cow);
    record(fault, TRACE_FAULT_COW);
    fault->anonymous = own;
    fault->page = page;
    fault->writable = true;
    return FAULT_READY;
}

enum fault_state fault_run(struct fault *fault)
{
    return find_region(fault);
}
