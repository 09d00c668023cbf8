/*
 * The end of a mapped file: zeros behind it in its last page, a bus error beyond. Truncation under a
 * mapping takes the pages away, extending makes them appear.
 */
#include "support/promise.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES ((size_t)8)
#define TAIL ((size_t)100) /* bytes of the file in its last page */

static int file; /* PAGES - 1 whole pages and TAIL bytes */
static char *mapping;

static bool all(const char *bytes, size_t count, char value)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != value)
            return false;
    }
    return true;
}

static void make_file(void)
{
    file = file_make("file", PAGES, 0);
    CHECK(ftruncate(file, (off_t)((PAGES - 1) * PAGE + TAIL)) == 0);
    mapping = map_file(file, 0, PAGES + 2, PROT_READ | PROT_WRITE, MAP_SHARED);
}

PROMISE(bytes_behind_the_end_in_the_last_page_are_zeros)
{
    static char page[PAGE];
    page_fill(page, PAGES - 1);
    CHECK(memcmp(mapping + (PAGES - 1) * PAGE, page, TAIL) == 0);
    CHECK(all(mapping + (PAGES - 1) * PAGE + TAIL, PAGE - TAIL, 0));
}

PROMISE(what_is_written_there_never_reaches_the_file)
{
    memset(mapping + (PAGES - 1) * PAGE + TAIL, 'x', PAGE - TAIL);
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
    CHECK(file_size(file) == (off_t)((PAGES - 1) * PAGE + TAIL));
    evict_everything();
    CHECK(all(mapping + (PAGES - 1) * PAGE + TAIL, PAGE - TAIL, 0));
    memset(mapping + (PAGES - 1) * PAGE + TAIL, 'x', PAGE - TAIL);
    CHECK(ftruncate(file, PAGES * PAGE) == 0);
    static char page[PAGE];
    CHECK(pread(file, page, PAGE, (PAGES - 1) * PAGE) == (ssize_t)PAGE);
    CHECK(all(page + TAIL, PAGE - TAIL, 0));
    CHECK(all(mapping + (PAGES - 1) * PAGE + TAIL, PAGE - TAIL, 0));
}

PROMISE(a_page_wholly_behind_the_end_kills_with_the_bus_error)
{
    expect_read_dies(SIGBUS, mapping + PAGES * PAGE);
    expect_write_dies(SIGBUS, mapping + (PAGES + 1) * PAGE);
}

static void check_zeros_and_write(void *context)
{
    (void)context;
    CHECK(page_is_zero(mapping + PAGES * PAGE));
    page_fill(mapping + PAGES * PAGE, 33);
}

PROMISE(extending_makes_pages_appear_in_every_process)
{
    CHECK(ftruncate(file, (PAGES + 2) * PAGE) == 0);
    in_child(check_zeros_and_write, NULL);
    CHECK(page_holds(mapping + PAGES * PAGE, 33));
    CHECK(file_holds(file, PAGES, 1, 33));
    CHECK(page_is_zero(mapping + (PAGES + 1) * PAGE));
}

PROMISE(writing_behind_the_end_makes_pages_appear_too)
{
    static char page[PAGE];
    CHECK(ftruncate(file, PAGES * PAGE) == 0);
    expect_read_dies(SIGBUS, mapping + PAGES * PAGE);
    page_fill(page, 44);
    CHECK(pwrite(file, page, PAGE, (PAGES + 1) * PAGE) == (ssize_t)PAGE);
    CHECK(page_is_zero(mapping + PAGES * PAGE));
    CHECK(page_holds(mapping + (PAGES + 1) * PAGE, 44));
}

static void truncate_file(void *context)
{
    (void)context;
    CHECK(ftruncate(file, PAGE + TAIL) == 0);
}

PROMISE(truncation_takes_the_pages_from_every_mapping)
{
    fill(mapping, PAGES, 60);
    in_child(truncate_file, NULL);
    expect_read_dies(SIGBUS, mapping + 2 * PAGE);
    expect_write_dies(SIGBUS, mapping + (PAGES - 1) * PAGE);
    CHECK(page_holds(mapping, 60));
    CHECK(all(mapping + PAGE + TAIL, PAGE - TAIL, 0));
}

PROMISE(and_from_private_copies)
{
    CHECK(ftruncate(file, 4 * PAGE) == 0);
    char *copy = map_file(file, 0, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    fill(copy, 4, 80);
    CHECK(ftruncate(file, PAGE) == 0);
    CHECK(page_holds(copy, 80));
    expect_read_dies(SIGBUS, copy + PAGE);
    CHECK(ftruncate(file, 4 * PAGE) == 0);
    CHECK(page_is_zero(copy + PAGE) && page_is_zero(copy + 3 * PAGE));
    CHECK(page_holds(copy, 80));
    unmap(copy, 4);
}

/* Writes to all pages again and again; must end by the bus error when the file is cut. */
static void write_until_cut(void *context)
{
    (void)context;
    for (;;) {
        for (size_t i = 0; i < PAGES; i++)
            ++*(volatile char *)(mapping + i * PAGE);
    }
}

PROMISE(truncation_under_processes_that_write_stops_just_them)
{
    for (int round = 0; round < 5; round++) {
        CHECK(ftruncate(file, PAGES * PAGE) == 0);
        pid_t children[3];
        for (int i = 0; i < 3; i++)
            children[i] = child_start(write_until_cut, NULL);
        usleep(3000);
        CHECK(ftruncate(file, 3 * PAGE) == 0);
        for (int i = 0; i < 3; i++)
            expect_signal(children[i], SIGBUS);
        CHECK(ftruncate(file, PAGES * PAGE) == 0);
        for (size_t i = 3; i < PAGES; i++)
            CHECK(page_is_zero(mapping + i * PAGE));
    }
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(bytes_behind_the_end_in_the_last_page_are_zeros),
        KEEP(what_is_written_there_never_reaches_the_file),
        KEEP(a_page_wholly_behind_the_end_kills_with_the_bus_error),
        KEEP(extending_makes_pages_appear_in_every_process),
        KEEP(writing_behind_the_end_makes_pages_appear_too),
        KEEP(truncation_takes_the_pages_from_every_mapping),
        KEEP(and_from_private_copies),
        KEEP(truncation_under_processes_that_write_stops_just_them),
    };
    test_name = "file-end";
    make_file();
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
