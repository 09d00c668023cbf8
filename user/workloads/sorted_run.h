/*
 * A sorted run: entries in order of their keys in a file, mapped, written once and then only read.
 *
 *      page 0      head
 *      page 1..    entries, 32 a page
 *      then        fences: the first key of each page of entries
 *      then        a Bloom filter of all keys
 *
 * A lookup reads the filter's bits, searches the fences, then one page of entries.
 */
#pragma once

#include "entry.h"

#include <stdbool.h>
#include <stddef.h>

struct sorted_run_head;

struct sorted_run {
    struct sorted_run_head *head;
    struct entry *entries;
    uint64_t *fences, *filter;
    size_t bytes; /* of the file and of the mapping */
    char path[32];
};

/* A new file for at most `capacity` entries. False: it could not be made; errno says why. */
bool sorted_run_create(struct sorted_run *run, const char *path, uint64_t capacity);
/* The next entry; keys ascend. */
void sorted_run_append(struct sorted_run *run, const struct entry *entry);
/* Unmaps it and removes the file. */
void sorted_run_destroy(struct sorted_run *run);

uint64_t sorted_run_count(const struct sorted_run *run);
/* NULL: the run does not have the key. */
const struct entry *sorted_run_find(const struct sorted_run *run, uint64_t key);
/* The number of the first entry whose key is not below `key`; the count if there is none. */
uint64_t sorted_run_seek(const struct sorted_run *run, uint64_t key);
