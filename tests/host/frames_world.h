/*
 * A small world around the frame half of the pager, for its unit tests: programs with
 * anonymous memory (one struct anonymous a page, no sharing), one file, a swap disk whose
 * requests complete when the test says so. It stands for the memory core (regions, anonymous
 * maps, page cache index), which has tests of its own.
 */
#pragma once

#include "../../pager/address_space.h"
#include "../../pager/eviction.h"
#include "../../pager/file_object.h"
#include "../../pager/frame_pool.h"
#include "../../pager/group.h"
#include "../../pager/memory.h"
#include "fake_kernel.h"
#include "fake_services.h"

#define WORLD_PAGES 4096 /* of a program, and of the file */

struct anonymous {
    struct page *page;
    uint32_t slot, cookie;
    uint64_t evicted_at;
    uint64_t index;
    bool evicted;
};

struct program {
    struct address_space space;
    struct anonymous pages[WORLD_PAGES];
};

struct disk {
    struct block_device device;
    uint8_t *bytes;
    struct block_request *first, *last;
    bool hold; /* complete nothing */
    bool fail_writes;
    uint64_t requests, segments;
};

extern struct disk world_disk;
extern struct file_object world_file;
extern bool world_hold_file_writes;
extern uint64_t world_file_writes;
extern uint32_t world_file_order[WORLD_PAGES]; /* indexes in the order they were written */

/* limit_frames: swap slots, header included; 0: no swap. */
void world_begin(uint64_t ram_bytes, uint64_t swap_slots);
void world_end(void);
struct program *program_begin(struct group *group);
void program_end(struct program *program);
static inline uint64_t address_of(uint64_t index)
{
    return 0x10000000ull + index * PAGE_SIZE;
}

/* One access as the program would make it, faults and waiting included; true: it faulted. Reads
   nothing and writes nothing but the Accessed and Dirty bits. false in *alive: it was killed. */
bool program_access(struct program *program, uint64_t index, bool write);
/* The page's contents, resident now. */
uint64_t *program_memory(struct program *program, uint64_t index);
/* Runs the event loop's part until nothing moves. */
void world_settle(void);
void disk_complete(void);
void file_complete(void);
/* A resident file page. */
struct page *file_page_make(uint64_t index, struct group *group);
/* Every count of frames and pages agrees with a walk over all descriptors. */
void world_check(void);
