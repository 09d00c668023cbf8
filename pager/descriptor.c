/*
 * Descriptor tables. A table is leaves of 64 descriptors, the first one part of it, the others
 * found through a directory that exists once a process has more than 64:
 *
 *      struct descriptor_table                  directory page
 *      | leaf 0 | directory ------------------> | leaf 1 | leaf 2 | ... | leaf 511 |
 *
 * Finding a descriptor is O(1); the lowest free one is found from a hint below which all are
 * in use.
 */
#include "descriptor.h"
#include "address_space.h"
#include "file_object.h"
#include "memory.h"
#include "services.h"

#include <quire/errno.h>

#define LEAF_DESCRIPTORS 64u
#define LEAVES (PAGE_SIZE / sizeof(void *))
#define DESCRIPTORS_MAX (LEAF_DESCRIPTORS * LEAVES)

struct descriptor_leaf {
    uint64_t used; /* bit i: open[i] is set */
    uint64_t close_on_exec;
    struct open_file *open[LEAF_DESCRIPTORS];
};

struct descriptor_table {
    struct file_object *directory; /* current directory; NULL: the root */
    uint32_t full_below;           /* all descriptors below are in use */
    uint32_t leaf_limit;           /* leaves from here on were never made */
    struct descriptor_leaf **more; /* a wired page; NULL: none yet */
    uint64_t more_physical;
    struct descriptor_leaf first;
};

static struct slab table_slab = SLAB_INITIALIZER(struct descriptor_table);
static struct slab leaf_slab = SLAB_INITIALIZER(struct descriptor_leaf);

static struct descriptor_leaf *leaf_find(struct descriptor_table *table, uint64_t leaf)
{
    if (leaf == 0)
        return &table->first;
    return table->more != NULL && leaf < LEAVES ? table->more[leaf] : NULL;
}

/* The leaf, made if need be; NULL: no memory. */
static struct descriptor_leaf *leaf_make(struct descriptor_table *table, uint32_t leaf)
{
    struct descriptor_leaf *found = leaf_find(table, leaf);
    if (found != NULL)
        return found;
    if (table->more == NULL) {
        table->more_physical = frames_allocate_wired(1, PAGE_SIZE);
        if (table->more_physical == 0)
            return NULL;
        table->more = window(table->more_physical);
    }
    found = slab_allocate(&leaf_slab);
    if (found == NULL)
        return NULL;
    table->more[leaf] = found;
    if (table->leaf_limit <= leaf)
        table->leaf_limit = leaf + 1;
    return found;
}

static void leaf_set(struct descriptor_leaf *leaf, uint32_t bit, struct open_file *open,
                     bool close_on_exec)
{
    leaf->open[bit] = open;
    leaf->used |= 1ull << bit;
    leaf->close_on_exec &= ~(1ull << bit);
    leaf->close_on_exec |= (uint64_t)close_on_exec << bit;
}

struct open_file *descriptor_find(struct address_space *space, uint64_t descriptor)
{
    if (descriptor >= DESCRIPTORS_MAX)
        return NULL;
    struct descriptor_leaf *leaf = leaf_find(space->descriptors, descriptor / LEAF_DESCRIPTORS);
    return leaf != NULL ? leaf->open[descriptor % LEAF_DESCRIPTORS] : NULL;
}

int32_t descriptor_install(struct address_space *space, struct open_file *open, uint32_t lowest,
                           bool close_on_exec)
{
    struct descriptor_table *table = space->descriptors;
    uint32_t start = lowest > table->full_below ? lowest : table->full_below;
    for (uint32_t index = start / LEAF_DESCRIPTORS; index < LEAVES; index++) {
        struct descriptor_leaf *leaf = leaf_make(table, index);
        if (leaf == NULL)
            return -ENOMEM;
        uint64_t unused = ~leaf->used;
        if (index == start / LEAF_DESCRIPTORS)
            unused &= UINT64_MAX << start % LEAF_DESCRIPTORS;
        if (unused == 0)
            continue;
        uint32_t bit = (uint32_t)__builtin_ctzll(unused);
        leaf_set(leaf, bit, open, close_on_exec);
        uint32_t descriptor = index * LEAF_DESCRIPTORS + bit;
        if (lowest <= table->full_below)
            table->full_below = descriptor + 1;
        return (int32_t)descriptor;
    }
    return -EMFILE;
}

int32_t descriptor_replace(struct address_space *space, uint32_t descriptor, struct open_file *open,
                           struct open_file **old)
{
    if (descriptor >= DESCRIPTORS_MAX)
        return -EBADF;
    struct descriptor_leaf *leaf = leaf_make(space->descriptors, descriptor / LEAF_DESCRIPTORS);
    if (leaf == NULL)
        return -ENOMEM;
    *old = leaf->open[descriptor % LEAF_DESCRIPTORS];
    leaf_set(leaf, descriptor % LEAF_DESCRIPTORS, open, false);
    return (int32_t)descriptor;
}

struct open_file *descriptor_take(struct address_space *space, uint64_t descriptor)
{
    struct open_file *open = descriptor_find(space, descriptor);
    if (open == NULL)
        return NULL;
    struct descriptor_table *table = space->descriptors;
    struct descriptor_leaf *leaf = leaf_find(table, descriptor / LEAF_DESCRIPTORS);
    leaf->open[descriptor % LEAF_DESCRIPTORS] = NULL;
    leaf->used &= ~(1ull << descriptor % LEAF_DESCRIPTORS);
    if (descriptor < table->full_below)
        table->full_below = (uint32_t)descriptor;
    return open;
}

struct file_object *descriptor_file(struct address_space *space, int32_t descriptor,
                                    bool write_shared, int32_t *error)
{
    struct open_file *open = descriptor < 0 ? NULL : descriptor_find(space, (uint32_t)descriptor);
    if (open == NULL)
        *error = -EBADF;
    else if (open->kind != OPEN_KIND_FILE)
        *error = -ENODEV;
    else if (!open_file_reads(open) || (write_shared && !open_file_writes(open)))
        *error = -EACCES;
    else if (write_shared && open->file->executing != 0)
        *error = -ETXTBSY;
    else {
        file_object_hold(open->file);
        *error = 0;
        return open->file;
    }
    return NULL;
}

/* ---------------------------------------------------------------- tables */

int32_t descriptors_create(struct address_space *space)
{
    struct descriptor_table *table = slab_allocate(&table_slab);
    if (table == NULL)
        return -ENOMEM;
    table->leaf_limit = 1;
    leaf_set(&table->first, 0, open_file_console(false), false);
    leaf_set(&table->first, 1, open_file_console(true), false);
    leaf_set(&table->first, 2, open_file_console(true), false);
    table->full_below = 3;
    space->descriptors = table;
    return 0;
}

/* Closes those of a leaf that `which` says. */
static void leaf_close(struct descriptor_leaf *leaf, uint64_t which)
{
    for (uint64_t rest = leaf->used & which; rest != 0; rest &= rest - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(rest);
        open_file_drop(leaf->open[bit]);
        leaf->open[bit] = NULL;
    }
    leaf->used &= ~which;
}

void descriptors_destroy(struct address_space *space)
{
    struct descriptor_table *table = space->descriptors;
    if (table == NULL)
        return;
    leaf_close(&table->first, UINT64_MAX);
    for (uint32_t i = 1; i < table->leaf_limit; i++) {
        if (table->more[i] == NULL)
            continue;
        leaf_close(table->more[i], UINT64_MAX);
        slab_free(&leaf_slab, table->more[i]);
    }
    if (table->more != NULL)
        frames_free_wired(table->more_physical, 1);
    if (table->directory != NULL)
        file_object_drop(table->directory);
    slab_free(&table_slab, table);
    space->descriptors = NULL;
}

void descriptors_close_on_exec(struct address_space *space)
{
    struct descriptor_table *table = space->descriptors;
    for (uint32_t i = 0; i < table->leaf_limit; i++) {
        struct descriptor_leaf *leaf = leaf_find(table, i);
        if (leaf == NULL || (leaf->used & leaf->close_on_exec) == 0)
            continue;
        leaf_close(leaf, leaf->close_on_exec);
        if (table->full_below > i * LEAF_DESCRIPTORS)
            table->full_below = i * LEAF_DESCRIPTORS;
    }
}

/* The child's own copy of an open file, at the same position. NULL: no memory. */
static struct open_file *copy_open_file(const struct open_file *open)
{
    struct open_file *copy = open_file_create(open->kind, open->file, open->flags);
    if (copy == NULL)
        return NULL;
    copy->position = open->position;
    if (copy->file != NULL)
        file_object_hold(copy->file);
    return copy;
}

static bool leaf_fork(const struct descriptor_leaf *from, struct descriptor_leaf *to,
                      uint32_t flags)
{
    for (uint64_t rest = from->used; rest != 0; rest &= rest - 1) {
        uint32_t bit = (uint32_t)__builtin_ctzll(rest);
        struct open_file *open = from->open[bit];
        if ((flags & FORK_COPY_POSITIONS) && open->kind != OPEN_KIND_CONSOLE) {
            open = copy_open_file(open);
            if (open == NULL)
                return false;
        } else {
            open_file_hold(open);
        }
        leaf_set(to, bit, open, from->close_on_exec >> bit & 1);
    }
    return true;
}

int32_t descriptors_fork(struct address_space *parent, struct address_space *child, uint32_t flags)
{
    struct descriptor_table *from = parent->descriptors;
    struct descriptor_table *to = slab_allocate(&table_slab);
    if (to == NULL)
        return -ENOMEM;
    to->leaf_limit = 1;
    child->descriptors = to;
    for (uint32_t i = 0; i < from->leaf_limit; i++) {
        const struct descriptor_leaf *leaf = leaf_find(from, i);
        if (leaf == NULL || leaf->used == 0)
            continue;
        struct descriptor_leaf *copy = leaf_make(to, i);
        if (copy == NULL || !leaf_fork(leaf, copy, flags)) {
            descriptors_destroy(child);
            return -ENOMEM;
        }
    }
    to->full_below = from->full_below;
    if (from->directory != NULL) {
        file_object_hold(from->directory);
        to->directory = from->directory;
    }
    return 0;
}

struct file_object *current_directory(const struct address_space *space)
{
    return space->descriptors->directory;
}

void current_directory_set(struct address_space *space, struct file_object *directory)
{
    if (space->descriptors->directory != NULL)
        file_object_drop(space->descriptors->directory);
    space->descriptors->directory = directory;
}
