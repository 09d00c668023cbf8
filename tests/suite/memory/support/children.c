/* Children of a memory test, and how they must end. */
#include "promise.h"

#include <sys/wait.h>
#include <unistd.h>

pid_t child_start(void (*body)(void *context), void *context)
{
    pid_t child = fork();
    CHECK(child >= 0);
    if (child != 0)
        return child;
    body(context);
    _exit(0);
}

void expect_exit(pid_t child, int status)
{
    int ended;
    CHECK(waitpid(child, &ended, 0) == child);
    if (!WIFEXITED(ended))
        say("process %d ended by signal %d", child, WTERMSIG(ended));
    CHECK(WIFEXITED(ended));
    CHECK(WEXITSTATUS(ended) == status);
}

void expect_signal(pid_t child, int signal)
{
    int ended;
    CHECK(waitpid(child, &ended, 0) == child);
    CHECK(WIFSIGNALED(ended));
    CHECK(WTERMSIG(ended) == signal);
}

void in_child(void (*body)(void *context), void *context)
{
    expect_exit(child_start(body, context), 0);
}

void in_child_dies(int signal, void (*body)(void *context), void *context)
{
    expect_signal(child_start(body, context), signal);
}

static void touch_read(void *address)
{
    (void)*(volatile char *)address;
}

static void touch_write(void *address)
{
    *(volatile char *)address = 1;
}

void expect_read_dies(int signal, const volatile void *address)
{
    in_child_dies(signal, touch_read, (void *)(uintptr_t)address);
}

void expect_write_dies(int signal, volatile void *address)
{
    in_child_dies(signal, touch_write, (void *)(uintptr_t)address);
}
