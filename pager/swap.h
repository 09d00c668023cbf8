/*
 * Swap: the map of slots and the transfers. Private to swap and eviction.
 */
#pragma once

#include "memory.h"
#include <quire/block_device.h>

/* ---- swap_map.c */
/* A map of `slots` slots, of which slot 0 is never used. false: no memory for it. */
bool swap_map_create(uint64_t slots);
void swap_map_destroy(void);
/*
 * Reserves up to `count` consecutive slots. Returns how many it got; 0 means that swap is full, and
 * then *first is untouched. O(1) while clusters are empty, else O(clusters).
 */
uint32_t swap_reserve_run(uint32_t count, uint32_t *first);
/* Ends the use of a slot that no transfer touches. */
void swap_map_free(uint32_t slot);
uint64_t swap_slots_total(void);
uint64_t swap_slots_free(void);

/* ---- swap_io.c */
void swap_statistics_fill(struct system_statistics *statistics);
struct block_activity swap_activity(void);
