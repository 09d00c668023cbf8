/*
 * A file object: one inode as the page cache knows it. All opens and all mappings of the
 * inode share it, so read, write and every mapping see the same frames.
 *
 * Lives while referenced (descriptors, regions, executables, pages): an unreferenced object with
 * cached pages stays for the next open and goes when its last page is evicted or the cache is
 * dropped. The fs-server's reference is released with it.
 *
 * The page index (a radix tree by page number) holds for each page the resident page, a
 * remembered eviction (cookie and time), or nothing.
 *
 * Invariant: a file page that is mapped writable is PAGE_IS_DIRTY. The first write to a clean
 * page is always a fault, so hardware Dirty bits of file pages tell nothing new, and a writer
 * that clears PAGE_IS_DIRTY takes write permission from every mapping in the same step.
 */
#pragma once

#include "fs_client.h"
#include "page.h"
#include "radix_tree.h"
#include "wait.h"

struct request;
struct group;
struct region;

struct file_object {
    uint32_t inode;
    uint32_t mode;
    uint32_t links;
    uint32_t references;    /* descriptors, regions, executables */
    uint32_t fs_references; /* LOOKUP and CREATE completions to give back */
    uint32_t executing;     /* address spaces that run it: writes give 0 (Pintos) or -ETXTBSY */
    uint64_t size;          /* bytes; authoritative while the object lives */
    uint64_t size_on_disk;  /* what the fs-server knows */
    uint64_t modified_seconds;
    uint64_t resident, dirty; /* pages; PAGE_IS_DIRTY changes only by file_page_dirty and _clean */
    int32_t write_error;      /* a failed write-back, reported once by fsync, msync or close */
    struct region *regions;   /* that map it, for truncation */
    struct radix_tree page_index;
    struct file_object *all_next, *all_previous;
    /* One write call at a time, so that each is whole and appends do not meet (file_write.c). */
    struct wait_queue writers;
    struct request *writer;
    /* Pages [reserved_first, reserved_end) have disk space: writing them back cannot fail for lack
       of it. Forgotten (set to 0, 0) when the file shrinks. */
    uint64_t reserved_first, reserved_end;
    uint32_t in_flight;                /* fs requests that name it: it lives until they end */
    struct size_change *size_changing; /* NULL: none under way (file_size.c) */
    struct wait_queue size_change;     /* woken when it ends, with its result */
    bool shrinking;
    struct fs_call release;
};

/* The object of an inode, created from a completion's attributes if new; takes a reference and the
   completion's fs reference. NULL: no memory (the fs reference is given back). */
struct file_object *file_object_get(const struct fs_completion *attributes);
void file_object_hold(struct file_object *file);
void file_object_drop(struct file_object *file);
/* A name of the inode went (or came): `links` are left. At 0 links an object that nobody references goes at
   once with its pages, unwritten; else with its last reference. No effect on inodes not cached. */
void file_object_links_changed(uint32_t inode, uint32_t links);
/* The resident page at `index`, pinned, read in if need be; *status as in address_space.h's copies:
   1 done, 0 parked (waiter queued, call again), negative errno. A page past the end gives -ENXIO
   unless `extend`. `why`-info for the policy comes from region id (0: a file call). */
struct page *file_page_get(struct file_object *file, uint64_t index, struct group *group,
                           bool extend, bool write, bool overwrite_all, uint32_t region,
                           struct waiter *waiter, int32_t *status);
struct page *file_page_lookup(struct file_object *file, uint64_t index); /* no read, no pin */
/* Sets PAGE_IS_DIRTY (idempotent), so that fsync, the background writer and shutdown find the page. */
void file_page_dirty(struct page *page);
void file_page_clean(struct page *page); /* the writer's: clears it when its write begins */
/* The first resident (or dirty) page at or after *index and not above `last`, *index moved to it; NULL: none.
   Costs what it finds, not the range. */
struct page *file_page_next(struct file_object *file, uint64_t *index, uint64_t last);
struct page *file_page_next_dirty(struct file_object *file, uint64_t *index, uint64_t last);
struct file_object *file_object_first(void);              /* then ->all_next */
struct file_object *file_object_of_inode(uint32_t inode); /* NULL: unknown; takes no reference */
/* An extending write begins: bytes between the old end and `size` read as zeros, whatever a mapping has
   scribbled past the end in the last page. Never waits; the disk learns of it with the page writes. */
void file_grow(struct file_object *file, uint64_t size);
/* Changes the size: pages past a smaller end leave every mapping and the cache, the tail of the last page
   is zeroed. Parks like the rest: 1 done, 0 parked, negative errno. */
int32_t file_set_size(struct file_object *file, uint64_t size, struct request *request);
/* Drops clean unreferenced pages and objects. */
void file_cache_drop(struct waiter *waiter);
void file_object_statistics(uint64_t *objects);
