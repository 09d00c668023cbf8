/*
 * MAP_SHARED is coherent between processes, and with read and write, in both directions, while the
 * pages are being evicted: the file has twice as many pages as there are frames.
 */
#include "support/promise.h"

#include <sys/mman.h>
#include <unistd.h>

#define WRITERS 4
#define ROUNDS 3

static int file;
static size_t pages;
static char *mapping;

static void check_mapping_and_read(void *context)
{
    uint64_t seed = *(uint64_t *)context;
    CHECK(holds(mapping, pages, seed));
    CHECK(file_holds(file, 0, pages, seed));
}

PROMISE(what_a_mapping_wrote_is_read_and_seen_by_another_process)
{
    for (uint64_t seed = 1000; seed < 1000 * (ROUNDS + 1); seed += 1000) {
        fill(mapping, pages, seed);
        in_child(check_mapping_and_read, &seed);
        CHECK(file_holds(file, 0, pages, seed));
    }
}

static void write_by_call(void *context)
{
    static char page[PAGE];
    for (size_t i = 0; i < pages; i++) {
        page_fill(page, *(uint64_t *)context + i);
        CHECK(pwrite(file, page, PAGE, (off_t)(i * PAGE)) == (ssize_t)PAGE);
    }
}

PROMISE(what_write_wrote_is_seen_in_mappings)
{
    for (uint64_t seed = 10; seed < 10 + ROUNDS; seed++) {
        in_child(write_by_call, &seed);
        CHECK(holds(mapping, pages, seed));
    }
}

/* Each writer adds one to a counter in each page; a page lost or doubled shows in the sum. */
static void count_in_each_page(void *context)
{
    size_t first = *(size_t *)context * pages / WRITERS;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < pages; i++)
            __atomic_fetch_add((uint64_t *)(mapping + (first + i) % pages * PAGE), 1,
                               __ATOMIC_RELAXED);
    }
}

PROMISE(no_write_of_four_processes_at_once_is_lost)
{
    pid_t children[WRITERS];
    for (size_t i = 0; i < pages; i++)
        *(uint64_t *)(mapping + i * PAGE) = 0;
    for (size_t i = 0; i < WRITERS; i++)
        children[i] = child_start(count_in_each_page, &i);
    for (size_t i = 0; i < WRITERS; i++)
        expect_exit(children[i], 0);
    for (size_t i = 0; i < pages; i++) {
        uint64_t count;
        CHECK(*(uint64_t *)(mapping + i * PAGE) == WRITERS * ROUNDS);
        CHECK(pread(file, &count, sizeof count, (off_t)(i * PAGE)) == sizeof count);
        CHECK(count == WRITERS * ROUNDS);
    }
}

/* One process writes the even words by the mapping, another the odd ones by the call. */
static void write_odd_words(void *context)
{
    (void)context;
    for (size_t i = 0; i < pages; i++) {
        uint64_t value = i + 1;
        CHECK(pwrite(file, &value, sizeof value, (off_t)(i * PAGE + sizeof value)) == sizeof value);
    }
}

PROMISE(a_call_and_a_mapping_that_write_one_page_at_once_lose_nothing)
{
    pid_t child = child_start(write_odd_words, NULL);
    for (size_t i = 0; i < pages; i++)
        *(volatile uint64_t *)(mapping + i * PAGE) = ~i;
    expect_exit(child, 0);
    for (size_t i = 0; i < pages; i++) {
        const uint64_t *words = (const uint64_t *)(mapping + i * PAGE);
        CHECK(words[0] == ~i);
        CHECK(words[1] == i + 1);
    }
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(what_a_mapping_wrote_is_read_and_seen_by_another_process),
        KEEP(what_write_wrote_is_seen_in_mappings),
        KEEP(no_write_of_four_processes_at_once_is_lost),
        KEEP(a_call_and_a_mapping_that_write_one_page_at_once_lose_nothing),
    };
    test_name = "shared-coherent";
    pages = frame_budget() * 2;
    file = file_make("file", pages, 0);
    mapping = map_file(file, 0, pages, PROT_READ | PROT_WRITE, MAP_SHARED);
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
