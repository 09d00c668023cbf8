/* Mutexes, condition variables, barriers, pthread_once(), attributes: <pthread.h>. */
#include "thread.h"

#include <errno.h>
#include <limits.h>
#include <quire/abi.h>

#define NANOSECONDS 1000000000ull

/* The deadline in nanoseconds. A time that is no time is EINVAL. */
static int decode_deadline(const struct timespec *time, uint64_t *deadline)
{
    if (time->tv_nsec < 0 || time->tv_nsec >= (long)NANOSECONDS)
        return EINVAL;
    if (time->tv_sec < 0)
        *deadline = 1; /* long ago; 0 would be never */
    else if (__builtin_mul_overflow((uint64_t)time->tv_sec, NANOSECONDS, deadline) ||
             __builtin_add_overflow(*deadline, (uint64_t)time->tv_nsec, deadline))
        *deadline = UINT64_MAX;
    if (*deadline == 0)
        *deadline = 1;
    return 0;
}

/* ---------------------------------------------------------------- mutexes */

static struct lock *lock_of(pthread_mutex_t *mutex)
{
    return (struct lock *)&mutex->lock;
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
    *mutex = (pthread_mutex_t){.type = attributes != NULL ? attributes->type : 0};
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return mutex->lock != 0 ? EBUSY : 0;
}

/* The owner takes it once more. -1: the caller is not the owner. */
static int take_again(pthread_mutex_t *mutex, int error_if_owner)
{
    if (mutex->type == PTHREAD_MUTEX_NORMAL ||
        __atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != thread_self())
        return -1;
    if (mutex->type == PTHREAD_MUTEX_ERRORCHECK)
        return error_if_owner;
    if (mutex->depth == UINT_MAX)
        return EAGAIN;
    mutex->depth++;
    return 0;
}

static void own(pthread_mutex_t *mutex)
{
    if (mutex->type == PTHREAD_MUTEX_NORMAL)
        return;
    __atomic_store_n(&mutex->owner, thread_self(), __ATOMIC_RELAXED);
    mutex->depth = 1;
}

static int lock_until(pthread_mutex_t *mutex, uint64_t deadline)
{
    int again = take_again(mutex, EDEADLK);
    if (again >= 0)
        return again;
    int error = lock_take_until(lock_of(mutex), deadline);
    if (error == 0)
        own(mutex);
    return error;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return lock_until(mutex, 0);
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    int again = take_again(mutex, EBUSY);
    if (again >= 0)
        return again;
    uint32_t expected = 0;
    if (!__atomic_compare_exchange_n(&mutex->lock, &expected, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return EBUSY;
    own(mutex);
    return 0;
}

int pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *deadline)
{
    uint64_t until;
    if (pthread_mutex_trylock(mutex) == 0)
        return 0;
    int error = decode_deadline(deadline, &until);
    return error != 0 ? error : lock_until(mutex, until);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (mutex->type != PTHREAD_MUTEX_NORMAL) {
        if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != thread_self())
            return EPERM;
        if (--mutex->depth > 0)
            return 0;
        __atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELAXED);
    }
    lock_release(lock_of(mutex));
    return 0;
}

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
    *attributes = (pthread_mutexattr_t){.type = PTHREAD_MUTEX_DEFAULT};
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attributes->type = type;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *attributes, int *type)
{
    *type = attributes->type;
    return 0;
}

/* ---------------------------------------------------------------- condition variables */

int pthread_cond_init(pthread_cond_t *condition, const void *attributes)
{
    if (attributes != NULL)
        return EINVAL;
    *condition = (pthread_cond_t){0, 0};
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    return condition->waiting != 0 ? EBUSY : 0;
}

/* A signal changes the sequence: who read the old number before it released the mutex is woken, or
   does not fall asleep. */
static int wait_until(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t deadline)
{
    uint32_t sequence = __atomic_load_n(&condition->sequence, __ATOMIC_ACQUIRE);
    __atomic_add_fetch(&condition->waiting, 1, __ATOMIC_RELAXED);
    int error = pthread_mutex_unlock(mutex);
    if (error == 0) {
        int waited = address_wait(&condition->sequence, sequence, deadline);
        error = pthread_mutex_lock(mutex);
        if (error == 0 && waited == ETIMEDOUT)
            error = ETIMEDOUT;
    }
    __atomic_sub_fetch(&condition->waiting, 1, __ATOMIC_RELAXED);
    return error;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    return wait_until(condition, mutex, 0);
}

int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *deadline)
{
    uint64_t until;
    int error = decode_deadline(deadline, &until);
    return error != 0 ? error : wait_until(condition, mutex, until);
}

static int wake(pthread_cond_t *condition, uint32_t count)
{
    __atomic_add_fetch(&condition->sequence, 1, __ATOMIC_RELEASE);
    if (__atomic_load_n(&condition->waiting, __ATOMIC_RELAXED) != 0)
        address_wake(&condition->sequence, count);
    return 0;
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    return wake(condition, 1);
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    return wake(condition, WAKE_ALL);
}

/* ---------------------------------------------------------------- barriers, once */

int pthread_barrier_init(pthread_barrier_t *barrier, const void *attributes, unsigned count)
{
    if (count == 0 || attributes != NULL)
        return EINVAL;
    *barrier = (pthread_barrier_t){.count = count};
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    return barrier->waiting != 0 ? EBUSY : 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    pthread_mutex_lock(&barrier->mutex);
    unsigned round = barrier->round;
    bool last = ++barrier->waiting == barrier->count;
    if (last) {
        barrier->waiting = 0;
        barrier->round++;
        pthread_cond_broadcast(&barrier->all_there);
    }
    while (barrier->round == round)
        pthread_cond_wait(&barrier->all_there, &barrier->mutex);
    pthread_mutex_unlock(&barrier->mutex);
    return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

int pthread_once(pthread_once_t *once, void (*routine)(void))
{
    enum { NEW = 0, RUNNING = 1, DONE = 2 };
    for (;;) {
        uint32_t state = NEW;
        if (__atomic_compare_exchange_n(once, &state, RUNNING, false, __ATOMIC_ACQUIRE,
                                        __ATOMIC_ACQUIRE)) {
            routine();
            __atomic_store_n(once, DONE, __ATOMIC_RELEASE);
            address_wake(once, WAKE_ALL);
            return 0;
        }
        if (state == DONE)
            return 0;
        address_wait(once, RUNNING, 0);
    }
}

/* ---------------------------------------------------------------- attributes of threads */

int pthread_attr_init(pthread_attr_t *attributes)
{
    *attributes = (pthread_attr_t){1u << 20, PAGE_SIZE, PTHREAD_CREATE_JOINABLE};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attributes->detached = state;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
    *state = attributes->detached;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t bytes)
{
    if (bytes < PTHREAD_STACK_MIN || bytes > PTRDIFF_MAX / 2)
        return EINVAL;
    attributes->stack_bytes = bytes;
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *attributes, size_t *bytes)
{
    *bytes = attributes->stack_bytes;
    return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t bytes)
{
    if (bytes > PTRDIFF_MAX / 2)
        return EINVAL;
    attributes->guard_bytes = bytes;
    return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *attributes, size_t *bytes)
{
    *bytes = attributes->guard_bytes;
    return 0;
}
