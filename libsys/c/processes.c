/* Processes and time: calls to the process server and the kernel's clock. */
#include "arguments.h"
#include "lock.h"
#include "result.h"
#include "thread.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000ull

static struct call_result init_call(uint32_t operation, uint64_t word0, uint64_t word1,
                                    uint64_t word2, uint64_t word3, uint64_t word4, uint64_t word5)
{
    return server_call(PROCESS_HANDLE, operation, word0, word1, word2, word3, word4, word5);
}

_Noreturn void _exit(int status)
{
    init_call(PROCESS_EXIT, as_word(status), 0, 0, 0, 0, 0);
    __builtin_trap();
}

pid_t fork(void)
{
    threads_before_fork();
    struct call_result result = init_call(PROCESS_CALL_FORK, 0, 0, 0, 0, 0, 0);
    threads_after_fork(result.result == 0 && result.word[0] == 0);
    return (pid_t)word_or_errno(result);
}

/* A call that takes an argument block, with up to three words behind it. */
static struct call_result call_with_arguments(uint32_t operation, const char *path,
                                              char *const arguments[], char *const environment[],
                                              uint64_t word3, uint64_t word4, uint64_t word5)
{
    size_t count;
    size_t bytes = arguments_measure(path, arguments, environment, &count);
    if (bytes > PROCESS_ARGUMENTS_MAX)
        return (struct call_result){.result = -E2BIG};
    char *block = malloc(bytes);
    if (block == NULL)
        return (struct call_result){.result = -ENOMEM};
    arguments_pack(block, path, arguments, environment);
    struct call_result result =
        init_call(operation, (uintptr_t)block, bytes, count, word3, word4, word5);
    free(block);
    return result;
}

int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
    return or_errno(call_with_arguments(PROCESS_EXEC, path, arguments, environment, 0, 0, 0));
}

pid_t spawn(const char *path, char *const arguments[])
{
    return (pid_t)word_or_errno(
        call_with_arguments(PROCESS_SPAWN, path, arguments, environ, 0, 0, 0));
}

pid_t spawn_in_group(const char *path, char *const arguments[], size_t frames, const char *policy)
{
    return (pid_t)word_or_errno(call_with_arguments(PROCESS_GROUP_RUN, path, arguments, environ,
                                                    frames, (uintptr_t)policy,
                                                    policy != NULL ? strlen(policy) : 0));
}

/* The signal that stands for what ended a process. */
static int signal_of(uint64_t reason)
{
    if (reason > PROCESS_KILLED_BY(0))
        return (int)(reason - PROCESS_KILLED_BY(0));
    switch (reason) {
    case DEATH_BAD_ADDRESS:
    case DEATH_PROTECTION:
    case DEATH_BAD_POINTER: return SIGSEGV;
    case DEATH_BUS: return SIGBUS;
    case DEATH_EXCEPTION: return SIGILL;
    default: return SIGKILL;
    }
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    /* There are no process groups, which 0 and numbers below -1 would name. */
    if ((options & ~WNOHANG) != 0 || pid < -1 || pid == 0) {
        errno = EINVAL;
        return -1;
    }
    struct call_result result =
        init_call(PROCESS_WAIT, as_word(pid), (uint32_t)options, 0, 0, 0, 0);
    if (or_errno(result) < 0)
        return -1;
    int32_t exit_status = (int32_t)result.word[1];
    if (status != NULL && result.word[0] != 0) {
        *status = result.word[2] != 0 ? signal_of(result.word[2]) : (exit_status & 0xff) << 8;
    }
    return (pid_t)result.word[0];
}

pid_t wait(int *status)
{
    return waitpid(-1, status, 0);
}

int kill(pid_t pid, int signal)
{
    if (signal != 0 && signal != SIGKILL && signal != SIGTERM) {
        errno = EINVAL;
        return -1;
    }
    return or_errno(init_call(PROCESS_KILL, as_word(pid), as_word(signal), 0, 0, 0, 0));
}

pid_t getpid(void)
{
    return (pid_t)init_call(PROCESS_SELF, 0, 0, 0, 0, 0, 0).word[0];
}

pid_t getppid(void)
{
    return (pid_t)init_call(PROCESS_SELF, 0, 0, 0, 0, 0, 0).word[1];
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (clock != CLOCK_MONOTONIC) {
        errno = EINVAL;
        return -1;
    }
    uint64_t now = sys_clock_read();
    *time = (struct timespec){(time_t)(now / NANOSECONDS), (long)(now % NANOSECONDS)};
    return 0;
}

int nanosleep(const struct timespec *duration, struct timespec *remaining)
{
    (void)remaining; /* nothing interrupts a sleep */
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= (long)NANOSECONDS) {
        errno = EINVAL;
        return -1;
    }
    uint64_t until;
    if (__builtin_mul_overflow((uint64_t)duration->tv_sec, NANOSECONDS, &until) ||
        __builtin_add_overflow(until, sys_clock_read() + (uint64_t)duration->tv_nsec, &until))
        until = UINT64_MAX;
    /* At a word that nobody else knows nobody wakes us. */
    const uint32_t nobody = 0;
    while (address_wait(&nobody, 0, until) == 0)
        continue;
    return 0;
}

unsigned sleep(unsigned seconds)
{
    struct timespec duration = {seconds, 0};
    nanosleep(&duration, NULL);
    return 0;
}

int usleep(useconds_t microseconds)
{
    struct timespec duration = {microseconds / 1000000, (long)(microseconds % 1000000) * 1000};
    return nanosleep(&duration, NULL);
}
