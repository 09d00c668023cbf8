/*
 * What the pager knows of each physical frame: 56 bytes, in three arrays indexed by frame number.
 *
 *      PAGES          32 bytes   struct page, the descriptor: half a cache line
 *      page_time()     8 bytes   when it came, or its read or write in flight
 *      page_policy()  16 bytes   struct policy_page: links and notes of the group's policy
 *
 * The last is an array of its own because policies write it: the pager trusts nothing in it and
 * needs nothing of it. The three lie at addresses that are one another's halves and quarters, as
 * their elements are, so that one shift leads from one to the other.
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
    union {
        struct anonymous *anonymous;
        struct file_object *file;
        struct address_space *space; /* TABLE: whose page table it is; NULL: the pager's own */
        struct slab *slab;           /* WIRED: metadata objects of this slab */
    } owner;
    union {
        uint32_t index;     /* page index in the file */
        uint32_t slab_room; /* of a slab's frame: see slab.c */
    };
    uint16_t group;
    uint8_t state;
    uint8_t flags;
    union {
        struct {
            /* first mapping: address-space id (0: none) and virtual page number */
            uint32_t mapping_space;
            uint32_t mapping_page : 28;
            uint32_t mapping_more_high : 4; /* further ones: address of the record / 16, 0: none */
            uint32_t mapping_more;
        };
        struct { /* READING: what its policy will be told; to be zeroed before it is mapped */
            uint32_t not_mapped;
            uint32_t read_region;
            uint32_t read_advice;
        };
        struct { /* neither: page_list.h */
            uint32_t next_frame, previous_frame;
            uint32_t slab_objects; /* of a slab's frame: in use */
        };
    };
    uint32_t pins : 24;  /* operations that use the contents now: not to be evicted */
    uint32_t advice : 8; /* MADV_* of the region that brought it in */
};
_Static_assert(sizeof(struct page) == 32, "two page descriptors are one cache line");

union page_time {
    struct page_io *io;   /* READING or PAGE_WRITING */
    uint64_t inserted_at; /* group's virtual time, else */
};

/* The read-write window: all of RAM at RAM_WINDOW + physical address. */
#define RAM_WINDOW 0x0000600000000000ull
#define PAGE_ARRAY 0x0000500000000000ull
#define POLICY_PAGE_ARRAY (PAGE_ARRAY / 2)
#define PAGE_TIME_ARRAY (PAGE_ARRAY / 4)
_Static_assert(sizeof(struct policy_page) == sizeof(struct page) / 2 &&
                   sizeof(union page_time) == sizeof(struct page) / 4,
               "page_policy(), page_time()");

#ifdef QUIRE_HOST
extern struct page *host_page_array;
extern union page_time *host_page_times;
extern struct policy_page *host_policy_pages;
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

#ifdef QUIRE_HOST
static inline struct policy_page *page_policy(const struct page *page)
{
    return &host_policy_pages[page_frame(page)];
}
static inline union page_time *page_time(const struct page *page)
{
    return &host_page_times[page_frame(page)];
}
/* Of a pointer from a policy, which may be anything: so may be the answer. */
static inline struct page *page_of_policy(const struct policy_page *policy_page)
{
    return (struct page *)((uintptr_t)PAGES +
                           ((uintptr_t)policy_page - (uintptr_t)host_policy_pages) * 2);
}
#else
static inline struct policy_page *page_policy(const struct page *page)
{
    return (struct policy_page *)((uintptr_t)page / 2);
}
static inline union page_time *page_time(const struct page *page)
{
    return (union page_time *)((uintptr_t)page / 4);
}
/* Of a pointer from a policy, which may be anything: so may be the answer. */
static inline struct page *page_of_policy(const struct policy_page *policy_page)
{
    return (struct page *)((uintptr_t)policy_page * 2);
}
#endif

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
