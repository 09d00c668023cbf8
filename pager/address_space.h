/*
 * An address space as the pager sees it: a region tree, the kernel task with its page
 * tables, a group, descriptors, and the requests under way.
 */
#pragma once

#include "page_list.h"
#include "region_tree.h"
#include "request.h"
#include <quire/list.h>
#include <quire/pager_protocol.h>
#include <quire/statistics.h>

struct group;
struct region;
struct descriptor_table;
struct file_object;

/* Why the pager stopped a program, until init has asked for it (death.c). */
struct death_record {
    struct address_space *next;
    uint64_t address, ip;
    enum death_reason reason;
    bool dead, queued;
};

struct address_space {
    uint32_t id;              /* never reused while a mapping names it; 0 is nobody */
    uint32_t task;            /* kernel handles */
    uint32_t thread;          /* the first one */
    struct list_link threads; /* the others (thread.c) */
    uint32_t thread_count;    /* how many others */
    uint64_t last_thread;     /* the last id that was given out */
    bool first_thread_ended;
    struct wait_queue thread_ended; /* woken when any thread ends */
    struct list_link address_waits; /* of struct address_wait (address_wait.c) */
    uint64_t root_table;            /* physical address of the page-table root */
    uint64_t object_frames[3];
    struct group *group;
    struct region_tree regions;
    uint64_t region_count;
    struct descriptor_table *descriptors;
    struct file_object *executable; /* not writable while this runs */
    uint32_t requests;              /* requests under way: destruction waits for 0 */
    struct request *parked;         /* those of them that have to wait */
    struct wait_queue idle;         /* woken when requests reaches 0 */
    struct death_record death;
    bool dying;
    bool resetting; /* exec: its threads stand still, their requests end without a reply */
    bool is_init;
    bool wired;                    /* servers: regions are wired ranges */
    uint64_t heap_start, heap_end; /* 0 until the first segment is mapped; heap_end is byte-exact */
    uint64_t locked_pages;         /* pinned by PAGER_LOCK */
    struct page_list tables;       /* donated table frames, private to page_table.c */
    uint64_t large_pages;          /* mapped now (large_page.c) */
    uint32_t large_deposit; /* frame number of the first table kept for splitting one, 0: none */
    struct address_space *next, *previous; /* all spaces */
};

/* Creates the task, its first thread (stopped) and an empty tree. -ENOMEM, nothing left behind. */
struct address_space *address_space_create(struct group *group, int32_t *error);
/* Undoes every region (dirty file pages stay in the page cache, dirty), frees anonymous memory,
   destroys the task. requests must be 0. Bounded by what is resident. */
void address_space_destroy(struct address_space *space);
/* One more thread of the task, stopped, in a donated frame. Its handle, or a kernel error. */
int64_t address_space_make_thread(struct address_space *space, uint64_t frame);
void address_space_reset(struct address_space *space); /* exec: all regions */
/* A copy of our handle in the receiver's table, which grows when it is full: its number there, or a
   negative error. */
int64_t address_space_give_handle(struct address_space *receiver, uint32_t handle);
/* sys_object_create(), and a copy with a badge of an endpoint's handle, to send: handles of the pager's
   own, whose table grows when it is full. */
int64_t handle_make_object(const struct object_create *create);
int64_t handle_make_badged(uint32_t endpoint, uint64_t badge);
struct address_space *address_space_first(void);        /* then ->next */
struct address_space *address_space_by_id(uint32_t id); /* O(1) */
/* Anonymous pages of the space, resident or swapped: what the out-of-swap rule compares. O(regions). */
uint64_t address_space_anonymous_pages(const struct address_space *space);
/* Fills file_objects, address_spaces, regions and anonymous_entries. */
void address_space_statistics(struct system_statistics *statistics);
struct address_space *address_space_of_badge(uint64_t badge);
/* Copies parent's regions into an empty child, copy-on-write. -ENOMEM: child is empty again. */
int32_t address_space_fork(struct address_space *parent, struct address_space *child);

/* mapping_add() of a page that is mapped nowhere. */
static inline void mapping_add_first(struct page *page, const struct address_space *space,
                                     uint64_t address)
{
    page->mapping_space = space->id;
    page->mapping_page = (uint32_t)(address >> PAGE_SHIFT) & ((1u << 28) - 1);
}

/* ---- regions, as calls use them (memory_calls.c, segments.c) */
int32_t region_map_segment(struct address_space *space, uint64_t address, uint64_t length,
                           uint32_t protection, struct file_object *file, uint64_t offset,
                           uint64_t file_bytes);
int32_t region_map_stack(struct address_space *space, uint64_t top, uint64_t limit_bytes);
/* A wired range of a server (init's memory), so that user_copy works on it. */
int32_t region_map_wired(struct address_space *space, uint64_t address, uint64_t length,
                         uint64_t physical, uint32_t protection);
/* A read-only page every program sees (statistics). */
int32_t region_map_statistics(struct address_space *space);

/* ---- request steps, for the dispatcher's table */
enum request_status fault_step(struct request *request);      /* MESSAGE_FAULT */
enum request_status memory_map_step(struct request *request); /* PAGER_MAP ... one a call */
enum request_status memory_unmap_step(struct request *request);
enum request_status memory_unmap_whole_step(struct request *request);
enum request_status memory_protect_step(struct request *request);
enum request_status memory_advise_step(struct request *request);
enum request_status memory_sync_step(struct request *request);
enum request_status memory_resident_step(struct request *request);
enum request_status memory_lock_step(struct request *request);
enum request_status memory_unlock_step(struct request *request);
enum request_status memory_remap_step(struct request *request);
enum request_status memory_break_step(struct request *request);
enum request_status memory_physical_step(struct request *request);

/*
 * User memory. COPY_DONE; COPY_PARKED: the request's waiter is queued, return REQUEST_PARKED and call
 * again with the same arguments (progress counts the bytes done, start it at 0); COPY_FAULT: a bad
 * address (-EFAULT or death by PAGER_STRICT_POINTERS is the caller's choice: user_fault_result()).
 * `stack_pointer` (0: none) lets a copy grow the stack as an access of the program would.
 */
enum copy_status { COPY_DONE, COPY_PARKED, COPY_FAULT };
enum copy_status user_copy_in(struct request *request, struct address_space *space,
                              uint64_t address, void *to, uint64_t length, uint64_t *progress);
enum copy_status user_copy_out(struct request *request, struct address_space *space,
                               uint64_t address, const void *from, uint64_t length,
                               uint64_t stack_pointer, uint64_t *progress);
/* One page: makes it resident and pins it; write: also private and dirty. For read and write calls, which
   copy between two pinned pages. *page stays pinned until page_unpin. */
enum copy_status user_page_pin(struct request *request, struct address_space *space,
                               uint64_t address, bool write, uint64_t stack_pointer,
                               struct page **page);
/* Sets result -EFAULT, or kills the caller when the request has PAGER_STRICT_POINTERS. */
enum request_status user_fault_result(struct request *request, uint64_t address);
