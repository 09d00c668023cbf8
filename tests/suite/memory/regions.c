/*
 * MAP_FIXED replaces and MAP_FIXED_NOREPLACE refuses; munmap of the middle splits; mprotect splits and
 * merges; mremap grows in place or moves. The number of regions is the pager's own.
 */
#include "support/promise.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

#define PAGES ((size_t)12)

static uint64_t regions(void)
{
    return system_statistics().regions;
}

static void *map_fixed(void *address, size_t pages, int flags)
{
    return mmap(address, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags,
                -1, 0);
}

PROMISE(map_fixed_replaces_what_is_there)
{
    char *memory = map_private(PAGES);
    fill(memory, PAGES, 1);
    uint64_t before = regions();
    CHECK(map_fixed(memory + 4 * PAGE, 4, MAP_FIXED) == memory + 4 * PAGE);
    CHECK(regions() == before + 2);
    CHECK(holds(memory, 4, 1));
    for (size_t i = 4; i < 8; i++)
        CHECK(page_is_zero(memory + i * PAGE));
    CHECK(holds(memory + 8 * PAGE, 4, 9));
    unmap(memory, PAGES);
    CHECK(regions() == before - 1);
}

PROMISE(map_fixed_noreplace_refuses_what_overlaps)
{
    char *memory = map_private(PAGES);
    fill(memory, PAGES, 1);
    uint64_t before = regions();
    errno = 0;
    CHECK(map_fixed(memory + 4 * PAGE, 4, MAP_FIXED_NOREPLACE) == MAP_FAILED && errno == EEXIST);
    CHECK(map_fixed(memory - PAGE, 2, MAP_FIXED_NOREPLACE) == MAP_FAILED && errno == EEXIST);
    CHECK(map_fixed(memory + (PAGES - 1) * PAGE, 2, MAP_FIXED_NOREPLACE) == MAP_FAILED);
    CHECK(regions() == before);
    CHECK(holds(memory, PAGES, 1));
    unmap(memory + 4 * PAGE, 4);
    CHECK(map_fixed(memory + 4 * PAGE, 4, MAP_FIXED_NOREPLACE) == memory + 4 * PAGE);
    CHECK(page_is_zero(memory + 4 * PAGE));
    unmap(memory, PAGES);
}

PROMISE(munmap_of_the_middle_splits_a_region)
{
    char *memory = map_private(PAGES);
    fill(memory, PAGES, 1);
    uint64_t before = regions();
    unmap(memory + 4 * PAGE, 4);
    CHECK(regions() == before + 1);
    CHECK(holds(memory, 4, 1));
    CHECK(holds(memory + 8 * PAGE, 4, 9));
    expect_read_dies(SIGSEGV, memory + 4 * PAGE);
    expect_write_dies(SIGSEGV, memory + 8 * PAGE - 1);
    evict_everything();
    CHECK(holds(memory, 4, 1));
    CHECK(holds(memory + 8 * PAGE, 4, 9));
    unmap(memory, 12); /* the hole in it is no error */
    CHECK(regions() == before - 1);
}

PROMISE(mprotect_splits_a_region_and_merges_it_again)
{
    char *memory = map_private(PAGES);
    fill(memory, PAGES, 1);
    uint64_t before = regions();
    CHECK(mprotect(memory + 4 * PAGE, 4 * PAGE, PROT_READ) == 0);
    CHECK(regions() == before + 2);
    expect_write_dies(SIGSEGV, memory + 4 * PAGE);
    expect_write_dies(SIGSEGV, memory + 8 * PAGE - 1);
    page_fill(memory + 3 * PAGE, 4);
    page_fill(memory + 8 * PAGE, 9);
    CHECK(holds(memory, PAGES, 1));
    CHECK(mprotect(memory + 4 * PAGE, 2 * PAGE, PROT_NONE) == 0);
    CHECK(regions() == before + 3);
    expect_read_dies(SIGSEGV, memory + 4 * PAGE);
    evict_everything();
    CHECK(mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0);
    CHECK(regions() == before);
    CHECK(holds(memory, PAGES, 1));
    fill(memory, PAGES, 50);
    CHECK(holds(memory, PAGES, 50));
    unmap(memory, PAGES);
}

PROMISE(mprotect_of_a_hole_changes_nothing)
{
    char *memory = map_private(PAGES);
    unmap(memory + 6 * PAGE, 1);
    uint64_t before = regions();
    errno = 0;
    CHECK(mprotect(memory, PAGES * PAGE, PROT_READ) == -1 && errno == ENOMEM);
    CHECK(regions() == before);
    fill(memory, 6, 1);
    fill(memory + 7 * PAGE, 5, 1);
    unmap(memory, PAGES);
}

PROMISE(mremap_grows_in_place_where_there_is_room)
{
    char *memory = map_private(PAGES);
    unmap(memory + 4 * PAGE, 8);
    fill(memory, 4, 1);
    uint64_t before = regions();
    CHECK(mremap(memory, 4 * PAGE, 10 * PAGE, 0) == memory);
    CHECK(regions() == before);
    CHECK(holds(memory, 4, 1));
    for (size_t i = 4; i < 10; i++)
        CHECK(page_is_zero(memory + i * PAGE));
    fill(memory, 10, 20);
    evict_everything();
    CHECK(holds(memory, 10, 20));
    CHECK(mremap(memory, 10 * PAGE, 2 * PAGE, 0) == memory);
    expect_read_dies(SIGSEGV, memory + 2 * PAGE);
    CHECK(holds(memory, 2, 20));
    unmap(memory, 2);
}

PROMISE(mremap_moves_where_there_is_none)
{
    char *memory = map_private(PAGES);
    fill(memory, PAGES, 1);
    errno = 0;
    CHECK(mremap(memory, 4 * PAGE, 6 * PAGE, 0) == MAP_FAILED && errno == ENOMEM);
    evict_everything();
    char *moved = mremap(memory, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED && moved != memory);
    CHECK(holds(moved, 4, 1));
    CHECK(page_is_zero(moved + 4 * PAGE) && page_is_zero(moved + 5 * PAGE));
    expect_read_dies(SIGSEGV, memory);
    CHECK(holds(memory + 4 * PAGE, 8, 5));
    char *place = map_private(PAGES);
    CHECK(mremap(moved, 6 * PAGE, 6 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place + 2 * PAGE) ==
          place + 2 * PAGE);
    CHECK(holds(place + 2 * PAGE, 4, 1));
    CHECK(page_is_zero(place) && page_is_zero(place + 8 * PAGE));
    unmap(place, PAGES);
    unmap(memory + 4 * PAGE, 8);
}

PROMISE(a_moved_file_mapping_shows_the_same_file)
{
    int file = file_make("file", PAGES, 1);
    char *memory = map_file(file, 2, 4, PROT_READ | PROT_WRITE, MAP_SHARED);
    page_fill(memory, 500);
    char *wall = map_fixed(memory + 4 * PAGE, 1, MAP_FIXED_NOREPLACE);
    char *moved = mremap(memory, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
    CHECK(moved != MAP_FAILED);
    CHECK(page_holds(moved, 500));
    CHECK(holds(moved + PAGE, 7, 4));
    page_fill(moved + 7 * PAGE, 700);
    CHECK(file_holds(file, 9, 1, 700));
    CHECK(file_holds(file, 2, 1, 500));
    unmap(moved, 8);
    if (wall != MAP_FAILED)
        unmap(wall, 1);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(map_fixed_replaces_what_is_there),
        KEEP(map_fixed_noreplace_refuses_what_overlaps),
        KEEP(munmap_of_the_middle_splits_a_region),
        KEEP(mprotect_splits_a_region_and_merges_it_again),
        KEEP(mprotect_of_a_hole_changes_nothing),
        KEEP(mremap_grows_in_place_where_there_is_room),
        KEEP(mremap_moves_where_there_is_none),
        KEEP(a_moved_file_mapping_shows_the_same_file),
    };
    return keep_promises("regions", promises, sizeof promises / sizeof *promises);
}
