/*
 * Address spaces: their identity, their kernel objects, their end.
 *
 * An id is a slot of the table below and a generation, so that a message which was on its way when its
 * space ended is nobody's, and the reverse map finds a space by id in a few instructions.
 *
 *      id:  31        18 17       9 8        0      directory[chunk] -> 512 pointers
 *          | generation |  chunk   |   slot   |
 */
#include "address_space.h"
#include "anonymous.h"
#include "kernel_interface.h"
#include "region.h"
#include "services.h"
#include "thread.h"

#include <assert.h>
#include <quire/errno.h>

#define SLOT_BITS 9
#define CHUNK_BITS 9
#define SLOTS (1u << SLOT_BITS)
#define CHUNKS (1u << CHUNK_BITS)
#define GENERATION_SHIFT (SLOT_BITS + CHUNK_BITS)
#define SLOT_MASK ((1u << GENERATION_SHIFT) - 1)

struct space_slot {
    struct address_space *space; /* NULL: free */
    uint32_t id;                 /* of the space, or of the last one that was here */
    uint32_t next_free;          /* slot number + 1; 0: the last */
};

static struct space_slot *directory[CHUNKS];
static uint32_t slots_made; /* slots that were ever used lie below */
static uint32_t first_free; /* slot number + 1 */

static struct slab space_slab = SLAB_INITIALIZER(struct address_space);
static struct address_space *all;

/* ---------------------------------------------------------------- identity */

static struct space_slot *slot_at(uint32_t number)
{
    return &directory[number >> SLOT_BITS][number & (SLOTS - 1)];
}

struct address_space *address_space_by_id(uint32_t id)
{
    struct space_slot *chunk = directory[(id & SLOT_MASK) >> SLOT_BITS];
    if (chunk == NULL)
        return NULL;
    const struct space_slot *slot = &chunk[id & (SLOTS - 1)];
    return slot->id == id ? slot->space : NULL;
}

struct address_space *address_space_of_badge(uint64_t badge)
{
    return badge <= UINT32_MAX ? address_space_by_id((uint32_t)badge) : NULL;
}

struct address_space *address_space_first(void)
{
    return all;
}

static bool take_id(struct address_space *space)
{
    uint32_t number;
    if (first_free != 0) {
        number = first_free - 1;
        first_free = slot_at(number)->next_free;
    } else {
        if (slots_made == SLOTS * CHUNKS)
            return false;
        number = slots_made;
        if ((number & (SLOTS - 1)) == 0) {
            /* Two frames: a slot is 16 bytes. They stay for the slots' next users. */
            uint64_t frames =
                frames_allocate_wired(SLOTS * sizeof(struct space_slot) / PAGE_SIZE, 0);
            if (frames == 0)
                return false;
            directory[number >> SLOT_BITS] = window(frames);
        }
        slots_made++;
        slot_at(number)->id = number;
    }
    struct space_slot *slot = slot_at(number);
    slot->id += 1u << GENERATION_SHIFT;
    if (slot->id >> GENERATION_SHIFT == 0)
        slot->id += 1u << GENERATION_SHIFT; /* 0 is nobody, in slot 0 and for simplicity in all */
    slot->space = space;
    space->id = slot->id;
    return true;
}

static void give_id_back(const struct address_space *space)
{
    uint32_t number = space->id & SLOT_MASK;
    slot_at(number)->space = NULL;
    slot_at(number)->next_free = first_free;
    first_free = number + 1;
}

/* ---------------------------------------------------------------- kernel objects */

/* The task's table of handles grows by a frame. */
static bool add_handle_table(uint32_t task)
{
    uint64_t frame = donation_take(PAGE_STATE_OBJECT);
    if (frame == 0)
        return false;
    if (sys_handle_grow(task, BOOT_HANDLE_MEMORY, frame) == KERNEL_OK)
        return true;
    donation_return(frame);
    return false;
}

/* Each space takes two handles of ours. */
static int64_t with_room_for_handle(int64_t (*make)(const void *), const void *argument)
{
    int64_t handle = make(argument);
    if (handle != ERROR_NO_SPACE || !add_handle_table(BOOT_HANDLE_TASK))
        return handle;
    return make(argument);
}

int64_t address_space_give_handle(struct address_space *receiver, uint32_t handle)
{
    int64_t given = sys_handle_copy(handle, receiver->task, RIGHT_ALL, 0, 0);
    if (given != ERROR_NO_SPACE || !add_handle_table(receiver->task))
        return given;
    return sys_handle_copy(handle, receiver->task, RIGHT_ALL, 0, 0);
}

static int64_t make_object(const void *create)
{
    return sys_object_create(create);
}

int64_t handle_make_object(const struct object_create *create)
{
    return with_room_for_handle(make_object, create);
}

struct badged {
    uint32_t endpoint;
    uint64_t badge;
};

static int64_t make_badged_endpoint(const void *argument)
{
    const struct badged *badged = argument;
    return sys_handle_copy(badged->endpoint, 0, RIGHT_SEND | RIGHT_COPY, badged->badge, 0);
}

int64_t handle_make_badged(uint32_t endpoint, uint64_t badge)
{
    return with_room_for_handle(make_badged_endpoint, &(struct badged){endpoint, badge});
}

static void return_frame(uint64_t *frame)
{
    if (*frame != 0)
        donation_return(*frame);
    *frame = 0;
}

enum { FRAME_TASK, FRAME_HANDLES, FRAME_THREAD };

static bool take_frames(struct address_space *space)
{
    space->root_table = donation_take(PAGE_STATE_TABLE);
    for (unsigned i = 0; i < 3; i++)
        space->object_frames[i] = donation_take(PAGE_STATE_OBJECT);
    return space->root_table != 0 && space->object_frames[FRAME_TASK] != 0 &&
           space->object_frames[FRAME_HANDLES] != 0 && space->object_frames[FRAME_THREAD] != 0;
}

static void destroy_object(uint32_t *handle)
{
    if (*handle == 0)
        return;
    while (sys_object_destroy(*handle) == ERROR_AGAIN)
        ;
    *handle = 0;
}

/* What create_objects() made, as far as it got. */
static void destroy_objects(struct address_space *space)
{
    destroy_object(&space->thread);
    destroy_object(&space->task);
    page_tables_release(space);
    return_frame(&space->root_table);
    for (unsigned i = 0; i < 3; i++)
        return_frame(&space->object_frames[i]);
}

/* The task talks to us through handle 1; its faults and exceptions carry the same badge. */
static int64_t connect(struct address_space *space)
{
    int64_t endpoint = handle_make_badged(pager_endpoint, space->id);
    if (endpoint < 0)
        return endpoint;
    int64_t status = sys_handle_copy((uint32_t)endpoint, space->task, RIGHT_SEND, 0, PAGER_HANDLE);
    if (status >= 0)
        status = sys_thread(space->task, TASK_SET_FAULT_ENDPOINT, (uint64_t)endpoint, 0);
    if (status == KERNEL_OK)
        status = sys_thread(space->task, TASK_SET_EXCEPTION_ENDPOINT, (uint64_t)endpoint, 0);
    sys_handle_close((uint32_t)endpoint);
    return status;
}

int64_t address_space_make_thread(struct address_space *space, uint64_t frame)
{
    struct object_create thread = {
        .authority = BOOT_HANDLE_MEMORY,
        .type = OBJECT_THREAD,
        .frames = {frame},
        .parent = space->task,
    };
    int64_t handle = handle_make_object(&thread);
    if (handle >= 0)
        sys_thread((uint64_t)handle, THREAD_SET_PRIORITY, PRIORITY_PROGRAM, 0);
    return handle;
}

static bool create_objects(struct address_space *space)
{
    if (!take_frames(space))
        return false;
    struct object_create task = {
        .authority = BOOT_HANDLE_MEMORY,
        .type = OBJECT_TASK,
        .frames = {space->object_frames[FRAME_TASK], space->root_table,
                   space->object_frames[FRAME_HANDLES]},
    };
    int64_t handle = handle_make_object(&task);
    if (handle < 0)
        return false;
    space->task = (uint32_t)handle;

    handle = address_space_make_thread(space, space->object_frames[FRAME_THREAD]);
    if (handle < 0)
        return false;
    space->thread = (uint32_t)handle;
    return connect(space) == KERNEL_OK;
}

/* ---------------------------------------------------------------- life */

struct address_space *address_space_create(struct group *group, int32_t *error)
{
    struct address_space *space = slab_allocate(&space_slab);
    *error = -ENOMEM;
    if (space == NULL)
        return NULL;
    if (!take_id(space)) {
        slab_free(&space_slab, space);
        return NULL;
    }
    if (!create_objects(space)) {
        destroy_objects(space);
        give_id_back(space);
        slab_free(&space_slab, space);
        return NULL;
    }
    list_initialize(&space->threads);
    list_initialize(&space->address_waits);
    space->last_thread = PAGER_FIRST_THREAD;
    space->group = group;
    group_add_space(group);
    space->next = all;
    if (all != NULL)
        all->previous = space;
    all = space;
    *error = 0;
    return space;
}

static void start_writeback(struct address_space *space)
{
    for (struct region *region = space->regions.first; region != NULL; region = region->next)
        region_start_writeback(region, region->start, region->end);
}

static void remove_all(struct address_space *space)
{
    start_writeback(space);
    /* Nothing straddles the ends of the address space, so nothing must be split: it cannot fail. */
    int32_t error = region_unmap(space, 0, USER_ADDRESS_LIMIT, POLICY_EXITED);
    assert(error == 0 && space->regions.root == NULL && space->locked_pages == 0);
    space->heap_start = space->heap_end = 0;
}

void address_space_reset(struct address_space *space)
{
    remove_all(space);
}

void address_space_destroy(struct address_space *space)
{
    assert(space->requests == 0);
    remove_all(space);
    threads_release(space);
    destroy_objects(space);
    group_remove_space(space->group);
    if (space->previous != NULL)
        space->previous->next = space->next;
    else
        all = space->next;
    if (space->next != NULL)
        space->next->previous = space->previous;
    give_id_back(space);
    slab_free(&space_slab, space);
}

/* ---------------------------------------------------------------- accounts */

uint64_t address_space_anonymous_pages(const struct address_space *space)
{
    uint64_t pages = 0;
    for (const struct region *region = space->regions.first; region != NULL;
         region = region->next) {
        /* Pieces of one mapping share a map: each stands for its part. */
        if (region->anonymous != NULL)
            pages += region->anonymous->count / region->anonymous->references;
    }
    return pages;
}

void address_space_statistics(struct system_statistics *statistics)
{
    file_object_statistics(&statistics->file_objects);
    statistics->address_spaces = space_slab.in_use;
    statistics->regions = region_slab.in_use;
    statistics->anonymous_entries = anonymous_entry_count();
}
