/* Locks: see lock.h. */
#include "lock.h"
#include "calls.h"

#include <stdbool.h>

enum { FREE = 0, TAKEN = 1, AWAITED = 2 };

int address_wait(const uint32_t *address, uint32_t value, uint64_t deadline)
{
    return -server_call(PAGER_HANDLE, PAGER_WAIT_ADDRESS, (uintptr_t)address, value, deadline, 0, 0,
                        0)
                .result;
}

void address_wake(const uint32_t *address, uint32_t count)
{
    server_call(PAGER_HANDLE, PAGER_WAKE_ADDRESS, (uintptr_t)address, count, 0, 0, 0, 0);
}

int lock_take_until(struct lock *lock, uint64_t deadline)
{
    uint32_t expected = FREE;
    if (__atomic_compare_exchange_n(&lock->state, &expected, TAKEN, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
        return 0;
    /* Who has slept takes it as awaited: there may be others who still sleep. */
    while (__atomic_exchange_n(&lock->state, AWAITED, __ATOMIC_ACQUIRE) != FREE)
        if (address_wait(&lock->state, AWAITED, deadline) == ETIMEDOUT)
            return ETIMEDOUT;
    return 0;
}

void lock_take(struct lock *lock)
{
    lock_take_until(lock, 0);
}

void lock_release(struct lock *lock)
{
    if (__atomic_exchange_n(&lock->state, FREE, __ATOMIC_RELEASE) == AWAITED)
        address_wake(&lock->state, 1);
}
