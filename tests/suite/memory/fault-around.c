/* Fault-around: off until it is asked for, and then only the number of faults tells. */
#include "support/promise.h"

#include <errno.h>
#include <paging_group.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES 64u
#define WINDOW 16u

static int file;

/* Faults that reading each page of the mapping takes. */
static uint64_t faults_of_reading(const char *memory)
{
    uint64_t before = group_statistics().faults;
    CHECK(holds(memory, PAGES, 1));
    return group_statistics().faults - before;
}

/* A mapping of the file, aligned to its size, so that it has whole windows. */
static char *map_windows(int advice)
{
    char *place = map_private(2 * PAGES);
    size_t bytes = PAGES * PAGE;
    char *aligned = place + (-(uintptr_t)place & (bytes - 1));
    CHECK(munmap(place, 2 * bytes) == 0);
    CHECK(mmap(aligned, bytes, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) == aligned);
    CHECK(advice == 0 || madvise(aligned, bytes, advice) == 0);
    return aligned;
}

PROMISE(each_page_faults_by_itself_unless_asked)
{
    char *memory = map_windows(0);
    CHECK(faults_of_reading(memory) == PAGES);
    unmap(memory, PAGES);
}

PROMISE(a_range_that_asks_faults_once_a_window)
{
    char *memory = map_windows(MADV_FAULT_AROUND);
    uint64_t along = group_statistics().mapped_around;
    CHECK(faults_of_reading(memory) == PAGES / WINDOW);
    CHECK(group_statistics().mapped_around - along == PAGES - PAGES / WINDOW);
    unmap(memory, PAGES);
}

PROMISE(a_group_that_asks_has_windows_of_its_size_and_a_range_may_refuse)
{
    int group = group_of(0);
    CHECK(group_set_option(group, GROUP_FAULT_AROUND, 32) == 0);
    CHECK(group_statistics().fault_around == 32);
    char *memory = map_windows(0);
    CHECK(faults_of_reading(memory) == PAGES / 32);
    CHECK(madvise(memory, PAGES * PAGE, MADV_NO_FAULT_AROUND) == 0);
    CHECK(madvise(memory, PAGES * PAGE, MADV_DONTNEED) == 0);
    CHECK(faults_of_reading(memory) == PAGES);
    unmap(memory, PAGES);
    CHECK(group_set_option(group, GROUP_FAULT_AROUND, 0) == 0);
    CHECK(group_set_option(group, (enum group_option)99, 1) == -1 && errno == EINVAL);
}

static void write_each(void *context)
{
    char *memory = context;
    CHECK(holds(memory, PAGES, 1));
    fill(memory, PAGES, 100);
}

PROMISE(pages_that_came_along_are_copied_and_written_like_others)
{
    char *memory = map_file(file, 0, PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    CHECK(madvise(memory, PAGES * PAGE, MADV_FAULT_AROUND) == 0);
    CHECK(holds(memory, PAGES, 1));
    in_child(write_each, memory);
    CHECK(holds(memory, PAGES, 1));
    fill(memory, PAGES, 200);
    CHECK(holds(memory, PAGES, 200) && file_holds(file, 0, PAGES, 1));
    unmap(memory, PAGES);

    memory = map_file(file, 0, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED);
    CHECK(madvise(memory, PAGES * PAGE, MADV_FAULT_AROUND) == 0);
    CHECK(holds(memory, PAGES, 1));
    fill(memory, PAGES, 300);
    CHECK(file_holds(file, 0, PAGES, 300));
    fill(memory, PAGES, 1);
    unmap(memory, PAGES);
}

PROMISE(pages_that_came_along_survive_eviction)
{
    char *memory = map_windows(MADV_FAULT_AROUND);
    for (int round = 0; round < 3; round++) {
        CHECK(holds(memory, PAGES, 1));
        evict_everything();
    }
    CHECK(holds(memory, PAGES, 1));
    unmap(memory, PAGES);
}

PROMISE(what_is_populated_does_not_fault_any_more)
{
    char *memory = map_windows(MADV_POPULATE_READ);
    CHECK(faults_of_reading(memory) == 0);
    CHECK(madvise(memory, PAGES * PAGE, MADV_POPULATE_WRITE) == -1 && errno == EINVAL);
    unmap(memory, PAGES);
    memory = map_private(PAGES);
    CHECK(madvise(memory, PAGES * PAGE, MADV_POPULATE_WRITE) == 0);
    uint64_t before = group_statistics().faults;
    fill(memory, PAGES, 5);
    CHECK(group_statistics().faults == before && holds(memory, PAGES, 5));
    unmap(memory, PAGES);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(each_page_faults_by_itself_unless_asked),
        KEEP(a_range_that_asks_faults_once_a_window),
        KEEP(a_group_that_asks_has_windows_of_its_size_and_a_range_may_refuse),
        KEEP(pages_that_came_along_are_copied_and_written_like_others),
        KEEP(pages_that_came_along_survive_eviction),
        KEEP(what_is_populated_does_not_fault_any_more),
    };
    file = file_make("fault-around.data", PAGES, 1);
    CHECK(fsync(file) == 0); /* what is being written does not come along */
    int status = keep_promises("fault-around", promises, sizeof promises / sizeof *promises);
    CHECK(unlink("fault-around.data") == 0);
    return status;
}
