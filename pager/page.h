/*
 * The page descriptor: what the pager knows of each physical frame. 64 bytes, one cache
 * line, in an array indexed by frame number (page_of_frame(), frame_of_page()).
 *
 *      FREE ---allocate---> READING --read done--> RESIDENT --evict/free--> FREE
 *                 |                                  ^   |
 *                 +------- zero fill, copy ----------+   | PAGE_WRITING set while a write
 *                                                        v of it is in flight
 *      FREE ---> WIRED (servers, metadata) ---> FREE
 *      FREE ---> DONATION ---> TABLE, OBJECT (the kernel's) ---> DONATION
 *      RESIDENT, released while PAGE_WRITING ---> DRAINING ---write done---> FREE
 *
 * Invariants: a RESIDENT page has an owner that points back to it, is charged to exactly one
 * group and is in exactly that group's policy; a READING page has an owner and a group but is
 * in no policy and mapped nowhere; PAGE_WRITING pages may be mapped (read-only until touched).
 */
#pragma once

#include "policy/policy.h"
#include <stdbool.h>
#include <stdint.h>

struct anonymous;
struct file_object;
struct page_io;

enum page_state {
    PAGE_STATE_RESERVED = 0,
    PAGE_STATE_FREE,
    PAGE_STATE_WIRED,
    PAGE_STATE_TABLE,
    PAGE_STATE_OBJECT,
    PAGE_STATE_READING,
    PAGE_STATE_RESIDENT,
    PAGE_STATE_DONATION, /* the kernel may have it: the window shows it read-only or not at all */
    PAGE_STATE_DRAINING, /* its owner is gone, a write of it is still in flight */
    PAGE_STATES
};

#define PAGE_IS_FILE 1u     /* owner.file is valid, else owner.anonymous */
#define PAGE_IS_DIRTY 2u    /* must be written before it may go (hardware Dirty bits come on top) */
#define PAGE_WRITING 4u     /* a write is in flight: io is valid */
#define PAGE_EVICT_AFTER 8u /* being cleaned for eviction: goes at completion unless rescued */
#define PAGE_READAHEAD 16u  /* read ahead and not yet touched */
#define PAGE_IS_TEXT 32u    /* mapped executable */
#define PAGE_NAMED 64u      /* named as a victim in the current round */
#define PAGE_NEW \
    128u /* its Accessed bit says nothing: still that of the insert, or a clear is posted */

struct page {
    struct policy_page policy; /* first: a policy_page pointer is a page pointer */
    union {
        struct anonymous *anonymous;
        struct file_object *file;
        struct address_space *space; /* TABLE: whose page table it is; NULL: the pager's own */
        struct slab *slab;           /* WIRED: metadata objects of this slab */
    } owner;
    uint32_t index; /* page index in the file */
    uint16_t group;
    uint8_t state;
    uint8_t flags;
    uint32_t mapping_space; /* first mapping: address-space id (0: none) and virtual page number */
    uint32_t mapping_page : 28;
    uint32_t mapping_more_high : 4; /* further mappings: address of the record / 16, 0: none */
    uint32_t mapping_more;
    uint32_t pins : 24;  /* operations that use the contents now: not to be evicted */
    uint32_t advice : 8; /* MADV_* of the region that brought it in */
    union {
        struct page_io *io;   /* READING or PAGE_WRITING */
        uint64_t inserted_at; /* group's virtual time, else */
    };
};
_Static_assert(sizeof(struct page) == 64, "a page descriptor is one cache line");

/* The read-write window: all of RAM at RAM_WINDOW + physical address. */
#define RAM_WINDOW 0x0000600000000000ull
#define PAGE_ARRAY 0x0000500000000000ull

#ifdef QUIRE_HOST
extern struct page *host_page_array;
extern uint8_t *host_ram;
#define PAGES host_page_array
static inline void *window(uint64_t physical)
{
    return host_ram + physical;
}
#else
#define PAGES ((struct page *)PAGE_ARRAY)
static inline void *window(uint64_t physical)
{
    return (void *)(RAM_WINDOW + physical);
}
#endif

static inline uint64_t page_frame(const struct page *page)
{
    return (uint64_t)(page - PAGES);
}
static inline uint64_t page_physical(const struct page *page)
{
    return page_frame(page) << 12;
}
static inline struct page *page_of_physical(uint64_t physical)
{
    return &PAGES[physical >> 12];
}
static inline void *page_contents(const struct page *page)
{
    return window(page_physical(page));
}
