/*
 * Out of disk space under a shared mapping: a write to a hole that the disk has no room for is a bus
 * error, the rest of the file stays intact, and room that is made can be used.
 */
#include "support/promise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES ((size_t)64)
#define DATA ((size_t)16) /* pages of the file with contents; behind them a hole */
#define CHUNK ((size_t)64 << 10)

static int file, filler;
static char *mapping;

static void fill_disk(void)
{
    char *chunk = calloc(1, CHUNK);
    CHECK(chunk != NULL);
    ssize_t written;
    do
        written = write(filler, chunk, CHUNK);
    while (written > 0);
    CHECK(errno == ENOSPC);
    for (size_t bytes = PAGE; bytes >= 512; bytes /= 2) {
        while (write(filler, chunk, bytes) > 0)
            ;
    }
    free(chunk);
}

PROMISE(a_full_disk_refuses_more_by_an_error)
{
    fill_disk();
    char byte = 1;
    errno = 0;
    CHECK(pwrite(file, &byte, 1, (off_t)((PAGES - 1) * PAGE)) == -1 && errno == ENOSPC);
}

static void write_to_the_hole(void *context)
{
    (void)context;
    for (size_t i = DATA; i < PAGES; i++)
        memset(mapping + i * PAGE, 'x', PAGE);
}

PROMISE(a_write_to_a_hole_kills_with_the_bus_error)
{
    in_child_dies(SIGBUS, write_to_the_hole, NULL);
}

PROMISE(reading_the_hole_gives_zeros_as_before)
{
    for (size_t i = PAGES - 8; i < PAGES; i++)
        CHECK(page_is_zero(mapping + i * PAGE));
}

PROMISE(what_has_its_room_can_be_written_and_synced)
{
    CHECK(holds(mapping, DATA, 1));
    fill(mapping, DATA, 100);
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
    evict_everything();
    CHECK(holds(mapping, DATA, 100));
    CHECK(file_holds(file, 0, DATA, 100));
}

PROMISE(when_room_is_made_the_hole_can_be_written)
{
    CHECK(ftruncate(filler, 0) == 0);
    fill(mapping + DATA * PAGE, PAGES - DATA, 200);
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
    CHECK(fsync(file) == 0);
    evict_everything();
    CHECK(file_holds(file, DATA, PAGES - DATA, 200));
    CHECK(file_holds(file, 0, DATA, 100));
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(a_full_disk_refuses_more_by_an_error),
        KEEP(a_write_to_a_hole_kills_with_the_bus_error),
        KEEP(reading_the_hole_gives_zeros_as_before),
        KEEP(what_has_its_room_can_be_written_and_synced),
        KEEP(when_room_is_made_the_hole_can_be_written),
    };
    test_name = "disk-full";
    file = file_make("file", DATA, 1);
    CHECK(ftruncate(file, PAGES * PAGE) == 0);
    CHECK(fsync(file) == 0);
    mapping = map_file(file, 0, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED);
    filler = open("filler", O_WRONLY | O_CREAT | O_EXCL, 0644);
    CHECK(filler >= 0);
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
