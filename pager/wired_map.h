/*
 * Mappings of wired memory: of servers and of devices in the pager itself, which stay, and of
 * policies' memory.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Where the pager maps device memory and firmware tables, from here upward. */
#define DEVICE_WINDOW 0x0000610000000000ull

/* Maps [physical, physical + length) at `address` in the task, rights as in a page descriptor. False: no
   table frames, or the kernel refused a frame; nothing is mapped. Addresses are page aligned. */
bool wired_map(uint32_t task, uint64_t address, uint64_t physical, uint64_t length_bytes,
               uint64_t rights);
/* Undoes it; what this empties of the task's tables comes back. */
void wired_unmap(uint32_t task, uint64_t address, uint64_t length_bytes);
/* Maps physical memory of any alignment into the pager. NULL: refused. */
void *device_map(uint64_t physical, uint64_t length_bytes, uint64_t rights);

/* An endpoint, notification, IRQ or port range; they live for ever. Returns the handle, 0: none. */
uint32_t small_object_create(uint32_t type, uint32_t parent, uint64_t argument);
