/*
 * The stack grows to a limit and no further, not down to a mapping, and not by a touch far below
 * the stack pointer; guard pages stop whoever runs into them.
 */
#include "support/promise.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STACK_LIMIT ((size_t)8 << 20) /* bytes: what a program's stack may grow to */
#define STACK_TOP ((char *)0x47480000)
#define FRAME ((size_t)2048) /* bytes of each call below */

/* Uses that much stack, a frame at a time, and checks on the way back that it kept its contents. */
static bool use_stack(size_t bytes)
{
    volatile char frame[FRAME];
    char mark = (char)(bytes / FRAME);
    memset((char *)(uintptr_t)frame, mark, sizeof frame);
    bool right = bytes <= FRAME || use_stack(bytes - FRAME);
    return right && frame[0] == mark && frame[FRAME - 1] == mark;
}

static void use(void *bytes)
{
    CHECK(use_stack(*(size_t *)bytes));
}

PROMISE(the_stack_grows_and_is_paged_like_other_memory)
{
    size_t most = frame_budget() * 2 * PAGE;
    if (most > STACK_LIMIT / 2)
        most = STACK_LIMIT / 2;
    in_child(use, &most);
}

PROMISE(beyond_its_limit_the_program_ends)
{
    size_t below = STACK_LIMIT / 2, beyond = STACK_LIMIT * 2;
    in_child(use, &below);
    in_child_dies(SIGSEGV, use, &beyond);
}

PROMISE(nothing_far_below_the_stack_pointer_is_stack)
{
    char here;
    expect_write_dies(SIGSEGV, &here - 64 * PAGE);
    expect_read_dies(SIGSEGV, &here - 64 * PAGE);
}

/* A mapping in the range that the stack might grow into; its end is far above the limit. */
static char *map_under_stack(void)
{
    char *mapping = STACK_TOP - STACK_LIMIT / 2;
    CHECK(mmap(mapping, 4 * PAGE, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == mapping);
    return mapping;
}

PROMISE(a_stack_that_meets_a_mapping_ends_the_program_and_not_the_mapping)
{
    size_t beyond = STACK_LIMIT, above = STACK_LIMIT / 8;
    char *mapping = map_under_stack();
    fill(mapping, 4, 1);
    in_child(use, &above);
    in_child_dies(SIGSEGV, use, &beyond);
    CHECK(holds(mapping, 4, 1));
    unmap(mapping, 4);
    above = STACK_LIMIT * 3 / 4;
    in_child(use, &above);
}

PROMISE(guard_pages_stop_reads_writes_and_jumps)
{
    char *memory = map_private(3);
    fill(memory, 3, 1);
    CHECK(mprotect(memory + PAGE, PAGE, PROT_NONE) == 0);
    expect_read_dies(SIGSEGV, memory + PAGE);
    expect_write_dies(SIGSEGV, memory + 2 * PAGE - 1);
    in_child_dies(SIGSEGV, (void (*)(void *))(uintptr_t)(memory + PAGE), NULL);
    in_child_dies(SIGSEGV, (void (*)(void *))(uintptr_t)memory, NULL); /* data is not executed */
    CHECK(page_holds(memory, 1) && page_holds(memory + 2 * PAGE, 3));
    CHECK(mprotect(memory + PAGE, PAGE, PROT_READ) == 0);
    CHECK(page_holds(memory + PAGE, 2));
    unmap(memory, 3);
}

PROMISE(a_call_with_a_buffer_on_a_guard_page_is_an_error)
{
    char *memory = map_private(2);
    int file = file_make("file", 2, 1);
    CHECK(mprotect(memory + PAGE, PAGE, PROT_NONE) == 0);
    CHECK(pread(file, memory + PAGE, 16, 0) == -1);
    CHECK(pwrite(file, memory + PAGE, 16, 0) == -1);
    CHECK(file_holds(file, 0, 2, 1));
    unmap(memory, 2);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(the_stack_grows_and_is_paged_like_other_memory),
        KEEP(beyond_its_limit_the_program_ends),
        KEEP(nothing_far_below_the_stack_pointer_is_stack),
        KEEP(a_stack_that_meets_a_mapping_ends_the_program_and_not_the_mapping),
        KEEP(guard_pages_stop_reads_writes_and_jumps),
        KEEP(a_call_with_a_buffer_on_a_guard_page_is_an_error),
    };
    return keep_promises("stack-limits", promises, sizeof promises / sizeof *promises);
}
