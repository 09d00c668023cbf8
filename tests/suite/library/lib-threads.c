/* Threads: results, sums in parallel, mutexes, condition variables, errno and variables of their own. */
#include "library.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define NUMBERS (256u << 10)
#define ROUNDS 500
#define MILLISECOND 1000000

static uint32_t *numbers;

static void *sum_part(void *argument)
{
    size_t part = (size_t)argument, length = NUMBERS / THREADS;
    uint64_t sum = 0;
    for (size_t i = part * length; i < (part + 1) * length; i++)
        sum += numbers[i];
    return (void *)sum;
}

static void test_sum(void)
{
    pthread_t threads[THREADS];
    uint64_t sum = 0, expected = 0;
    numbers = mmap(NULL, NUMBERS * sizeof *numbers, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(numbers != MAP_FAILED);
    for (size_t i = 0; i < NUMBERS; i++)
        expected += numbers[i] = (uint32_t)(i * 2654435761u);
    for (size_t part = 0; part < THREADS; part++)
        CHECK(pthread_create(&threads[part], NULL, sum_part, (void *)part) == 0);
    for (size_t part = 0; part < THREADS; part++) {
        void *result;
        CHECK(pthread_join(threads[part], &result) == 0);
        sum += (uint64_t)result;
    }
    CHECK(sum == expected);
    CHECK(munmap(numbers, NUMBERS * sizeof *numbers) == 0);
    kept("threads sum up a mapped array");
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned counter;

/* Gives way inside, so that the others find the mutex taken. */
static void *count_slowly(void *argument)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        CHECK(pthread_mutex_lock(&mutex) == 0);
        unsigned seen = counter;
        if (i % 4 == 0)
            sched_yield();
        counter = seen + 1;
        CHECK(pthread_mutex_unlock(&mutex) == 0);
    }
    return argument;
}

static void run_all(void *(*routine)(void *))
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, routine, (void *)i) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *result;
        CHECK(pthread_join(threads[i], &result) == 0 && result == (void *)i);
    }
}

static void test_contention(void)
{
    run_all(count_slowly);
    CHECK(counter == THREADS * ROUNDS);
    kept("a mutex lets one in at a time, under contention");
}

#define CAPACITY 4
#define ITEMS 2000

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t not_full, not_empty;
    unsigned items[CAPACITY], begin, count;
} queue = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, {0}, 0, 0};

static void *produce(void *argument)
{
    for (unsigned item = 1; item <= ITEMS; item++) {
        pthread_mutex_lock(&queue.mutex);
        while (queue.count == CAPACITY)
            CHECK(pthread_cond_wait(&queue.not_full, &queue.mutex) == 0);
        queue.items[(queue.begin + queue.count++) % CAPACITY] = item;
        pthread_cond_signal(&queue.not_empty);
        pthread_mutex_unlock(&queue.mutex);
    }
    return argument;
}

static void test_queue(void)
{
    pthread_t producer;
    CHECK(pthread_create(&producer, NULL, produce, NULL) == 0);
    for (unsigned expected = 1; expected <= ITEMS; expected++) {
        pthread_mutex_lock(&queue.mutex);
        while (queue.count == 0)
            pthread_cond_wait(&queue.not_empty, &queue.mutex);
        CHECK(queue.items[queue.begin] == expected);
        queue.begin = (queue.begin + 1) % CAPACITY;
        queue.count--;
        pthread_cond_signal(&queue.not_full);
        pthread_mutex_unlock(&queue.mutex);
    }
    CHECK(pthread_join(producer, NULL) == 0);
    CHECK(pthread_cond_destroy(&queue.not_full) == 0 && pthread_mutex_destroy(&queue.mutex) == 0);
    kept("what one produces another consumes, in order");
}

static _Thread_local int variable = 42;
static _Thread_local char zeros[100];

static void *use_own(void *argument)
{
    CHECK(variable == 42 && zeros[0] == 0 && zeros[99] == 0);
    int mine = (int)(size_t)argument;
    variable = errno = 1000 + mine;
    zeros[99] = (char)mine;
    for (unsigned i = 0; i < 10; i++) {
        sched_yield();
        CHECK(variable == 1000 + mine && errno == 1000 + mine && zeros[99] == (char)mine);
    }
    CHECK(close(-1) == -1 && errno == EBADF);
    return argument;
}

static void test_own_variables(void)
{
    errno = ENOSPC;
    variable = 7;
    run_all(use_own);
    CHECK(errno == ENOSPC && variable == 7);
    kept("errno and thread-local variables are each thread's own");
}

static void *use_heap(void *argument)
{
    size_t index = (size_t)argument;
    unsigned char *blocks[32] = {NULL};
    unsigned seed = (unsigned)index + 1;
    for (unsigned round = 0; round < 2000; round++) {
        seed = seed * 1103515245u + 12345u;
        unsigned which = seed >> 16 & 31;
        size_t bytes = (seed >> 8 & 1023) + 1;
        if (blocks[which] != NULL) {
            CHECK(blocks[which][0] == (unsigned char)(index + which));
            free(blocks[which]);
        }
        blocks[which] = malloc(bytes);
        CHECK(blocks[which] != NULL);
        memset(blocks[which], (int)(index + which), bytes);
        if (round % 64 == 0)
            sched_yield();
    }
    for (unsigned which = 0; which < 32; which++)
        free(blocks[which]);
    return argument;
}

static void test_heap(void)
{
    run_all(use_heap);
    kept("the heap serves several threads");
}

static pthread_barrier_t barrier;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned once_count, arrived, serial;

static void count_once(void)
{
    sched_yield();
    once_count++;
}

static void *meet(void *argument)
{
    CHECK(pthread_once(&once, count_once) == 0 && once_count == 1);
    for (unsigned round = 1; round <= 20; round++) {
        __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
        CHECK(__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) >= round * THREADS);
    }
    return argument;
}

static void test_barrier(void)
{
    CHECK(pthread_barrier_init(&barrier, NULL, 0) == EINVAL);
    CHECK(pthread_barrier_init(&barrier, NULL, THREADS) == 0);
    run_all(meet);
    CHECK(serial == 20 && pthread_barrier_destroy(&barrier) == 0);
    kept("a barrier opens when all are there, and once is once");
}

static void later(struct timespec *time, long milliseconds)
{
    CHECK(clock_gettime(CLOCK_MONOTONIC, time) == 0);
    time->tv_nsec += milliseconds * MILLISECOND;
    time->tv_sec += time->tv_nsec / 1000000000;
    time->tv_nsec %= 1000000000;
}

static void *try_taken(void *argument)
{
    struct timespec deadline;
    later(&deadline, 5);
    CHECK(pthread_mutex_trylock(argument) == EBUSY);
    CHECK(pthread_mutex_timedlock(argument, &deadline) == ETIMEDOUT);
    CHECK(pthread_mutex_unlock(argument) == EPERM);
    return NULL;
}

static void test_kinds(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t careful, again;
    pthread_t thread;
    CHECK(pthread_mutexattr_init(&attributes) == 0);
    CHECK(pthread_mutexattr_settype(&attributes, 99) == EINVAL);
    CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK) == 0);
    CHECK(pthread_mutex_init(&careful, &attributes) == 0);
    CHECK(pthread_mutex_unlock(&careful) == EPERM);
    CHECK(pthread_mutex_lock(&careful) == 0 && pthread_mutex_lock(&careful) == EDEADLK);
    CHECK(pthread_create(&thread, NULL, try_taken, &careful) == 0 &&
          pthread_join(thread, NULL) == 0);
    CHECK(pthread_mutex_destroy(&careful) == EBUSY);
    CHECK(pthread_mutex_unlock(&careful) == 0 && pthread_mutex_destroy(&careful) == 0);

    CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) == 0);
    CHECK(pthread_mutex_init(&again, &attributes) == 0);
    CHECK(pthread_mutex_lock(&again) == 0 && pthread_mutex_lock(&again) == 0);
    CHECK(pthread_mutex_unlock(&again) == 0);
    CHECK(pthread_create(&thread, NULL, try_taken, &again) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(pthread_mutex_unlock(&again) == 0 && pthread_mutex_unlock(&again) == EPERM);

    struct timespec deadline, now, wrong = {0, -1};
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    later(&deadline, 10);
    CHECK(pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_cond_timedwait(&never, &mutex, &wrong) == EINVAL);
    CHECK(pthread_cond_timedwait(&never, &mutex, &deadline) == ETIMEDOUT);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    CHECK(now.tv_sec > deadline.tv_sec ||
          (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec));
    kept("kinds of mutexes, time limits, and who may unlock");
}

static void *finish(void *argument)
{
    pthread_exit(argument);
}

static void test_ends(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    void *result;
    CHECK(pthread_join(pthread_self(), NULL) == EDEADLK);
    CHECK(pthread_create(&thread, NULL, finish, &result) == 0);
    CHECK(!pthread_equal(thread, pthread_self()));
    CHECK(pthread_join(thread, &result) == 0 && result == (void *)&result);

    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, 1) == EINVAL);
    CHECK(pthread_attr_setstacksize(&attributes, 64u << 10) == 0);
    CHECK(pthread_attr_setdetachstate(&attributes, 7) == EINVAL);
    CHECK(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
    /* Far more than would fit beside each other. */
    for (unsigned i = 0; i < 300; i++) {
        CHECK(pthread_create(&thread, &attributes, finish, NULL) == 0);
        sched_yield();
    }
    CHECK(pthread_create(&thread, NULL, finish, NULL) == 0 && pthread_detach(thread) == 0);
    kept("threads end, joined or detached");
}

void test_main(void)
{
    test_sum();
    test_contention();
    test_queue();
    test_own_variables();
    test_heap();
    test_barrier();
    test_kinds();
    test_ends();
}
