/*
 * Open files: what descriptors name. See descriptor.h.
 */
#include "descriptor.h"
#include "file_object.h"
#include "memory.h"

static struct slab open_file_slab = SLAB_INITIALIZER(struct open_file);

/* Descriptor 0, and 1 and 2, of every program. Never freed: one reference is ours. */
static struct open_file console_input = {
    .references = 1, .kind = OPEN_KIND_CONSOLE, .flags = OPEN_READ};
static struct open_file console_output = {
    .references = 1, .kind = OPEN_KIND_CONSOLE, .flags = OPEN_WRITE};

struct open_file *open_file_console(bool output)
{
    struct open_file *open = output ? &console_output : &console_input;
    open_file_hold(open);
    return open;
}

struct open_file *open_file_create(enum open_kind kind, struct file_object *file, uint32_t flags)
{
    struct open_file *open = slab_allocate(&open_file_slab);
    if (open == NULL)
        return NULL;
    open->references = 1;
    open->kind = kind;
    open->file = file;
    open->flags = flags;
    return open;
}

int32_t open_file_drop(struct open_file *open)
{
    if (--open->references != 0)
        return 0;
    int32_t error = 0;
    if (open->file != NULL) {
        if (open_file_writes(open)) {
            error = open->file->write_error;
            open->file->write_error = 0;
        }
        file_object_drop(open->file);
    }
    slab_free(&open_file_slab, open);
    return error;
}

uint64_t open_files_in_use(void)
{
    return open_file_slab.in_use;
}

bool open_file_position_take(struct open_file *open, struct request *request)
{
    if (open->position_user == NULL)
        open->position_user = request;
    if (open->position_user == request)
        return true;
    wait_queue_add(&open->position_waiters, &request->waiter);
    return false;
}

void open_file_position_release(struct open_file *open, struct request *request)
{
    if (open->position_user != request)
        return;
    open->position_user = NULL;
    /* All, not one: the first may belong to a dying space and pass nothing on. */
    if (open->position_waiters.first != NULL)
        wait_queue_wake(&open->position_waiters, 0);
}
