/* <debug.h>: ASSERT, PANIC, NOT_REACHED say where, and end the process with status 1. */
#include "../lib/suite.h"

#include <stdio.h>

static void pass(void)
{
    ASSERT(1 + 1 == 2);
}

static void break_an_assertion(void)
{
    ASSERT(1 + 1 == 3);
}

static void panic(void)
{
    PANIC("%s after %d", "out of patience", 3);
}

static void reach(void)
{
    NOT_REACHED();
}

static int status_after(void (*function)(void), const char *name)
{
    pid_t child = fork(name);
    if (child == 0) {
        function();
        exit(0);
    }
    return wait(child);
}

#define NDEBUG
#include <debug.h>
static int evaluated;
static NO_INLINE void without_assertions(int argument UNUSED)
{
    ASSERT(++evaluated == 7);
}

void test_main(void)
{
    CHECK(status_after(pass, "pass") == 0, "what holds does nothing");
    CHECK(status_after(break_an_assertion, "assertion") == 1, "what does not hold ends it");
    CHECK(status_after(panic, "panic") == 1, "PANIC");
    CHECK(status_after(reach, "reach") == 1, "NOT_REACHED");
    without_assertions(0);
    CHECK(evaluated == 0, "NDEBUG leaves assertions out");
}
