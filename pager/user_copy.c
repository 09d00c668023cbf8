/*
 * The pager's own accesses to the memory of programs.
 *
 * An address that a program gives is an allegation: every page of it goes through the fault machine,
 * with the access that the copy makes, before a byte moves. Bytes move through the pager's window; the
 * page need not be mapped in the program, but what is mapped there in its stead must go.
 */
#include "fault.h"
#include "services.h"
#include <quire/errno.h>
#include <string.h>

/* A copy that the pager makes for init into a space that init builds has no stack pointer to obey: it may
   grow the stack as far as its limit. */
static uint64_t growth_pointer(const struct request *request, const struct address_space *space,
                               uint64_t address, uint64_t stack_pointer)
{
    return request->space != space ? address : stack_pointer;
}

/* Makes the page right for the access, and the program's own view of it. */
static bool settle_mapping(struct fault *fault)
{
    struct address_space *space = fault->space;
    uint64_t entry = page_table_entry(space, fault->address & PAGE_MASK);

    if (fault->region->flags & REGION_LOCKED)
        return fault_map_now(fault);
    /* The program must not go on reading the page that this one replaces. */
    if (entry & PAGE_PRESENT && (entry & PAGE_FRAME_MASK) != page_physical(fault->page))
        region_page_unmap(space, fault->address);
    return true;
}

enum copy_status user_page_pin(struct request *request, struct address_space *space,
                               uint64_t address, bool write, uint64_t stack_pointer,
                               struct page **page)
{
    struct fault fault = {
        .waiter = &request->waiter,
        .space = space,
        .address = address,
        .stack_pointer = growth_pointer(request, space, address, stack_pointer),
        .write = write,
    };

    if (address >= PROGRAM_ADDRESS_LIMIT && !space->wired)
        return COPY_FAULT;
    enum fault_state state = fault_run(&fault);
    if (state == FAULT_PARKED)
        return COPY_PARKED;
    if (state == FAULT_BAD || !settle_mapping(&fault))
        return COPY_FAULT;
    page_pin(fault.page);
    *page = fault.page;
    return COPY_DONE;
}

enum direction { COPY_IN, COPY_OUT };

static enum copy_status copy(struct request *request, struct address_space *space, uint64_t address,
                             uint8_t *buffer, uint64_t length, uint64_t stack_pointer,
                             uint64_t *progress, enum direction direction)
{
    uint64_t end;
    if (__builtin_add_overflow(address, length, &end))
        return COPY_FAULT;
    while (*progress < length) {
        uint64_t at = address + *progress;
        uint64_t offset = at & ~PAGE_MASK;
        uint64_t bytes = length - *progress;
        struct page *page;
        if (bytes > PAGE_SIZE - offset)
            bytes = PAGE_SIZE - offset;

        enum copy_status status =
            user_page_pin(request, space, at, direction == COPY_OUT, stack_pointer, &page);
        if (status != COPY_DONE)
            return status;
        uint8_t *contents = (uint8_t *)page_contents(page) + offset;
        if (direction == COPY_OUT)
            memcpy(contents, buffer + *progress, bytes);
        else
            memcpy(buffer + *progress, contents, bytes);
        page_unpin(page);
        *progress += bytes;
    }
    return COPY_DONE;
}

enum copy_status user_copy_in(struct request *request, struct address_space *space,
                              uint64_t address, void *to, uint64_t length, uint64_t *progress)
{
    return copy(request, space, address, to, length, 0, progress, COPY_IN);
}

enum copy_status user_copy_out(struct request *request, struct address_space *space,
                               uint64_t address, const void *from, uint64_t length,
                               uint64_t stack_pointer, uint64_t *progress)
{
    /* The buffer is only read: COPY_OUT moves bytes from it. */
    return copy(request, space, address, (uint8_t *)(uintptr_t)from, length, stack_pointer,
                progress, COPY_OUT);
}

enum request_status user_fault_result(struct request *request, uint64_t address)
{
    request->result = -EFAULT;
    if (TAG_LABEL(request->message.tag) & PAGER_STRICT_POINTERS) {
        process_die(request->space, DEATH_BAD_POINTER, address, 0);
        request->no_reply = true;
    }
    return REQUEST_DONE;
}
