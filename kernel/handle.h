/*
 * Handle tables. A handle is an index into its task's table; the slot holds the object, the
 * id it had when the handle was made, rights and badge. See object.h for why a stale handle is
 * found out in O(1) and never dereferenced.
 *
 * Free slots form a doubly linked list through `id` (next) and `badge` (previous), so that
 * both "any free index" and "this very index" are O(1).
 */
#pragma once

#include "task.h"

struct handle_slot {
    struct object *object; /* free: the task, which no frame_tag of 0 fits */
    uint64_t id;           /* free: next free index */
    uint64_t badge;        /* free: previous free index */
    uint16_t frame_tag;    /* what the object's frame must be */
    uint8_t type;          /* enum object_type; OBJECT_NONE: the slot is free */
    uint8_t rights;
    uint32_t reserved;
};

_Static_assert(sizeof(struct handle_slot) * HANDLES_PER_FRAME == PAGE_SIZE, "slots fill a frame");

/* index < task->handle_limit */
static inline struct handle_slot *handle_slot_at(struct task *task, uint64_t index)
{
    uint64_t frame = (uint64_t)task->handle_frames[index / HANDLES_PER_FRAME] << PAGE_SHIFT;
    return (struct handle_slot *)physical_to_virtual(frame) + index % HANDLES_PER_FRAME;
}

/* The slot has a handle, and its object still exists and was not revoked. */
static inline bool handle_alive(const struct handle_slot *slot)
{
    return frame_of_pointer(slot->object)->tag == slot->frame_tag && slot->object->id == slot->id;
}

/* The handle to an object of the type (OBJECT_NONE: any) with the rights, or NULL. */
static inline struct handle_slot *handle_look_up(struct task *task, uint64_t index,
                                                 enum object_type type, unsigned rights)
{
    if (index >= task->handle_limit)
        return NULL;
    struct handle_slot *slot = handle_slot_at(task, index);
    if (!handle_alive(slot) || (type != OBJECT_NONE && slot->type != type) ||
        (slot->rights & rights) != rights)
        return NULL;
    return slot;
}

/* The same: KERNEL_OK and the slot, or ERROR_BAD_HANDLE, ERROR_TYPE or ERROR_RIGHTS. */
int handle_find(struct task *task, uint64_t index, enum object_type type, unsigned rights,
                struct handle_slot **found);

/* Adds the slots of one more table; the frame was donated as OBJECT_FRAME_HANDLES. */
void handle_table_add(struct task *task, uint64_t frame);
/* A new handle at any free index; 0: the table is full. */
uint32_t handle_install(struct task *task, struct object *object, unsigned rights, uint64_t badge);
/* At one index: KERNEL_OK, ERROR_ARGUMENT or ERROR_OCCUPIED. */
int handle_check_index(struct task *task, uint64_t index);
void handle_install_at(struct task *task, uint32_t index, struct object *object, unsigned rights,
                       uint64_t badge);
/* The slot holds a handle, stale or not. */
void handle_close(struct task *task, uint32_t index);

void system_handle(struct thread *thread);
