/*
 * slow-disk file|swap [kill]: with an artificially slow disk, the faults of many programs take about
 * the time of one, because they are in flight together; and those that are killed while they wait
 * end at once. Run by tests/guest/memory_cases.py with a delay.
 */
#include "../support/promise.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS 24
#define STRIDE 16 /* pages between two that are touched: no request takes several */
#define TIMES 3   /* the time of one, that all together may take at most */

static const volatile char *pages;
static struct {
    volatile uint32_t ready, go, done;
} * shared;

static uint64_t now_microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* What it needs of its own is in memory when it says that it is ready: only the touch waits. */
static void touch_at_once(void *context)
{
    size_t page = *(size_t *)context * STRIDE;
    (void)pages[(page + 1) * PAGE];
    __atomic_fetch_add(&shared->ready, 1, __ATOMIC_RELAXED);
    while (!shared->go)
        usleep(200);
    (void)pages[page * PAGE];
    __atomic_fetch_add(&shared->done, 1, __ATOMIC_RELAXED);
}

/* Children that are about to touch the pages from `first` on. */
static void start(pid_t *children, size_t first, size_t count)
{
    memset((void *)shared, 0, sizeof *shared);
    for (size_t i = 0; i < count; i++) {
        size_t number = first + i;
        children[i] = child_start(touch_at_once, &number);
    }
    while (shared->ready < count)
        usleep(200);
}

/* Microseconds until all of them have their page. */
static uint64_t time_of(size_t first, size_t count)
{
    pid_t children[PROGRAMS];
    start(children, first, count);
    uint64_t begin = now_microseconds();
    shared->go = 1;
    while (shared->done < count)
        usleep(200);
    uint64_t end = now_microseconds();
    for (size_t i = 0; i < count; i++)
        expect_exit(children[i], 0);
    return end - begin;
}

/* Microseconds until all are gone that are killed while they wait. */
static uint64_t time_of_killing(size_t first, size_t count)
{
    pid_t children[PROGRAMS];
    start(children, first, count);
    shared->go = 1;
    usleep(5000);
    uint64_t begin = now_microseconds();
    for (size_t i = 0; i < count; i++)
        CHECK(kill(children[i], SIGKILL) == 0);
    for (size_t i = 0; i < count; i++)
        expect_signal(children[i], SIGKILL);
    uint64_t end = now_microseconds();
    CHECK(shared->done == 0);
    return end - begin;
}

/* As evict_everything(), but reading nothing back: a page at a time would take minutes here. */
static void evict_by_writing(void)
{
    size_t count = frame_budget() * 3 / 2;
    char *memory = map_private(count);
    for (size_t i = 0; i < count; i++)
        memory[i * PAGE] = 1;
    unmap(memory, count);
}

static bool one_is_resident(size_t count)
{
    for (size_t i = 0; i < count; i += STRIDE) {
        unsigned char resident;
        CHECK(mincore((void *)(uintptr_t)(pages + i * PAGE), PAGE, &resident) == 0);
        if (resident)
            return true;
    }
    return false;
}

int main(int argc, char *argv[])
{
    size_t count = (PROGRAMS + 1) * STRIDE;
    test_name = "slow-disk";
    shared = map_shared(1);
    if (argc > 1 && strcmp(argv[1], "file") == 0) {
        int file = file_make("slow-disk.data", count, 0);
        CHECK(fsync(file) == 0);
        pages = map_file(file, 0, count, PROT_READ, MAP_SHARED);
    } else {
        char *memory = map_private(count);
        fill(memory, count, 0);
        pages = memory;
    }
    do
        evict_by_writing();
    while (one_is_resident(count));
    bool killing = argc > 2 && strcmp(argv[2], "kill") == 0;
    uint64_t one = time_of(0, 1);
    uint64_t all = killing ? time_of_killing(1, PROGRAMS) : time_of(1, PROGRAMS);
    say("one: %lu us, %d: %lu us", one, PROGRAMS, all);
    CHECK(all < (killing ? one : one * TIMES));
    for (size_t i = 0; i < count; i += killing ? STRIDE : count)
        CHECK(page_holds((const char *)(uintptr_t)pages + i * PAGE, i));
    return 0;
}
