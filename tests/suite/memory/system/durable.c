/*
 * durable HOW: writes the file "durable", makes it durable, says so, and then writes on without end or
 * promise, until the machine is cut off. Run by tests/guest/durability_cases.py, which looks at the disk.
 *
 *      HOW       written by                     made durable by
 *      msync     a mapping over a hole          msync
 *      rewrite   a mapping over synced data     msync
 *      part      a mapping                      msync of the first half only
 *      fsync     write                          fsync
 *      append    write behind synced data       fsync
 *      rename    write, then a new name         fsync
 *      shutdown  a mapping                      the end of the program, which powers off
 */
#include "../support/promise.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES ((size_t)300)
#define NAME "durable"
#define RECORD ((size_t)8) /* bytes: the page and the generation as text, again and again */

static int file;

static void make_page(char *page, size_t number, char generation)
{
    char record[RECORD + 1];
    snprintf(record, sizeof record, "%06u%c\n", (unsigned)number, generation);
    for (size_t at = 0; at < PAGE; at += RECORD)
        memcpy(page + at, record, RECORD);
}

static void write_all(size_t first, size_t count, char generation)
{
    static char page[PAGE];
    for (size_t i = first; i < first + count; i++) {
        make_page(page, i, generation);
        CHECK(pwrite(file, page, PAGE, (off_t)(i * PAGE)) == (ssize_t)PAGE);
    }
}

static char *map_all(void)
{
    CHECK(ftruncate(file, (off_t)(PAGES * PAGE)) == 0);
    return map_file(file, 0, PAGES, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static void write_mapping(char *mapping, char generation)
{
    for (size_t i = 0; i < PAGES; i++)
        make_page(mapping + i * PAGE, i, generation);
}

static void by_msync(void)
{
    char *mapping = map_all();
    write_mapping(mapping, 'a');
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
}

static void by_rewrite(void)
{
    char *mapping = map_all();
    write_mapping(mapping, 'x');
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
    write_mapping(mapping, 'a');
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
}

static void by_part(void)
{
    char *mapping = map_all();
    write_mapping(mapping, 'a');
    CHECK(msync(mapping, PAGES / 2 * PAGE, MS_SYNC) == 0);
}

static void by_fsync(void)
{
    write_all(0, PAGES, 'a');
    CHECK(fsync(file) == 0);
}

static void by_append(void)
{
    write_all(0, PAGES / 2, 'a');
    CHECK(fsync(file) == 0);
    write_all(PAGES / 2, PAGES - PAGES / 2, 'a');
    CHECK(fsync(file) == 0);
}

static void by_rename(void)
{
    write_all(0, PAGES, 'a');
    CHECK(fsync(file) == 0);
    CHECK(rename(NAME, "other") == 0);
    CHECK(rename("other", NAME) == 0);
    CHECK(fsync(file) == 0);
}

static void by_shutdown(void)
{
    write_mapping(map_all(), 'a');
    _exit(0);
}

static const struct {
    const char *how;
    void (*make_durable)(void);
} ways[] = {
    {"msync", by_msync},   {"rewrite", by_rewrite}, {"part", by_part},         {"fsync", by_fsync},
    {"append", by_append}, {"rename", by_rename},   {"shutdown", by_shutdown},
};

/* Of other files only: what was promised of this one must not be undone by what was not promised. */
static void write_on(void)
{
    for (unsigned number = 0;; number++) {
        char name[32];
        snprintf(name, sizeof name, "other-%u", number % 8);
        int other = file_make(name, 40, number);
        CHECK(close(other) == 0);
    }
}

int main(int argc, char *argv[])
{
    test_name = "durable";
    for (size_t i = 0; argc == 2 && i < sizeof ways / sizeof *ways; i++) {
        if (strcmp(argv[1], ways[i].how) != 0)
            continue;
        file = open(NAME, O_RDWR | O_CREAT | O_EXCL, 0644);
        CHECK(file >= 0);
        ways[i].make_durable();
        say("durable now");
        write_on();
    }
    say("durable msync|rewrite|part|fsync|append|rename|shutdown");
    return 2;
}
