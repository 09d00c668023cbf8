/*
 * Kernel objects: what handles name.
 *
 * Every object begins with (a thread: contains) a struct object. Its `id` comes from a
 * counter that never repeats, and a handle is good only while its copy of the id equals the
 * object's. So stale handles need no list: destroying an object clears the id, and revoking
 * gives it a new one, each in O(1). Before an id is read, the frame table must say that the
 * frame still holds objects of the same kind: frame memory that went back to user space may
 * contain any number.
 *
 * `birth` is the id that the object was made with. Bindings inside the kernel (a task's fault
 * endpoint, the notification of an IRQ) compare it instead: revoking handles does not cut them.
 *
 *      frame kinds      OBJECT_FRAME_SLAB     32 slots of 128 bytes: small objects
 *                       OBJECT_FRAME_TASK     struct task
 *                       OBJECT_FRAME_THREAD   struct thread and its FPU state
 *                       OBJECT_FRAME_HANDLES  128 handle slots
 */
#pragma once

#include "frame_table.h"
#include "machine/machine.h"

struct object {
    uint64_t id;    /* 0: no object */
    uint64_t birth; /* id at creation */
    uint32_t type;  /* enum object_type */
    uint32_t flags;
};

/* The authority to make IRQ objects is an OBJECT_IRQ with this flag. */
#define OBJECT_FLAG_IRQ_AUTHORITY 1u

uint64_t object_next_id(void);

static inline void object_initialize(struct object *object, enum object_type type)
{
    object->id = object->birth = object_next_id();
    object->type = type;
    object->flags = 0;
}

/* Which frame tag an object of the type must lie in. */
static inline uint16_t object_frame_tag(enum object_type type)
{
    switch (type) {
    case OBJECT_TASK: return FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_TASK);
    case OBJECT_THREAD: return FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_THREAD);
    default: return FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_SLAB);
    }
}

/* A reference that the kernel keeps by itself; it survives revocation, not destruction. */
struct binding {
    struct object *object; /* NULL: none */
    uint64_t birth;
    uint64_t badge;
};

/* For small objects only: they lie in slabs. */
static inline bool binding_alive(const struct binding *binding)
{
    return binding->object != NULL &&
           frame_of_pointer(binding->object)->tag == FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_SLAB) &&
           binding->object->birth == binding->birth;
}

static inline void binding_set(struct binding *binding, struct object *object, uint64_t badge)
{
    *binding = (struct binding){object, object->birth, badge};
}

/*
 * A slot of 128 zeroed bytes in `frame`, which is a slab already or a free frame that becomes
 * one. Two steps, so that a system call can check everything before it changes anything.
 */
int slab_check(uint64_t frame, uint32_t slot);
struct object *slab_take(uint64_t frame, uint32_t slot, enum object_type type);
/* The frame is free again when this was its last object. */
void slab_release(struct object *object);

/* Small objects that have no file of their own. */
struct ports {
    struct object object;
    uint32_t first, count;
};

/*
 * System calls. Like all handlers they leave their status in the caller's rax.
 */
struct thread;
void system_object_create(struct thread *thread);
void system_object_destroy(struct thread *thread);
