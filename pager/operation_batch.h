/*
 * Batches of page operations, and what eviction and the reverse map add to them. Private to
 * frames; the public part is in memory.h.
 */
#pragma once

#include "memory.h"

/* Makes `batch` empty and of that kind. */
void operation_batch_start(struct operation_batch *batch, int kind,
                           void (*done)(const struct page_operation *, struct page *, void *),
                           void *context);
/* One operation for each mapping of the page. */
void mapping_batch_add(struct operation_batch *batch, struct page *page, uint64_t bits);
/* A batch of unmaps that folds Dirty bits into PAGE_IS_DIRTY. */
void unmap_pages_begin(struct operation_batch *batch);
/* Drops the records, the hardware entries being gone. */
void mapping_forget_all(struct page *page);
extern struct slab mapping_slab;

/* page_table.c: links and unlinks table frames of a space. */
void page_table_attach(struct address_space *space, uint64_t physical);
void page_table_reclaimed(uint64_t physical);
/* How many tables are missing on the way to the address: 0 to 3. */
uint32_t page_table_missing(const struct address_space *space, uint64_t address);
