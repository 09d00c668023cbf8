/*
 * Pages of files. Private to the memory core; others use file_page_get().
 *
 * What the page index holds for a page, told apart by low bits that a descriptor's address leaves free:
 *
 *      page descriptor | INDEX_HOLE?           READING or RESIDENT
 *      cookie << 32 | eviction clock << 1 | 1  evicted, remembered for the policy
 *      nothing                                 never here, or forgotten
 *
 * INDEX_HOLE: the disk has no block for the page, or not for all of it. Before a mapping may write to
 * such a page its space is reserved, so that the write-back cannot fail for lack of it.
 */
#pragma once

#include "file_object.h"
#include "memory.h"

#define INDEX_EVICTED 1ull
#define INDEX_HOLE 2ull
#define INDEX_FLAGS 31ull /* a descriptor is half a cache line */
_Static_assert(sizeof(struct page) > INDEX_FLAGS, "descriptors leave room for the index's flags");

static inline struct page *index_page(void *entry)
{
    uint64_t word = (uint64_t)(uintptr_t)entry;
    return word & INDEX_EVICTED ? NULL : (struct page *)(uintptr_t)(word & ~INDEX_FLAGS);
}
static inline void *index_entry(struct page *page, uint64_t flags)
{
    return (void *)((uintptr_t)page | (uintptr_t)flags);
}
static inline uint64_t file_pages(const struct file_object *file)
{
    return (file->size + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

struct file_page_request {
    struct group *group;
    struct waiter *waiter;
    struct policy_insert_info info;
    uint64_t ahead_last;     /* read ahead no farther than this page index */
    bool extend;             /* a page past the end is made, of zeros */
    bool overwrite;          /* the old contents do not matter */
    bool read_begun, joined; /* out: why it parked */
};

/* The resident page, not pinned; *status 1. NULL: *status 0, parked, or a negative errno (-ENXIO: past the end). */
struct page *file_page_find(struct file_object *file, uint64_t index,
                            struct file_page_request *request, int32_t *status);
/* Begins reads of up to `count` absent pages from `first` on; stops where frames are short. */
void file_read_ahead(struct file_object *file, uint64_t first, uint64_t last, uint64_t count,
                     const struct file_page_request *request);
/* 1: a mapping may write to the page now; 0: parked; negative errno (-ENOSPC). */
int32_t file_page_allow_write(struct file_object *file, struct page *page, struct waiter *waiter);
/* Takes the page, unmapped and not READING, out of the cache. */
void file_page_remove(struct page *page, enum policy_remove_why why);
/* Zeroes from byte `from` of the page on. */
void page_zero_from(struct page *page, uint64_t from);

/* ---- requests to the fs-server about one page (file_io.c) */
struct file_io {
    struct fs_call call;
    struct file_object *file;
    struct page *page;
    void (*done)(struct page *page, int32_t result); /* FS_WRITE_PAGE */
    struct policy_insert_info info;                  /* FS_READ_PAGE */
    enum policy_insert_why why;
    struct wait_queue waiters; /* FS_RESERVE */
    uint64_t index;
};
struct file_io *file_io_begin(struct file_object *file, uint32_t operation,
                              uint64_t index); /* NULL: no memory */
void file_io_end(struct file_io *io);          /* the object may go now */

/* ---- file_object.c */
/* The object goes if nothing keeps it: references, pages, requests. */
void file_object_check(struct file_object *file);
