/* The soak's private memory: each page has a version; moving, protecting and giving up included. */
#include "soak.h"

#include <errno.h>
#include <sys/mman.h>

#define RIGHTS (PROT_READ | PROT_WRITE)
#define SOME 4 /* pages that a child changes */

static char *memory;
static uint32_t *versions; /* a page; private memory itself */
static uint32_t last_version;

static size_t model_pages(void)
{
    return (sizes.private_pages * sizeof *versions + PAGE - 1) / PAGE;
}

void private_begin(void)
{
    memory = map_private(sizes.private_pages);
    versions = map_private(model_pages());
}

static void check(size_t page)
{
    SOAK_CHECK(is(memory + page * PAGE, PAGE, AREA_PRIVATE, page, versions[page]));
}

void private_check(void)
{
    for (size_t page = 0; page < sizes.private_pages; page++)
        check(page);
}

static void change(size_t page)
{
    versions[page] = ++last_version;
    put(memory + page * PAGE, PAGE, AREA_PRIVATE, page, last_version);
}

void private_change_some(void)
{
    size_t pages[SOME];
    for (int i = 0; i < SOME; i++)
        change(pages[i] = pick(sizes.private_pages));
    for (int i = 0; i < SOME; i++)
        check(pages[i]);
}

static void read_one(void)
{
    check(pick(sizes.private_pages));
}

static void write_one(void)
{
    size_t page = pick(sizes.private_pages);
    check(page);
    change(page);
}

/* A range within the area, of at most an eighth of it. */
static size_t range(size_t *first)
{
    size_t count = 1 + pick(sizes.private_pages / 8);
    *first = pick(sizes.private_pages - count + 1);
    return count;
}

static void forget(size_t first, size_t count)
{
    for (size_t page = first; page < first + count; page++)
        versions[page] = 0;
}

static void give_up(void)
{
    size_t first, count = range(&first);
    SOAK_CHECK(madvise(memory + first * PAGE, count * PAGE, MADV_DONTNEED) == 0);
    forget(first, count);
}

static void ask_for(void)
{
    size_t first, count = range(&first);
    SOAK_CHECK(madvise(memory + first * PAGE, count * PAGE, MADV_WILLNEED) == 0);
}

/* New pages of zeros at a range. */
static void map_at(char *at, size_t first, size_t count, int fixed)
{
    SOAK_CHECK(mmap(at, count * PAGE, RIGHTS, MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0) == at);
    forget(first, count);
}

static void unmap_and_map(void)
{
    size_t first, count = range(&first);
    char *at = memory + first * PAGE;
    SOAK_CHECK(munmap(at, count * PAGE) == 0);
    map_at(at, first, count, MAP_FIXED_NOREPLACE);
}

static void map_over(void)
{
    size_t first, count = range(&first);
    map_at(memory + first * PAGE, first, count, MAP_FIXED);
}

static void protect(void)
{
    size_t first, count = range(&first);
    char *at = memory + first * PAGE;
    SOAK_CHECK(mprotect(at, count * PAGE, pick(2) ? PROT_READ : PROT_NONE) == 0);
    size_t page = pick(sizes.private_pages);
    if (page < first || page >= first + count)
        change(page);
    SOAK_CHECK(mprotect(at, count * PAGE, RIGHTS) == 0);
    check(first);
}

static void lock(void)
{
    size_t first = pick(sizes.private_pages);
    SOAK_CHECK(mlock(memory + first * PAGE, PAGE) == 0);
    check(first);
    change(first);
    SOAK_CHECK(munlock(memory + first * PAGE, PAGE) == 0);
}

/* A range goes elsewhere, is used there, and comes back. */
static void move(void)
{
    size_t first, count = range(&first);
    char *at = memory + first * PAGE;
    char *away = map_private(count);
    /* What map_at() mapped is a mapping of its own, and a range over several cannot be moved. */
    if (mremap(at, count * PAGE, count * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, away) != away) {
        SOAK_CHECK(errno == EFAULT && count > 1);
        SOAK_CHECK(munmap(away, count * PAGE) == 0);
        check(first);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        SOAK_CHECK(is(away + i * PAGE, PAGE, AREA_PRIVATE, first + i, versions[first + i]));
        if (pick(2)) {
            versions[first + i] = ++last_version;
            put(away + i * PAGE, PAGE, AREA_PRIVATE, first + i, last_version);
        }
    }
    SOAK_CHECK(mremap(away, count * PAGE, count * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, at) == at);
    check(first);
}

const struct operation private_operations[] = {
    {"private: read", read_one, 500},      {"private: write", write_one, 400},
    {"private: dontneed", give_up, 6},     {"private: willneed", ask_for, 10},
    {"private: munmap", unmap_and_map, 4}, {"private: map over", map_over, 4},
    {"private: mprotect", protect, 20},    {"private: mlock", lock, 5},
    {"private: mremap", move, 20},
};
const size_t private_operation_count = sizeof private_operations / sizeof *private_operations;
