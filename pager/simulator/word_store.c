/*
 * See word_store.h.
 */
#include "word_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROOM_AT_FIRST 4096

/* /var/tmp, because /tmp is memory on many systems. */
static bool open_file(struct word_store *store, struct failure *failure)
{
    const char *directory = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/quire-sim-XXXXXX",
             directory != NULL && *directory != '\0' ? directory : "/var/tmp");
    int file = mkstemp(path);
    if (file < 0)
        return refuse(failure, "cannot make a temporary file %s: %s", path, strerror(errno));
    unlink(path);
    store->file = file;
    return true;
}

static bool flush(struct word_store *store, struct failure *failure)
{
    const char *bytes = (const char *)store->words;
    size_t left = (store->count - store->flushed) * sizeof *store->words;
    while (left > 0) {
        ssize_t written = write(store->file, bytes, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return refuse(failure, "cannot write the temporary file of references: %s",
                          strerror(errno));
        bytes += written;
        left -= (size_t)written;
    }
    store->flushed = store->count;
    return true;
}

bool word_store_grow(struct word_store *store, struct failure *failure)
{
    if (store->room < WORDS_IN_MEMORY) {
        uint64_t room = store->room == 0 ? ROOM_AT_FIRST : 2 * store->room;
        uint32_t *words = realloc(store->words, room * sizeof *words);
        if (words == NULL)
            return refuse(failure, "out of memory after %llu references",
                          (unsigned long long)store->count);
        store->words = words;
        store->room = room;
        return true;
    }
    return (store->file != 0 || open_file(store, failure)) && flush(store, failure);
}

static bool map(struct word_store *store, int rights, struct failure *failure)
{
    void *words =
        mmap(NULL, store->count * sizeof *store->words, rights, MAP_SHARED, store->file, 0);
    if (words == MAP_FAILED)
        return refuse(failure, "cannot map the temporary file of references: %s", strerror(errno));
    store->words = words;
    store->mapped = true;
    return true;
}

bool word_store_finish(struct word_store *store, struct failure *failure)
{
    if (store->file == 0)
        return true;
    if (!flush(store, failure))
        return false;
    free(store->words);
    store->words = NULL;
    return map(store, PROT_READ, failure);
}

bool word_store_make(struct word_store *store, uint64_t count, struct failure *failure)
{
    *store = (struct word_store){.count = count, .flushed = count};
    if (count <= WORDS_IN_MEMORY) {
        store->words = malloc(count * sizeof *store->words + 1);
        return store->words != NULL || refuse(failure, "out of memory");
    }
    if (!open_file(store, failure))
        return false;
    if (ftruncate(store->file, (off_t)(count * sizeof *store->words)) != 0)
        return refuse(failure, "cannot enlarge the temporary file: %s", strerror(errno));
    return map(store, PROT_READ | PROT_WRITE, failure);
}

void word_store_free(struct word_store *store)
{
    if (store->mapped)
        munmap(store->words, store->count * sizeof *store->words);
    else
        free(store->words);
    if (store->file != 0)
        close(store->file);
    *store = (struct word_store){0};
}
