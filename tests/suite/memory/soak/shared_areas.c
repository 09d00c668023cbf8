/* The soak's memory and file that all workers share; each has a stripe of each page. */
#include "soak.h"

#include <sys/mman.h>
#include <unistd.h>

static char *memory, *mapping;
static int file;
static uint32_t *memory_versions, *file_versions;
static uint32_t last_version;

static size_t model_pages(void)
{
    return ((sizes.shared_pages + sizes.file_pages) * sizeof(uint32_t) + PAGE - 1) / PAGE;
}

void shared_prepare(void)
{
    memory = map_shared(sizes.shared_pages);
    file = file_make("soak-shared", 0, 0);
    CHECK(ftruncate(file, (off_t)(sizes.file_pages * PAGE)) == 0);
    mapping = map_file(file, 0, sizes.file_pages, PROT_READ | PROT_WRITE, MAP_SHARED);
}

void shared_begin(void)
{
    memory_versions = map_private(model_pages());
    file_versions = memory_versions + sizes.shared_pages;
}

static size_t stripe_in_page(size_t page)
{
    return page * PAGE + me.number * STRIPE;
}

static void check_memory(size_t page)
{
    SOAK_CHECK(is(memory + stripe_in_page(page), STRIPE, AREA_SHARED, page, memory_versions[page]));
}

static void check_mapping(size_t page)
{
    SOAK_CHECK(is(mapping + stripe_in_page(page), STRIPE, AREA_FILE, page, file_versions[page]));
}

void shared_check(void)
{
    for (size_t page = 0; page < sizes.shared_pages; page++)
        check_memory(page);
    for (size_t page = 0; page < sizes.file_pages; page++)
        check_mapping(page);
}

static void read_memory(void)
{
    check_memory(pick(sizes.shared_pages));
}

static void write_memory(void)
{
    size_t page = pick(sizes.shared_pages);
    check_memory(page);
    memory_versions[page] = ++last_version;
    put(memory + stripe_in_page(page), STRIPE, AREA_SHARED, page, last_version);
}

static void give_memory_up(void)
{
    size_t page = pick(sizes.shared_pages);
    SOAK_CHECK(madvise(memory + page * PAGE, PAGE, MADV_DONTNEED) == 0);
    check_memory(page);
}

static void read_mapping(void)
{
    check_mapping(pick(sizes.file_pages));
}

static void write_mapping(void)
{
    size_t page = pick(sizes.file_pages);
    check_mapping(page);
    file_versions[page] = ++last_version;
    put(mapping + stripe_in_page(page), STRIPE, AREA_FILE, page, last_version);
}

static void read_by_call(void)
{
    static uint64_t stripe[STRIPE / sizeof(uint64_t)];
    size_t page = pick(sizes.file_pages);
    SOAK_CHECK(pread(file, stripe, STRIPE, (off_t)stripe_in_page(page)) == (ssize_t)STRIPE);
    SOAK_CHECK(is(stripe, STRIPE, AREA_FILE, page, file_versions[page]));
}

static void write_by_call(void)
{
    static uint64_t stripe[STRIPE / sizeof(uint64_t)];
    size_t page = pick(sizes.file_pages);
    put(stripe, STRIPE, AREA_FILE, page, ++last_version);
    file_versions[page] = last_version;
    SOAK_CHECK(pwrite(file, stripe, STRIPE, (off_t)stripe_in_page(page)) == (ssize_t)STRIPE);
    check_mapping(page);
}

static void sync_some(void)
{
    size_t count = 1 + pick(sizes.file_pages / 4), first = pick(sizes.file_pages - count + 1);
    SOAK_CHECK(msync(mapping + first * PAGE, count * PAGE, pick(4) ? MS_ASYNC : MS_SYNC) == 0);
    check_mapping(first);
}

static void map_again(void)
{
    SOAK_CHECK(munmap(mapping, sizes.file_pages * PAGE) == 0);
    mapping = map_file(file, 0, sizes.file_pages, PROT_READ | PROT_WRITE, MAP_SHARED);
    read_mapping();
}

const struct operation shared_operations[] = {
    {"shared: read", read_memory, 150},          {"shared: write", write_memory, 150},
    {"shared: dontneed", give_memory_up, 10},    {"file: read mapping", read_mapping, 200},
    {"file: write mapping", write_mapping, 200}, {"file: read", read_by_call, 120},
    {"file: write", write_by_call, 120},         {"file: msync", sync_some, 3},
    {"file: map again", map_again, 2},
};
const size_t shared_operation_count = sizeof shared_operations / sizeof *shared_operations;
