/* Running, parking and finishing operations; see operation.h. */
#include "operation.h"

#include "file_system.h"
#include "inode.h"
#include "invariant.h"
#include "path.h"

struct operation *operation_create(struct file_system *fs, const struct fs_request *request)
{
    if (fs->operations.used >= fs->operations_max)
        return NULL;
    struct operation *operation = pool_get(&fs->operations);
    if (operation == NULL)
        return NULL;
    queue_init(&operation->link);
    operation->fs = fs;
    operation->request = *request;
    operation->completion.cookie = request->cookie;
    fs->client_operations++;
    return operation;
}

void operation_start(struct operation *operation)
{
    queue_push(&operation->fs->start_queue, &operation->link);
}

status operation_park(struct operation *operation, struct queue *waiters)
{
    FS_ASSERT(queue_is_empty(&operation->link));
    queue_push(waiters, &operation->link);
    return PENDING;
}

void operation_wake(struct operation *operation)
{
    queue_remove(&operation->link);
    queue_push(&operation->fs->runnable, &operation->link);
}

void operations_wake_all(struct file_system *fs, struct queue *waiters)
{
    queue_append(&fs->runnable, waiters);
}

status operation_continue(struct operation *operation, operation_step step)
{
    operation->step = step;
    operation->plan_count = 0;
    return step(operation);
}

/* ------------------------------------------------------------------ pins */

void operation_pin(struct operation *operation, struct buffer *buffer)
{
    for (uint32_t i = 0; i < operation->pin_count; i++) {
        if (operation->pins[i].buffer == buffer) {
            operation->pins[i].used = true;
            return;
        }
    }
    FS_ASSERT(operation->pin_count < OPERATION_PINS);
    operation->pins[operation->pin_count++] = (struct pin){buffer, true};
    buffer->pins++;
}

bool operation_has_pinned(const struct operation *operation, const struct buffer *buffer)
{
    for (uint32_t i = 0; i < operation->pin_count; i++) {
        if (operation->pins[i].buffer == buffer)
            return true;
    }
    return false;
}

void operation_release_after(struct operation *operation, uint32_t mark)
{
    while (operation->pin_count > mark)
        buffer_unpinned(operation->fs, operation->pins[--operation->pin_count].buffer);
}

/* What an earlier run of the step pinned and this one did not ask for. */
static void release_unused(struct operation *operation)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < operation->pin_count; i++) {
        if (operation->pins[i].used) {
            operation->pins[kept] = operation->pins[i];
            operation->pins[kept++].used = false;
        } else {
            buffer_unpinned(operation->fs, operation->pins[i].buffer);
        }
    }
    operation->pin_count = kept;
}

void operation_shrink_budget(struct operation *operation)
{
    operation->fs->budget_used -= operation->budget - operation->pin_count;
    operation->budget = operation->pin_count;
}

/* ------------------------------------------------------------------ running */

static void finish(struct operation *operation, status result)
{
    struct file_system *fs = operation->fs;

    operation->completion.result = result;
    operation_release_after(operation, 0);
    fs->budget_used -= operation->budget;
    operation->budget = 0;
    inode_unlock(operation);
    walk_end(operation, 0);
    walk_end(operation, 1);
    if (operation->held != NULL)
        inode_drop(fs, operation->held);
    operation->held = NULL;
    if (fs->rename_owner == operation) {
        fs->rename_owner = NULL;
        operations_wake_all(fs, &fs->rename_waiters);
    }
    if (operation->internal)
        return;
    fs->client_operations--;
    operations_wake_all(fs, &fs->idle_waiters);
    queue_push(&fs->finished, &operation->link);
}

static void run(struct operation *operation)
{
    for (uint32_t i = 0; i < operation->pin_count; i++)
        operation->pins[i].used = false;
    operation->plan_count = 0;
    status result = operation->step(operation);
    if (result == PENDING) {
        /* Waiting for its own transfers it keeps what it will commit to. */
        if (!queue_is_empty(&operation->link))
            release_unused(operation);
        return;
    }
    finish(operation, result);
}

/* Why a request cannot even begin, or 0. */
static status admit(struct operation *operation)
{
    struct file_system *fs = operation->fs;
    if (fs->mount_error != 0)
        return fs->mount_error;
    operation->step = request_step(operation->request.operation);
    if (operation->step == NULL)
        return -ENOSYS;
    if (operation->request.slot >= FS_DIAGNOSIS_SLOT ||
        operation->request.slot2 >= FS_DIAGNOSIS_SLOT)
        return -EINVAL;
    if (request_modifies(operation->request.operation)) {
        if (fs->read_only || fs->shutting_down)
            return -EROFS;
        TRY(cache_admit_change(operation));
    }
    return 0;
}

/* Takes operations from the start queue while there are buffers for them to pin. */
static bool start_one(struct file_system *fs)
{
    if (queue_is_empty(&fs->start_queue) || (!fs->mounted && fs->mount_error == 0))
        return false;
    if (fs->mount_error == 0 && fs->budget_used + OPERATION_PINS > fs->budget_total)
        return false;

    struct operation *operation = QUEUE_OWNER(queue_pop(&fs->start_queue), struct operation, link);
    operation->budget = OPERATION_PINS;
    fs->budget_used += OPERATION_PINS;
    status result = admit(operation);
    if (result == 0)
        run(operation);
    else if (result != PENDING)
        finish(operation, result);
    return true;
}

void operations_run(struct file_system *fs)
{
    for (;;) {
        struct queue *link = queue_pop(&fs->runnable);
        if (link != NULL)
            run(QUEUE_OWNER(link, struct operation, link));
        else if (!start_one(fs))
            return;
    }
}
