/*
 * The heap of programs: chunks with boundary tags (Knuth 1.2.5) in free lists by size class,
 * best fit within a class, neighbours merged at once. Chunks of MMAP_THRESHOLD and more are
 * mappings of their own and go back to the system when freed.
 *
 *      chunk    | previous_size | size | payload ................ |
 *                                 ^ low bits: IN_USE, PREVIOUS_IN_USE, MAPPED
 *      previous_size is valid only while the previous chunk is free.
 *
 * The heap grows at the program's break; memory that something else put there (another
 * sbrk() user) only ends the run of chunks. One lock guards it all.
 */
#include "thread.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ALIGNMENT 16
#define HEADER sizeof(size_t[2])
#define CHUNK_MINIMUM 32 /* header and two links */
#define PAGE_BYTES 4096u
#define MMAP_THRESHOLD (128u << 10)
#define GROWTH (64u << 10)
#define CLASSES 48

#define IN_USE 1u
#define PREVIOUS_IN_USE 2u
#define MAPPED 4u
#define FLAGS 7u

struct chunk {
    size_t previous_size;
    size_t size;                   /* of the whole chunk, with flags */
    struct chunk *next, *previous; /* only while free */
};

static struct chunk *classes[CLASSES];
static struct lock lock;
static struct chunk *top; /* the last chunk, a header of size 0 in use, at the break */

static size_t size_of(const struct chunk *chunk)
{
    return chunk->size & ~(size_t)FLAGS;
}

static struct chunk *at_offset(struct chunk *chunk, size_t bytes)
{
    return (struct chunk *)((char *)chunk + bytes);
}

static void *payload(struct chunk *chunk)
{
    return (char *)chunk + HEADER;
}

static struct chunk *chunk_of(void *memory)
{
    return (struct chunk *)((char *)memory - HEADER);
}

/* Small sizes have a class each, larger ones share four to a power of two. */
static unsigned class_of(size_t size)
{
    if (size < 256)
        return (unsigned)(size / 16);
    unsigned power = 63 - (unsigned)__builtin_clzll(size);
    unsigned class = 16 + (power - 8) * 4 + ((size >> (power - 2)) & 3);
    return class < CLASSES ? class : CLASSES - 1;
}

static void list_insert(struct chunk *chunk)
{
    struct chunk **head = &classes[class_of(size_of(chunk))];
    chunk->previous = NULL;
    chunk->next = *head;
    if (*head != NULL)
        (*head)->previous = chunk;
    *head = chunk;
}

static void list_remove(struct chunk *chunk)
{
    if (chunk->previous != NULL)
        chunk->previous->next = chunk->next;
    else
        classes[class_of(size_of(chunk))] = chunk->next;
    if (chunk->next != NULL)
        chunk->next->previous = chunk->previous;
}

/* Marks the chunk free in its own header and its neighbour's, and lists it. */
static void make_free(struct chunk *chunk, size_t size)
{
    struct chunk *next = at_offset(chunk, size);
    chunk->size = size | (chunk->size & PREVIOUS_IN_USE);
    next->previous_size = size;
    next->size &= ~(size_t)PREVIOUS_IN_USE;
    list_insert(chunk);
}

static void merge_and_free(struct chunk *chunk)
{
    size_t size = size_of(chunk);
    struct chunk *next = at_offset(chunk, size);
    if (!(next->size & IN_USE)) {
        list_remove(next);
        size += size_of(next);
    }
    if (!(chunk->size & PREVIOUS_IN_USE)) {
        chunk = (struct chunk *)((char *)chunk - chunk->previous_size);
        list_remove(chunk);
        size += size_of(chunk);
    }
    make_free(chunk, size);
}

/* Takes the chunk, which is in no list, and gives back what is more than `size`. */
static void *take(struct chunk *chunk, size_t size)
{
    size_t whole = size_of(chunk);
    if (whole - size >= CHUNK_MINIMUM) {
        chunk->size = size | (chunk->size & FLAGS) | IN_USE;
        struct chunk *rest = at_offset(chunk, size);
        rest->size = PREVIOUS_IN_USE;
        make_free(rest, whole - size);
    } else {
        chunk->size |= IN_USE;
        at_offset(chunk, whole)->size |= PREVIOUS_IN_USE;
    }
    return payload(chunk);
}

static struct chunk *best_fit(size_t size)
{
    for (unsigned class = class_of(size); class < CLASSES; class ++) {
        struct chunk *best = NULL;
        for (struct chunk *chunk = classes[class]; chunk != NULL; chunk = chunk->next)
            if (size_of(chunk) >= size && (best == NULL || size_of(chunk) < size_of(best)))
                best = chunk;
        if (best != NULL)
            return best;
    }
    return NULL;
}

/* A free chunk of at least `size` at the heap's end, listed. false: no memory. */
static bool grow(size_t size)
{
    size_t bytes = (size + 2 * HEADER + GROWTH - 1) / GROWTH * GROWTH;
    char *start = sbrk((intptr_t)bytes);
    if (start == (char *)-1)
        return false;
    struct chunk *chunk;
    if (top != NULL && start == (char *)top + HEADER) {
        chunk = top;
    } else {
        /* The first growth, or the break was moved by somebody else. */
        size_t skip = (size_t)(-(intptr_t)start) % ALIGNMENT;
        start += skip;
        bytes -= skip + HEADER;
        bytes -= bytes % ALIGNMENT;
        chunk = (struct chunk *)start;
        chunk->size = PREVIOUS_IN_USE;
    }
    chunk->size = bytes | (chunk->size & PREVIOUS_IN_USE) | IN_USE;
    top = at_offset(chunk, bytes);
    top->size = IN_USE | PREVIOUS_IN_USE;
    merge_and_free(chunk);
    return true;
}

static void *allocate_mapped(size_t size)
{
    size_t bytes = (size + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
    struct chunk *chunk =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        return NULL;
    chunk->size = bytes | IN_USE | MAPPED;
    return payload(chunk);
}

void *malloc(size_t bytes)
{
    if (bytes > PTRDIFF_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    size_t size = (bytes + HEADER + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size < CHUNK_MINIMUM)
        size = CHUNK_MINIMUM;
    if (size >= MMAP_THRESHOLD)
        return allocate_mapped(size);
    lock_take(&lock);
    struct chunk *chunk = best_fit(size);
    if (chunk == NULL && grow(size))
        chunk = best_fit(size);
    void *memory = NULL;
    if (chunk != NULL) {
        list_remove(chunk);
        memory = take(chunk, size);
    }
    lock_release(&lock);
    if (memory == NULL)
        errno = ENOMEM;
    return memory;
}

static void free_locked(struct chunk *chunk)
{
    lock_take(&lock);
    merge_and_free(chunk);
    lock_release(&lock);
}

void free(void *memory)
{
    if (memory == NULL)
        return;
    struct chunk *chunk = chunk_of(memory);
    if (!(chunk->size & IN_USE))
        abort(); /* freed twice */
    if (chunk->size & MAPPED)
        munmap((char *)chunk - chunk->previous_size, size_of(chunk) + chunk->previous_size);
    else
        free_locked(chunk);
}

void *calloc(size_t count, size_t bytes)
{
    size_t total;
    if (__builtin_mul_overflow(count, bytes, &total)) {
        errno = ENOMEM;
        return NULL;
    }
    void *memory = malloc(total);
    /* Mapped memory is fresh, and zeroing it would only bring its pages in. */
    if (memory != NULL && !(chunk_of(memory)->size & MAPPED))
        memset(memory, 0, total);
    return memory;
}

void *realloc(void *memory, size_t bytes)
{
    if (memory == NULL)
        return malloc(bytes);
    if (bytes == 0) {
        free(memory);
        return NULL;
    }
    size_t room = size_of(chunk_of(memory)) - HEADER;
    if (bytes <= room && bytes >= room / 2)
        return memory;
    void *moved = malloc(bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, memory, bytes < room ? bytes : room);
    free(memory);
    return moved;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) {
        errno = EINVAL;
        return NULL;
    }
    if (alignment > PTRDIFF_MAX || bytes > PTRDIFF_MAX - alignment) {
        errno = ENOMEM;
        return NULL;
    }
    if (alignment <= ALIGNMENT)
        return malloc(bytes);
    char *memory = malloc(bytes + alignment + CHUNK_MINIMUM);
    if (memory == NULL || (uintptr_t)memory % alignment == 0)
        return memory;
    /* The part in front of the aligned address becomes a chunk of its own and is freed. */
    struct chunk *front = chunk_of(memory);
    char *aligned = memory + CHUNK_MINIMUM;
    aligned += (size_t)(-(intptr_t)aligned) % alignment;
    struct chunk *chunk = chunk_of(aligned);
    size_t lead = (size_t)((char *)chunk - (char *)front);
    if (front->size & MAPPED) {
        chunk->previous_size = lead;
        chunk->size = (size_of(front) - lead) | IN_USE | MAPPED;
        return aligned;
    }
    /* The neighbours' threads write the flags of our sizes. */
    lock_take(&lock);
    chunk->size = (size_of(front) - lead) | IN_USE | PREVIOUS_IN_USE;
    front->size = lead | (front->size & FLAGS);
    merge_and_free(front);
    lock_release(&lock);
    return aligned;
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    if (alignment % sizeof(void *) != 0)
        return EINVAL;
    int kept = errno;
    void *allocated = aligned_alloc(alignment, bytes);
    int error = allocated == NULL ? errno : 0;
    errno = kept;
    if (error == 0)
        *memory = allocated;
    return error;
}

void memory_lock(void)
{
    lock_take(&lock);
}

void memory_unlock(void)
{
    lock_release(&lock);
}
