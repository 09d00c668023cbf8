/* Processes with threads end, fork and execute other programs, whatever their threads are doing. */
#include "library.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static pthread_t first;

static void *sleep_long(void *argument)
{
    sleep(1000);
    return argument;
}

static void *wait_for_mutex(void *argument)
{
    pthread_mutex_lock(&mutex);
    return argument;
}

static void *wait_for_signal(void *argument)
{
    pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&own);
    pthread_cond_wait(&never, &own);
    return argument;
}

static void *wait_for_child(void *argument)
{
    pid_t child = fork();
    if (child == 0) {
        sleep(1000);
        _exit(0);
    }
    *(pid_t *)argument = child;
    waitpid(child, NULL, 0);
    return NULL;
}

static void *run_in_circles(void *argument)
{
    volatile unsigned long count = 0;
    for (;;)
        count++;
    return argument;
}

static void *join_first(void *argument)
{
    pthread_join(first, NULL);
    return argument;
}

static pid_t grandchild;

/* One in each state that a thread can be in. */
static void start_all(void)
{
    pthread_t thread;
    first = pthread_self();
    grandchild = 0;
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_create(&thread, NULL, sleep_long, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, wait_for_mutex, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, wait_for_signal, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, wait_for_child, &grandchild) == 0);
    CHECK(pthread_create(&thread, NULL, join_first, NULL) == 0);
    struct timespec moment = {0, 1000000};
    while (*(volatile pid_t *)&grandchild == 0)
        nanosleep(&moment, NULL);
    nanosleep(&moment, NULL);
    CHECK(kill(grandchild, 0) == 0);
    CHECK(pthread_create(&thread, NULL, run_in_circles, NULL) == 0);
}

/* The grandchild would be nobody's. */
static void stop_grandchild(void)
{
    CHECK(kill(grandchild, SIGKILL) == 0);
}

static void exit_from_first(void)
{
    start_all();
    stop_grandchild();
    exit(7);
}

static void *exit_8(void *argument)
{
    stop_grandchild();
    exit(8);
    return argument;
}

static void exit_from_another(void)
{
    pthread_t thread;
    start_all();
    CHECK(pthread_create(&thread, NULL, exit_8, NULL) == 0);
    pthread_join(thread, NULL);
}

static void *touch_nothing(void *argument)
{
    stop_grandchild();
    *(volatile int *)argument = 1;
    return NULL;
}

static void fault_in_another(void)
{
    pthread_t thread;
    start_all();
    CHECK(pthread_create(&thread, NULL, touch_nothing, NULL) == 0);
    pthread_join(thread, NULL);
}

static volatile unsigned deep = 1000000;

static void *overflow(void *argument)
{
    volatile char much[8192];
    much[0] = much[8191] = 1;
    if (deep-- == 0)
        return argument;
    void *result = overflow(argument);
    much[1] = much[0];
    return result;
}

static void overflow_stack(void)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, overflow, NULL) == 0);
    pthread_join(thread, NULL);
}

static char *const again[] = {"lib-thread-ends", "again", NULL};

static void exec_from_first(void)
{
    start_all();
    stop_grandchild();
    execv("lib-thread-ends", again);
    CHECK(false);
}

static void *execute(void *argument)
{
    stop_grandchild();
    execv("lib-thread-ends", again);
    return argument;
}

static void exec_from_another(void)
{
    pthread_t thread;
    start_all();
    CHECK(pthread_create(&thread, NULL, execute, NULL) == 0);
    pthread_join(thread, NULL);
}

static void *fork_here(void *argument)
{
    int local = 5, status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        /* The only thread: its stack is here, the others and their locks are not. */
        pthread_t thread;
        CHECK(local == 5);
        free(malloc(100));
        CHECK(pthread_create(&thread, NULL, sleep_long, NULL) == 0);
        pthread_exit(NULL);
    }
    CHECK(kill(child, SIGTERM) == 0);
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
          WTERMSIG(status) == SIGTERM);
    child = fork();
    if (child == 0)
        pthread_exit(NULL);
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return argument;
}

static void fork_from_another(void)
{
    pthread_t thread;
    start_all();
    CHECK(pthread_create(&thread, NULL, fork_here, NULL) == 0 && pthread_join(thread, NULL) == 0);
    stop_grandchild();
    exit(9);
}

static void *end_later(void *argument)
{
    struct timespec moment = {0, 5000000};
    CHECK(pthread_join(first, NULL) == 0);
    nanosleep(&moment, NULL);
    return argument;
}

static void leave_to_another(void)
{
    pthread_t thread;
    first = pthread_self();
    CHECK(pthread_create(&thread, NULL, end_later, NULL) == 0);
    pthread_exit(NULL);
}

static void *wait_in_vain(void *argument)
{
    int status;
    pid_t got = waitpid(-1, &status, 0);
    return (void *)(intptr_t)(got > 0 ? 1 : errno == ECHILD ? 2 : 3) + 0 * (argument != NULL);
}

static void wait_twice(void)
{
    pthread_t threads[2];
    void *results[2];
    struct timespec moment = {0, 10000000};
    pid_t child = fork();
    if (child == 0) {
        nanosleep(&moment, NULL);
        _exit(0);
    }
    for (unsigned i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, wait_in_vain, NULL) == 0);
    for (unsigned i = 0; i < 2; i++)
        CHECK(pthread_join(threads[i], &results[i]) == 0);
    CHECK((intptr_t)results[0] + (intptr_t)results[1] == 3);
}

void test_main(void)
{
    check_child_exits(exit_from_first, 7);
    check_child_exits(exit_from_another, 8);
    kept("exit ends all threads, in whatever state");
    int status = status_of_child(fault_in_another);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = status_of_child(overflow_stack);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    kept("a bad access of one thread, or of its stack's end, ends all");
    check_child_exits(exec_from_first, 33);
    check_child_exits(exec_from_another, 33);
    kept("exec leaves no thread of the old program");
    check_child_exits(fork_from_another, 9);
    kept("fork copies the calling thread only");
    check_child_exits(leave_to_another, 0);
    kept("the first thread may end before the others");
    check_child_exits(wait_twice, 0);
    kept("of two threads that wait for one child, one gets it");
}
