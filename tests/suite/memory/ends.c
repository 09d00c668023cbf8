/*
 * Ends of processes: with reads in flight, while they wait for a page, thousands one after another,
 * and beginnings that are refused. That nothing of them is left, the suite's runner checks.
 */
#include "support/promise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHILDREN 6
#define KILL_ROUNDS 10
#define GENERATIONS 2000 /* processes one after another */

static size_t pages;
static int file;
static char *shared; /* of the file */

/* Pages in and out for ever: of swap, of the file, copies of the file. */
static void page_without_end(void *context)
{
    unsigned random = (unsigned)(uintptr_t)context;
    char *own = map_private(pages);
    char *copy = map_file(file, 0, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    for (;;) {
        random = random * 1103515245 + 12345;
        size_t at = (random >> 8) % pages * PAGE;
        ++*(volatile char *)(own + at);
        ++*(volatile char *)(copy + at);
        ++*(volatile char *)(shared + at + 8);
    }
}

PROMISE(a_process_that_waits_for_a_page_can_be_killed)
{
    for (uintptr_t round = 0; round < KILL_ROUNDS; round++) {
        pid_t children[CHILDREN];
        for (uintptr_t i = 0; i < CHILDREN; i++)
            children[i] = child_start(page_without_end, (void *)(round * CHILDREN + i));
        usleep((useconds_t)(1000 + 3000 * round));
        for (uintptr_t i = 0; i < CHILDREN; i++)
            CHECK(kill(children[i], SIGKILL) == 0);
        for (uintptr_t i = 0; i < CHILDREN; i++)
            expect_signal(children[i], SIGKILL);
    }
    for (size_t i = 0; i < pages; i++)
        CHECK(((uint64_t *)(shared + i * PAGE))[0] == i);
}

static void exit_with_reads_in_flight(void *context)
{
    size_t part = *(size_t *)context;
    CHECK(madvise(shared, pages * PAGE, MADV_WILLNEED) == 0);
    CHECK(page_is_zero(shared + part * PAGE) == false);
    CHECK(madvise(shared, pages * PAGE, MADV_WILLNEED) == 0);
}

PROMISE(a_process_may_end_while_what_it_asked_for_is_being_read)
{
    for (size_t i = 0; i < 20; i++) {
        evict_everything();
        size_t part = 1 + i * 5 % (pages - 1);
        in_child(exit_with_reads_in_flight, &part);
    }
}

static void do_nothing(void *context)
{
    (void)context;
}

PROMISE(thousands_of_processes_come_and_go)
{
    for (int i = 0; i < GENERATIONS; i++)
        in_child(do_nothing, NULL);
}

static void touch_one(void *context)
{
    ++*(volatile char *)context;
}

PROMISE(a_parents_end_leaves_its_children_running)
{
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            child_start(touch_one, shared + 16);
            _exit(0);
        }
        expect_exit(child, 0);
    }
    while (((volatile char *)shared)[16] < 10)
        usleep(1000);
}

#define ARGUMENT_BYTES ((size_t)1 << 17) /* more than all arguments together may have */

PROMISE(an_argument_list_too_long_is_an_error)
{
    char *argument = malloc(ARGUMENT_BYTES);
    memset(argument, 'a', ARGUMENT_BYTES);
    argument[ARGUMENT_BYTES - 1] = '\0';
    errno = 0;
    CHECK(execv("ends", (char *[]){"ends", argument, NULL}) == -1 && errno == E2BIG);

    char **many = calloc(ARGUMENT_BYTES / 2 + 1, sizeof *many);
    for (size_t i = 0; i < ARGUMENT_BYTES / 2; i++)
        many[i] = "x";
    errno = 0;
    CHECK(execv("ends", many) == -1 && errno == E2BIG);
    free(many);
    free(argument);
}

static void run_with_long_arguments(void *context)
{
    (void)context;
    char *argument = malloc(ARGUMENT_BYTES / 2);
    memset(argument, 'a', ARGUMENT_BYTES / 2);
    argument[ARGUMENT_BYTES / 2 - 1] = '\0';
    execv("ends", (char *[]){"ends", argument, NULL});
    CHECK(!"exec returned");
}

PROMISE(one_of_half_that_length_arrives_whole)
{
    expect_exit(child_start(run_with_long_arguments, NULL), 21);
}

int main(int argc, char *argv[])
{
    static const struct promise promises[] = {
        KEEP(a_process_that_waits_for_a_page_can_be_killed),
        KEEP(a_process_may_end_while_what_it_asked_for_is_being_read),
        KEEP(thousands_of_processes_come_and_go),
        KEEP(a_parents_end_leaves_its_children_running),
        KEEP(an_argument_list_too_long_is_an_error),
        KEEP(one_of_half_that_length_arrives_whole),
    };
    if (argc == 2)
        return strlen(argv[1]) == ARGUMENT_BYTES / 2 - 1 ? 21 : 22;
    test_name = "ends";
    pages = frame_budget();
    file = file_make("file", pages, 0);
    shared = map_file(file, 0, pages, PROT_READ | PROT_WRITE, MAP_SHARED);
    for (size_t i = 0; i < pages; i++) {
        memset(shared + i * PAGE, 0, PAGE);
        *(uint64_t *)(shared + i * PAGE) = i;
    }
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
