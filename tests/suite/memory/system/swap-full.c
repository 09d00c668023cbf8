/*
 * Swap filling up: nobody is stopped while there is room; then the stated rule picks the process with
 * the most anonymous pages, and everything else goes on. For a small swap disk: run by
 * tests/guest/memory_cases.py, which counts the lines on the console.
 */
#include "../support/promise.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYSTANDERS 3
#define BYSTANDER_PAGES 16
#define SLACK 32 /* pages for text and stacks of those who are there */

static size_t room; /* pages that fit into frames and swap together */
static volatile uint64_t
    *shared; /* [0]: the bystanders are to end; [1 + n]: rounds of bystander n */

static void use_most_of_the_room(void *context)
{
    (void)context;
    size_t pages = room - SLACK;
    char *memory = map_private(pages);
    for (int round = 0; round < 2; round++) {
        fill(memory, pages, (uint64_t)round);
        CHECK(holds(memory, pages, (uint64_t)round));
    }
}

PROMISE(nobody_is_stopped_while_there_is_room)
{
    in_child(use_most_of_the_room, NULL);
}

/* Written: each page needs a slot when it goes. */
static void take_all(void *context)
{
    (void)context;
    char *memory = map_private(room * 2);
    fill(memory, room * 2, 1);
    CHECK(!"more pages than there is room for");
}

/* First only read, so that all pages look clean and empty; then they become dirty behind the back of
   whoever looked. */
static void read_all_then_take_all(void *context)
{
    (void)context;
    char *memory = map_private(room * 2);
    size_t reach = room / 2;
    for (size_t start = 0; start < room * 2; start += reach) {
        for (size_t i = start; i < start + reach && i < room * 2; i++)
            CHECK(((volatile char *)memory)[i * PAGE] == 0);
        for (size_t i = start; i < start + reach && i < room * 2; i++)
            page_fill(memory + i * PAGE, i);
    }
    CHECK(!"more pages than there is room for");
}

/* Copies of what the parent has. */
static void copy_all(void *context)
{
    fill(context, room / 2, 5);
    char *memory = map_private(room * 2);
    fill(memory, room * 2, 1);
    CHECK(!"more pages than there is room for");
}

static void stand_by(void *context)
{
    size_t number = *(size_t *)context;
    char *memory = map_private(BYSTANDER_PAGES);
    fill(memory, BYSTANDER_PAGES, number);
    while (!shared[0]) {
        CHECK(holds(memory, BYSTANDER_PAGES, number));
        fill(memory, BYSTANDER_PAGES, number);
        shared[1 + number]++;
    }
    CHECK(holds(memory, BYSTANDER_PAGES, number));
}

static void stopped_while_others_go_on(void (*greedy)(void *), void *context)
{
    pid_t bystanders[BYSTANDERS];
    uint64_t rounds[BYSTANDERS];
    shared[0] = 0;
    for (size_t i = 0; i < BYSTANDERS; i++) {
        bystanders[i] = child_start(stand_by, &i);
        rounds[i] = shared[1 + i];
    }
    in_child_dies(SIGKILL, greedy, context);
    for (size_t i = 0; i < BYSTANDERS; i++) {
        while (shared[1 + i] == rounds[i])
            usleep(1000);
    }
    shared[0] = 1;
    for (size_t i = 0; i < BYSTANDERS; i++)
        expect_exit(bystanders[i], 0);
}

PROMISE(who_takes_all_is_stopped_and_others_go_on)
{
    stopped_while_others_go_on(take_all, NULL);
}

PROMISE(so_is_who_reads_all_first)
{
    stopped_while_others_go_on(read_all_then_take_all, NULL);
}

PROMISE(so_is_a_child_that_copies_its_parents_pages)
{
    /* Half of the room for the parent, which is then not the largest. */
    char *memory = map_private(room / 2);
    fill(memory, room / 2 - SLACK * 2, 9);
    stopped_while_others_go_on(copy_all, memory);
    CHECK(holds(memory, room / 2 - SLACK * 2, 9));
    unmap(memory, room / 2);
}

PROMISE(all_that_was_taken_is_there_again)
{
    in_child(use_most_of_the_room, NULL);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(nobody_is_stopped_while_there_is_room),
        KEEP(who_takes_all_is_stopped_and_others_go_on),
        KEEP(so_is_who_reads_all_first),
        KEEP(so_is_a_child_that_copies_its_parents_pages),
        KEEP(all_that_was_taken_is_there_again),
    };
    test_name = "swap-full";
    shared = map_shared(1);
    /* Without a budget, what is free; a part of it is the pager's, for its records, and a large page
       for page tables. */
    struct system_statistics system = system_statistics();
    size_t frames = frame_budget(), usable = system.frames_free - system.frames_total / 16 - 512;
    room = (frames < usable ? frames : usable) + system.swap_slots_total;
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
