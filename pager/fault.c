/*
 * Page faults of programs: from the kernel's message to the mapping that travels with the reply.
 * The states between are in fault_states.c.
 */
#include "fault.h"
#include "large_fault.h"
#include "services.h"
#include "trace.h"
#include <assert.h>

uint64_t fault_descriptor(const struct fault *fault)
{
    uint32_t protection = fault->region->protection;
    return page_physical(fault->page) | PAGE_PRESENT |
           (fault->writable && protection & PROTECT_WRITE ? PAGE_WRITE : 0) |
           (protection & PROTECT_EXECUTE ? PAGE_EXECUTE : 0);
}

bool fault_account_mapping(struct fault *fault)
{
    struct address_space *space = fault->space;
    uint64_t address = fault->address & PAGE_MASK;
    struct page *page = fault->page;
    bool locked = fault->region->flags & REGION_LOCKED;
    struct page *old = NULL;

    if (page->state != PAGE_STATE_RESIDENT)
        return true; /* wired: nobody evicts it */
    uint64_t entry = page_table_entry(space, address);
    if (entry & PAGE_PRESENT) {
        old = page_of_physical(entry & PAGE_FRAME_MASK);
        if (old == page) {
            if (fault->counted && fault->resumed == false && fault->write &&
                !(entry & PAGE_WRITE)) {
                group_counters(space->group)->faults_protection++;
                if (trace_on)
                    trace_fault_seen(space->group, TRACE_FAULT_PROTECTION, space->id,
                                     fault->address, true);
            }
            return true;
        }
    }
    if (!mapping_add(page, space, address))
        return false;
    if (locked)
        page_pin(page);
    if (old != NULL) {
        /* Replaced by its copy. It was mapped read-only and clean: nothing is lost with the entry. */
        mapping_remove(old, space, address);
        if (locked)
            page_unpin(old);
    } else if (locked) {
        space->locked_pages++;
    }
    return true;
}

bool fault_map_now(struct fault *fault)
{
    uint64_t entry = page_table_entry(fault->space, fault->address & PAGE_MASK);
    if (entry & PAGE_LARGE && large_fault_served(fault))
        return true;
    /* The kernel's map call refuses to replace another page; only the reply to a fault may. */
    if (entry & PAGE_PRESENT && (entry & PAGE_FRAME_MASK) != page_physical(fault->page))
        region_page_unmap(fault->space, fault->address);
    return fault_account_mapping(fault) && region_page_map(fault->space, fault->address & PAGE_MASK,
                                                           fault_descriptor(fault), fault->page);
}

enum request_status fault_step(struct request *request)
{
    const uint64_t *words = request->message.words;
    struct address_space *space = request->space;
    struct fault fault = {
        .waiter = &request->waiter,
        .space = space,
        .address = words[FAULT_ADDRESS],
        .stack_pointer = words[FAULT_SP],
        .write = words[FAULT_ACCESS] & FAULT_ACCESS_WRITE,
        .execute = words[FAULT_ACCESS] & FAULT_ACCESS_EXECUTE,
        .counted = true,
        .resumed = request->progress != 0,
    };

    if (!fault.resumed)
        group_counters(space->group)->faults++;
    request->scratch[0] = fault.address; /* for the report, should the kernel refuse the reply */
    enum fault_state state = fault_run(&fault);
    if (state == FAULT_PARKED) {
        request->progress = 1;
        return REQUEST_PARKED;
    }
    if (state == FAULT_READY) {
        if (page_table_supply(space, fault.address & PAGE_MASK, request->map_tables) &&
            fault_account_mapping(&fault)) {
            request->map_page = fault_descriptor(&fault);
            return REQUEST_DONE;
        }
        /* No table can be where a large page is: the thread runs on, or tries again without it. */
        if (large_fault_is_inside(&fault)) {
            large_fault_served(&fault);
            request->map_batch = NULL; /* FAULT_RETRY */
            return REQUEST_DONE;
        }
        fault.reason = DEATH_NO_MEMORY;
    }
    if (state == FAULT_READY_AROUND) {
        if (fault_around(&fault, request))
            return REQUEST_DONE;
        fault.reason = DEATH_NO_MEMORY;
    }
    process_die(space, fault.reason, fault.address, words[FAULT_IP]);
    request->no_reply = true;
    return REQUEST_DONE;
}
