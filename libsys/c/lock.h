/*
 * What every lock of the library is: a word that is taken without a system call when it is free, and
 * that a thread sleeps on when it is not. Nobody spins.
 *
 *      0 free --take--> 1 taken --somebody waits--> 2 taken, wake one at the release
 */
#pragma once

#include <stdint.h>

struct lock {
    uint32_t state;
};

void lock_take(struct lock *lock);
void lock_release(struct lock *lock);
/* Until the absolute time in nanoseconds, 0: without limit. 0 or ETIMEDOUT. */
int lock_take_until(struct lock *lock, uint64_t deadline);

/*
 * Sleeps while *address is `value`; 0, EAGAIN when it is another value, ETIMEDOUT. May return 0 though
 * nobody woke it: look again.
 */
int address_wait(const uint32_t *address, uint32_t value, uint64_t deadline);
/* Wakes up to `count` that sleep at the address. */
void address_wake(const uint32_t *address, uint32_t count);
#define WAKE_ALL UINT32_MAX
