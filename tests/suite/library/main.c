/* The frame around a test of the C library: see library.h. */
#include "library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

const char *test_name;

void check_failed(const char *file, int line, const char *condition)
{
    int error = errno;
    printf("(%s) FAILED: %s:%d: %s (errno %d)\n", test_name, file, line, condition, error);
    fflush(stdout);
    _exit(1);
}

void kept(const char *promise)
{
    printf("(%s) %s\n", test_name, promise);
}

int status_of_child(void (*body)(void))
{
    int status;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        body();
        exit(0);
    }
    CHECK(waitpid(pid, &status, 0) == pid);
    return status;
}

void check_child_exits(void (*body)(void), int expected)
{
    int status = status_of_child(body);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == expected);
}

__attribute__((weak)) int executed_again(int argc, char *argv[])
{
    (void)argc;
    (void)argv;
    return 33;
}

int main(int argc, char *argv[])
{
    test_name = argv[0];
    /* What a test executes is itself. */
    if (argc > 1)
        return executed_again(argc, argv);
    printf("(%s) begin\n", test_name);
    test_main();
    printf("(%s) end\n", test_name);
    return 0;
}
