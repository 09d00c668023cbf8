/* Sorted runs: sorted_run.h has the layout of their files. */
#include "sorted_run.h"

#include "bloom_filter.h"
#include "mapped_file.h"

#include <stdio.h>
#include <unistd.h>

struct sorted_run_head {
    uint64_t count;
    uint64_t filter_words;
};

static size_t pages_for(uint64_t entries)
{
    return (size_t)((entries + ENTRIES_A_PAGE - 1) / ENTRIES_A_PAGE);
}

bool sorted_run_create(struct sorted_run *run, const char *path, uint64_t capacity)
{
    size_t pages = pages_for(capacity), words = bloom_words(capacity);
    *run = (struct sorted_run){.bytes = (1 + pages) * ENTRY_PAGE_BYTES + (pages + words) * 8};
    snprintf(run->path, sizeof run->path, "%s", path);
    char *memory = map_new_file(run->path, run->bytes);
    if (memory == NULL)
        return false;
    run->head = (struct sorted_run_head *)memory;
    run->entries = (struct entry *)(memory + ENTRY_PAGE_BYTES);
    run->fences = (uint64_t *)(run->entries + pages * ENTRIES_A_PAGE);
    run->filter = run->fences + pages;
    *run->head = (struct sorted_run_head){.filter_words = words};
    return true;
}

void sorted_run_append(struct sorted_run *run, const struct entry *entry)
{
    uint64_t number = run->head->count++;
    run->entries[number] = *entry;
    if (number % ENTRIES_A_PAGE == 0)
        run->fences[number / ENTRIES_A_PAGE] = entry->key;
    bloom_add(run->filter, run->head->filter_words, entry->key);
}

void sorted_run_destroy(struct sorted_run *run)
{
    unmap_file(run->head, run->bytes);
    unlink(run->path);
}

uint64_t sorted_run_count(const struct sorted_run *run)
{
    return run->head->count;
}

/* The last page whose first key is not above `key`, or the first one. */
static uint64_t page_of(const struct sorted_run *run, uint64_t key)
{
    uint64_t from = 0, count = pages_for(run->head->count);
    while (count > 1) {
        uint64_t half = count / 2;
        if (run->fences[from + half] <= key) {
            from += half;
            count -= half;
        } else {
            count = half;
        }
    }
    return from;
}

uint64_t sorted_run_seek(const struct sorted_run *run, uint64_t key)
{
    uint64_t number = page_of(run, key) * ENTRIES_A_PAGE;
    uint64_t count = run->head->count - number;
    if (count > ENTRIES_A_PAGE)
        count = ENTRIES_A_PAGE;
    while (count > 0) {
        uint64_t half = count / 2;
        if (run->entries[number + half].key < key) {
            number += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return number;
}

const struct entry *sorted_run_find(const struct sorted_run *run, uint64_t key)
{
    if (!bloom_may_have(run->filter, run->head->filter_words, key))
        return NULL;
    uint64_t number = sorted_run_seek(run, key);
    if (number == run->head->count || run->entries[number].key != key)
        return NULL;
    return &run->entries[number];
}
