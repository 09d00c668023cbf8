/*
 * Frames, groups, mappings, eviction and swap, as the rest of the pager uses them.
 * Implemented in frame_pool.c, donation.c, group.c, mapping.c, page_table.c, eviction.c,
 * swap_map.c, swap_io.c, writeback.c, slab.c.
 */
#pragma once

#include "page_list.h"
#include "wait.h"
#include <quire/abi.h>
#include <quire/boot_information.h>
#include <quire/pager_protocol.h>
#include <quire/statistics.h>

struct group;
struct address_space;

/* ---------------------------------------------------------------- metadata memory */

/* Objects of one size in wired frames. slab_allocate returns zeroed memory, or NULL when not
   even the reserve has a frame. O(1). Empty frames go back to the pool. */
struct slab {
    uint32_t object_bytes;
    uint32_t in_use;
    struct page_list partial; /* private: frames with room */
};
#define SLAB_INITIALIZER(type)       \
    {                                \
        .object_bytes = sizeof(type) \
    }
void *slab_allocate(struct slab *slab);
void slab_free(struct slab *slab, void *object);

/* Contiguous wired frames in the window, zeroed; 0 when there is no such run. Boot and rare use. */
uint64_t frames_allocate_wired(uint64_t count, uint64_t align_bytes);
void frames_free_wired(uint64_t physical, uint64_t count);

/* Frames that the kernel gets: from blocks whose window mapping is read-only. 0: none. */
uint64_t donation_take(enum page_state state); /* PAGE_STATE_TABLE or PAGE_STATE_OBJECT */
void donation_return(uint64_t physical);

/*
 * Maps all RAM at RAM_WINDOW, builds the page array, fills the pool. Frames of modules are WIRED and stay
 * so until frames_free_wired(). Needs no option; dies with a message when there is too little memory.
 */
void memory_boot(const struct boot_information *information);
/* Maps the window read-write into a server's task too (a RAM-disk driver copies to frames), at the same
   addresses, and keeps it in step when blocks are split for donations. 0 or -ENOMEM. */
int32_t window_share(uint32_t task);

/* ---------------------------------------------------------------- pages */

/*
 * A frame for `group`, state READING, pinned once, uninitialised, owner unset. When the group
 * is at its limit or the pool is low, eviction starts and NULL is returned with the waiter
 * queued (waiter NULL: just NULL). Never fails for good but by *error: -ENOMEM when the
 * out-of-swap rule finds that nothing can ever be evicted.
 */
struct page *page_allocate(struct group *group, struct waiter *waiter, int32_t *error);
/* Whether a block of 2 MiB is free and within the group's limit, without evicting for it; and its
   BLOCK_FRAMES pages, the first one, as page_allocate() makes them. NULL: there is none. */
bool page_block_available(const struct group *group);
struct page *page_allocate_block(struct group *group);
/* Into the policy: the page is RESIDENT from now on. Owner, flags and contents are set. Unpins.
   The access that brought it in is not reported as a reference. Wakes the page's waiters.
   For POLICY_REFAULT the owner fills info->refault_distance (group_eviction_clock()) and cookie. */
void page_insert(struct page *page, enum policy_insert_why why,
                 const struct policy_insert_info *info);
/* All of a block, each as page_insert() does; `touched` is the one that the access is about. */
void page_insert_block(struct page *first, struct page *touched,
                       const struct policy_insert_info *info);
/* Out of the policy and free (unmapped already, pins 0). While a write of it is in flight the frame
   stays, DRAINING, until the device is done; the owner may forget it at once. */
void page_release(struct page *page, enum policy_remove_why why);
/* A READING page whose read failed or was cancelled: back to the pool; waiters get the error. */
void page_abort(struct page *page, int32_t error);
void page_reference(struct page *page, enum policy_channel channel);
static inline void page_pin(struct page *page)
{
    page->pins++;
}
void page_unpin(struct page *page);
/* Links the waiter until the page's read or write in flight ends. */
void page_wait(struct page *page, struct waiter *waiter);
/* Wakes everybody who waits for a frame in the group, to look again: after a death. */
void page_waiters_wake(struct group *group);
/* The waiter leaves its queue, be it for a frame or for anything else. False: it is in none. */
bool page_waiter_leave(struct waiter *waiter);
/* Starts in-flight state (READING pages; PAGE_WRITING); NULL: no memory for the record. */
struct page_io *page_io_begin(struct page *page);
void page_io_end(struct page *page, int32_t result); /* wakes; for writes handles EVICT_AFTER */

/* ---------------------------------------------------------------- mappings (reverse map) */

/* The hardware entry was or will be installed by the caller (fault reply or batch). false: no memory. */
bool mapping_add(struct page *page, struct address_space *space, uint64_t address);
void mapping_remove(struct page *page, struct address_space *space, uint64_t address);
uint32_t mapping_count(const struct page *page);
/* Calls visit for each mapping; visit must not change the list. */
void mapping_each(struct page *page,
                  void (*visit)(struct address_space *, uint64_t address, void *), void *context);
/* Unmaps the page wherever it is mapped, in as few kernel calls as possible, and folds the
   Dirty bits into PAGE_IS_DIRTY. Returns true if one of the Accessed bits was set. */
bool page_unmap_all(struct page *page);
/* Takes write permission and Dirty from every mapping (before a write to disk, or copy-on-write). */
void page_write_protect_all(struct page *page);

/* ---------------------------------------------------------------- page tables and batches */

/* What the hardware entry at `address` holds now, as a page descriptor of abi.h; 0: none. Read through
   the window: a hint for Accessed and Dirty, exact for the frame. In a large page: PAGE_LARGE, and the
   frame of the small page at the address. */
uint64_t page_table_entry(const struct address_space *space, uint64_t address);
/* Fills tables[3] with donated frames for the levels missing on the way to `address`, lowest first.
   false: no memory, or a large page is there, nothing taken. They belong to the space from then on. */
bool page_table_supply(struct address_space *space, uint64_t address, uint64_t tables[3]);
/* The first present entry at or after *address and below `end`: returns its page descriptor and moves
   *address to it; 0: none. Skips missing tables, so that it costs what is mapped, not the range. */
uint64_t page_table_next(const struct address_space *space, uint64_t *address, uint64_t end);
/* Gives back the table frames of a space whose task is destroyed. */
void page_tables_release(struct address_space *space);

/* Collects page operations and submits PAGE_BATCH_MAX at a time with one flush. */
struct operation_batch {
    enum { BATCH_MAP, BATCH_UNMAP, BATCH_PROTECT } kind;
    uint32_t count;
    void (*done)(const struct page_operation *operation, struct page *page, void *context);
    void *context;
    struct page_operation operations[PAGE_BATCH_MAX];
    struct page *pages[PAGE_BATCH_MAX];
};
struct operation_batch *operation_batch_begin(int kind); /* a static one a kind; not nested */
void operation_batch_add(struct operation_batch *batch, struct address_space *space,
                         uint64_t address, uint64_t page_bits, struct page *page);
/* On a whole large page: `done` gets no page, and the address and old entry of the large one. */
void operation_batch_add_large(struct operation_batch *batch, struct address_space *space,
                               uint64_t address, uint64_t page_bits);
void operation_batch_submit(
    struct operation_batch *batch); /* at the end; add() submits when full */

/* ---------------------------------------------------------------- advice */

/* <sys/mman.h>: Linux's values, and two of our own. */
enum advice {
    ADVICE_NORMAL = 0,
    ADVICE_RANDOM = 1,
    ADVICE_SEQUENTIAL = 2,
    ADVICE_WILL_NEED = 3,
    ADVICE_DONT_NEED = 4,
    ADVICE_FREE = 8,
    ADVICE_HUGE_PAGE = 14,
    ADVICE_NO_HUGE_PAGE = 15,
    ADVICE_POPULATE_READ = 22,
    ADVICE_POPULATE_WRITE = 23,
    ADVICE_FAULT_AROUND = 0x5101,
    ADVICE_NO_FAULT_AROUND = 0x5102,
};

/* ---------------------------------------------------------------- groups */

extern struct slab group_slab;
struct group *group_create(uint64_t minimum, uint64_t limit, const char *policy, int32_t *error);
int32_t group_destroy(struct group *group); /* -EBUSY while address spaces are in it */
struct group *group_by_id(uint32_t id);     /* 0: the root group; NULL: none */
uint32_t group_id(const struct group *group);
int32_t group_set_limit(struct group *group, uint64_t minimum, uint64_t limit);
int32_t group_set_policy(struct group *group, const char *text, size_t length);
/* Pages. GROUP_FAULT_AROUND: rounded down to a power of two, at most FAULT_AROUND_MAX. -EINVAL: no such option. */
int32_t group_set_option(struct group *group, uint32_t option, uint64_t value);
#define FAULT_AROUND_USUAL 16 /* where only a region asks for it */
#define FAULT_AROUND_MAX 512  /* a window lies under one page table */
uint64_t group_option(const struct group *group, enum group_option option);
/* The group's eviction clock: evictions so far. anonymous_evicted and file_evicted are told its value;
   a refault's distance is the clock now less that value (0 when the group is another one). */
uint64_t group_eviction_clock(const struct group *group);
/* Where the policy suggests to read ahead after a fault: index offsets relative to the page's. 0: nowhere. */
size_t group_prefetch(struct group *group, struct page *page, int64_t *index_offsets, size_t max);
void group_add_space(struct group *group);
void group_remove_space(struct group *group);
struct group_statistics *group_counters(struct group *group);
void system_statistics_fill(struct system_statistics *statistics); /* frames, swap, groups part */

/* ---------------------------------------------------------------- swap */

/* Opens the swap disk (or RAM). Total slots 0: no swap. */
struct block_device;
void swap_boot(struct block_device *device, uint64_t slots_first_page, uint64_t slots);
void swap_boot_ram(uint64_t bytes,
                   uint32_t delay_microseconds); /* no disk: swap in wired frames; 0: none */
void swap_interrupt(void);                       /* PAGER_BIT_DISK, and the timer */
/* Starts reading slot into a READING page; page_io_end() is called at completion by `done`. */
void swap_read(uint32_t slot, struct page *page, void (*done)(struct page *page, int32_t result));
/* Reads that begin in between and have consecutive slots become one request. */
void swap_run_begin(void);
void swap_run_end(void);
/* The owner of the slot forgets it, at any time. A slot that is being read or written (its page may be
   DRAINING) is not given out again before that has ended. */
void swap_slot_free(uint32_t slot);

/* ---------------------------------------------------------------- what eviction asks of owners */

/*
 * Implemented in anonymous.c and file_object.c.
 * evicted: the page, unmapped and clean, goes; keep slot (anonymous: already set by the writer),
 * cookie and eviction time (group_eviction_clock) for the next fault.
 * An anonymous page evicted without a slot holds zeros only.
 */
void anonymous_evicted(struct page *page, uint32_t cookie, uint64_t evicted_at);
void file_evicted(struct page *page, uint32_t cookie, uint64_t evicted_at);
/* The slot that a clean copy of the page has, 0: none; and a new one, set before the write starts. */
uint32_t anonymous_slot(const struct page *page);
void anonymous_set_slot(struct page *page, uint32_t slot);
/* Writes a dirty file page to its file: page_io_begin was done, PAGE_IS_DIRTY cleared. done calls
   page_io_end. Failure: the page is dirty again and the file remembers the error for msync and fsync. */
void file_write_page(struct page *page, void (*done)(struct page *page, int32_t result));
uint64_t page_identity(const struct page *page, uint64_t *index, enum policy_kind *kind);

/* Writeback: every dirty page of a file (NULL: of all files), in block order, several in flight.
   The waiter is resumed when all that was dirty at the call is on its way back written. */
void writeback_file(struct file_object *file, uint64_t first, uint64_t last, struct waiter *waiter);
/* file_page_dirty() made a page dirty: arms the background writer. */
extern bool writeback_armed;
void writeback_arm(void);
static inline void writeback_note_dirty(void)
{
    if (!writeback_armed)
        writeback_arm();
}
/*
 * Lazy work, off the fault path: evicting ahead of need, clearing Accessed bits. The event loop calls
 * background_work() before it waits, after its replies if it can (background_needed tells that there is
 * anything to do). Bounded. background_tick() on the timer: old dirty pages; arms timer_wake_at() itself.
 */
extern bool background_needed;
void background_work(void);
void background_tick(void);
