/* The event loop's body; see server.h. */
#include "server.h"

#include <string.h>

#include <quire/server_start.h>

bool fs_server_start(struct fs_server *server, struct file_system_environment *environment,
                     uint8_t *rings)
{
    environment->names = rings + FS_AREA_NAMES;
    server->spare = NULL;
    server->counters = (struct fs_counters *)(void *)(rings + FS_AREA_COUNTERS);
    return ring_attach(&server->submission, rings + FS_AREA_SUBMISSION, FS_RING_ENTRIES,
                       sizeof(struct fs_request)) &&
           ring_attach(&server->completion, rings + FS_AREA_COMPLETION, FS_RING_ENTRIES,
                       sizeof(struct fs_completion)) &&
           file_system_start(&server->fs, environment);
}

/* A pool that is empty refills when operations finish; until then requests stay in the ring. */
static bool take_requests(struct fs_server *server)
{
    struct file_system *fs = &server->fs;
    bool any = false;

    while (queue_is_empty(&fs->finished)) {
        struct fs_request request;
        if (server->spare == NULL) {
            static const struct fs_request none;
            server->spare = operation_create(fs, &none);
            if (server->spare == NULL)
                break;
            fs->client_operations--;
        }
        if (!ring_pop(&server->submission, &request))
            break;
        struct operation *operation = server->spare;
        server->spare = NULL;
        operation->request = request;
        operation->completion.cookie = request.cookie;
        fs->client_operations++;
        operation_start(operation);
        any = true;
    }
    return any;
}

/* The diagnosis goes out with the first completion after it was made. */
static void add_diagnosis(struct file_system *fs, struct fs_completion *completion)
{
    if (!fs->diagnosis_is_new)
        return;
    memcpy(fs->names + (size_t)FS_DIAGNOSIS_SLOT * FS_NAME_SLOT_BYTES, fs->diagnosis,
           sizeof fs->diagnosis);
    fs->diagnosis_is_new = false;
    completion->diagnosis = 1;
}

static bool give_completions(struct fs_server *server)
{
    struct file_system *fs = &server->fs;
    bool any = false;

    while (!queue_is_empty(&fs->finished) && ring_space(&server->completion) != 0) {
        struct operation *operation = QUEUE_OWNER(queue_pop(&fs->finished), struct operation, link);
        add_diagnosis(fs, &operation->completion);
        ring_push(&server->completion, &operation->completion);
        pool_put(&fs->operations, operation);
        any = true;
    }
    return any;
}

/* A RAM disk is done at once; it only waits to be asked. */
static bool device_is_due(const struct file_system *fs)
{
    const struct block_device *device = fs->transfers.device;
    return device != NULL && device->poll_at != 0 && device->poll_at <= fs->clock();
}

/* The pager may interrupt this half way, and then takes the numbers of last time. */
static void publish_counters(struct fs_server *server)
{
    const struct transfer_queue *transfers = &server->fs.transfers;
    volatile struct fs_counters *counters = server->counters;
    counters->version++;
    counters->sectors_read = transfers->sectors_read;
    counters->sectors_written = transfers->sectors_written;
    if (transfers->device != NULL)
        counters->activity = transfers->device->activity;
    counters->version++;
}

bool fs_server_run(struct fs_server *server)
{
    struct file_system *fs = &server->fs;
    bool notify = false, busy = true;

    while (busy) {
        busy = fs->transfers.device != NULL && transfer_poll(&fs->transfers);
        if (fs->cache.write_finished) {
            fs->cache.write_finished = false;
            operations_wake_all(fs, &fs->cache.sync_waiters);
        }
        busy |= take_requests(server);
        operations_run(fs);
        if (fs->mounted)
            cache_write_back(fs, fs->clock());
        if (fs->transfers.device != NULL)
            transfer_unplug(&fs->transfers);
        if (!queue_is_empty(&fs->runnable) || device_is_due(fs))
            busy = true;
        publish_counters(server);
        if (give_completions(server)) {
            notify |= ring_publish(&server->completion);
            busy = true;
        }
    }
    return notify;
}

bool fs_server_may_sleep(struct fs_server *server)
{
    return ring_prepare_sleep(&server->submission);
}

uint64_t fs_server_deadline(const struct fs_server *server)
{
    const struct block_device *device = server->fs.transfers.device;
    uint64_t deadline = cache_deadline(&server->fs);
    if (device != NULL && device->poll_at != 0 && (deadline == 0 || device->poll_at < deadline))
        deadline = device->poll_at;
    return deadline;
}
