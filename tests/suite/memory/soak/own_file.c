/* The soak's file that each worker has for itself: a shared mapping, a private one, and the calls. */
#include "soak.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define RIGHTS (PROT_READ | PROT_WRITE)
#define NO_COPY UINT32_MAX /* the private mapping shows the file's page */

static int file;
static char *shared, *copy;
static uint32_t *file_versions, *copy_versions;
static uint32_t last_version;

void own_begin(void)
{
    char name[32];
    snprintf(name, sizeof name, "soak-own-%u", me.number);
    file = file_make(name, 0, 0);
    SOAK_CHECK(ftruncate(file, (off_t)(sizes.own_pages * PAGE)) == 0);
    SOAK_CHECK(unlink(name) == 0);
    shared = map_file(file, 0, sizes.own_pages, RIGHTS, MAP_SHARED);
    copy = map_file(file, 0, sizes.own_pages, RIGHTS, MAP_PRIVATE);
    file_versions = map_private((sizes.own_pages * 2 * sizeof *file_versions + PAGE - 1) / PAGE);
    copy_versions = file_versions + sizes.own_pages;
    for (size_t page = 0; page < sizes.own_pages; page++)
        copy_versions[page] = NO_COPY;
}

static void check_shared(size_t page)
{
    SOAK_CHECK(is(shared + page * PAGE, PAGE, AREA_OWN, page, file_versions[page]));
}

static void check_copy(size_t page)
{
    if (copy_versions[page] == NO_COPY)
        SOAK_CHECK(is(copy + page * PAGE, PAGE, AREA_OWN, page, file_versions[page]));
    else
        SOAK_CHECK(is(copy + page * PAGE, PAGE, AREA_COPY, page, copy_versions[page]));
}

void own_check(void)
{
    for (size_t page = 0; page < sizes.own_pages; page++) {
        check_shared(page);
        check_copy(page);
    }
}

static size_t any_page(void)
{
    return pick(sizes.own_pages);
}

static void read_shared(void)
{
    check_shared(any_page());
}

static void read_copy(void)
{
    check_copy(any_page());
}

static void read_by_call(void)
{
    static uint64_t contents[PAGE / sizeof(uint64_t)];
    size_t page = any_page();
    SOAK_CHECK(pread(file, contents, PAGE, (off_t)(page * PAGE)) == (ssize_t)PAGE);
    SOAK_CHECK(is(contents, PAGE, AREA_OWN, page, file_versions[page]));
}

static void write_shared(void)
{
    size_t page = any_page();
    file_versions[page] = ++last_version;
    put(shared + page * PAGE, PAGE, AREA_OWN, page, last_version);
    check_copy(page);
}

static void write_copy(void)
{
    size_t page = any_page();
    check_copy(page);
    copy_versions[page] = ++last_version;
    put(copy + page * PAGE, PAGE, AREA_COPY, page, last_version);
    check_shared(page);
}

static void write_by_call(void)
{
    static uint64_t contents[PAGE / sizeof(uint64_t)];
    size_t page = any_page();
    put(contents, PAGE, AREA_OWN, page, ++last_version);
    file_versions[page] = last_version;
    SOAK_CHECK(pwrite(file, contents, PAGE, (off_t)(page * PAGE)) == (ssize_t)PAGE);
    check_copy(page);
}

/* Cut and extended again: zeros, in the private mapping too. */
static void truncate(void)
{
    size_t left = any_page();
    SOAK_CHECK(ftruncate(file, (off_t)(left * PAGE)) == 0);
    SOAK_CHECK(ftruncate(file, (off_t)(sizes.own_pages * PAGE)) == 0);
    for (size_t page = left; page < sizes.own_pages; page++) {
        file_versions[page] = 0;
        copy_versions[page] = NO_COPY;
    }
    check_shared(left);
    check_copy(left);
}

static void sync_it(void)
{
    if (pick(2))
        SOAK_CHECK(fsync(file) == 0);
    else
        SOAK_CHECK(msync(shared, sizes.own_pages * PAGE, MS_SYNC) == 0);
}

static void forget_copies(void)
{
    SOAK_CHECK(madvise(copy, sizes.own_pages * PAGE, MADV_DONTNEED) == 0);
    for (size_t page = 0; page < sizes.own_pages; page++)
        copy_versions[page] = NO_COPY;
    read_copy();
}

static void map_again(void)
{
    SOAK_CHECK(munmap(shared, sizes.own_pages * PAGE) == 0);
    shared = map_file(file, 0, sizes.own_pages, RIGHTS, MAP_SHARED | (pick(8) ? 0 : MAP_POPULATE));
    read_shared();
}

const struct operation own_operations[] = {
    {"own: read mapping", read_shared, 200},  {"own: read copy", read_copy, 200},
    {"own: read", read_by_call, 120},         {"own: write mapping", write_shared, 150},
    {"own: write copy", write_copy, 150},     {"own: write", write_by_call, 120},
    {"own: truncate", truncate, 4},           {"own: sync", sync_it, 2},
    {"own: forget copies", forget_copies, 4}, {"own: map again", map_again, 4},
};
const size_t own_operation_count = sizeof own_operations / sizeof *own_operations;
