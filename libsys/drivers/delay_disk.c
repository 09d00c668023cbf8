/*
 * A disk that is slow on purpose, for tests and experiments: it passes requests on to another
 * device at once and holds their completions until submission + delay. Many are held at the
 * same time, as by a device with a deep queue and a long way.
 *
 *      submit ---> inner device ---> done by the device ---> held ---> done()
 *        |<---------------- delay ----------------------------->|
 *
 * The delay is the same for all, so the list in order of submission is also in order of
 * release; an entry that the device has not finished is passed over.
 */
#include "driver.h"

#include <quire/list.h>
#include <quire/system_call.h>

#define DELAY_DISK_DEPTH 256

struct held_request {
    struct list_link link;       /* in `flying` or `unused` */
    struct block_request inner;  /* what the device below sees */
    struct block_request *outer; /* whose completion is held */
    uint64_t release_nanoseconds;
    bool finished;
};

struct delay_disk {
    struct block_device device; /* first: a device is its driver's state */
    struct block_device *inner;
    uint64_t delay_nanoseconds;
    struct list_link flying; /* in order of submission */
    struct list_link unused;
    struct held_request requests[DELAY_DISK_DEPTH];
};

static void inner_done(struct block_request *inner)
{
    struct held_request *held = inner->context;
    held->finished = true;
}

/* The earlier of the device's own wish and the first finished request's release. */
static void update_poll_at(struct delay_disk *disk)
{
    uint64_t poll_at = disk->inner->poll_at;
    LIST_FOR_EACH (link, &disk->flying) {
        struct held_request *held = LIST_ENTRY(link, struct held_request, link);
        if (!held->finished)
            continue;
        if (poll_at == 0 || held->release_nanoseconds < poll_at)
            poll_at = held->release_nanoseconds;
        break;
    }
    disk->device.poll_at = poll_at;
}

static bool delay_disk_submit(struct block_device *device, struct block_request *request)
{
    struct delay_disk *disk = (struct delay_disk *)device;
    struct list_link *link = list_first(&disk->unused);
    if (link == NULL)
        return false;
    struct held_request *held = LIST_ENTRY(link, struct held_request, link);
    held->inner = *request;
    held->inner.done = inner_done;
    held->inner.context = held;
    held->outer = request;
    held->finished = false;
    held->release_nanoseconds = sys_clock_read() + disk->delay_nanoseconds;
    if (!disk->inner->operations->submit(disk->inner, &held->inner))
        return false;
    list_remove(link);
    list_append(&disk->flying, link);
    block_activity_begin(device);
    update_poll_at(disk);
    return true;
}

static void delay_disk_kick(struct block_device *device)
{
    struct delay_disk *disk = (struct delay_disk *)device;
    disk->inner->operations->kick(disk->inner);
    update_poll_at(disk);
}

static uint32_t delay_disk_poll(struct block_device *device)
{
    struct delay_disk *disk = (struct delay_disk *)device;
    disk->inner->operations->poll(disk->inner);

    uint64_t now = sys_clock_read();
    struct request_queue due = {NULL, NULL};
    LIST_FOR_EACH (link, &disk->flying) {
        struct held_request *held = LIST_ENTRY(link, struct held_request, link);
        if (held->release_nanoseconds > now)
            break;
        if (!held->finished)
            continue;
        held->outer->result = held->inner.result;
        request_queue_append(&due, held->outer);
        list_remove(link);
        list_append(&disk->unused, link);
    }
    /* done() may submit: only now, with the lists in order. */
    uint32_t count = request_queue_complete(device, &due);
    update_poll_at(disk);
    return count;
}

static const struct block_device_operations delay_disk_operations = {
    .submit = delay_disk_submit, .kick = delay_disk_kick, .poll = delay_disk_poll};

uint64_t delay_disk_dma_bytes(void)
{
    return sizeof(struct delay_disk) + _Alignof(struct delay_disk);
}

struct block_device *delay_disk_open(struct block_device *inner, uint32_t delay_microseconds,
                                     const struct driver_context *context, int *error)
{
    struct delay_disk *disk =
        dma_take(context->memory, sizeof *disk, _Alignof(struct delay_disk), NULL);
    if (disk == NULL) {
        *error = -ENOMEM;
        return NULL;
    }
    disk->device = *inner;
    disk->device.operations = &delay_disk_operations;
    disk->device.activity = (struct block_activity){0};
    if (disk->device.queue_depth > DELAY_DISK_DEPTH)
        disk->device.queue_depth = DELAY_DISK_DEPTH;
    disk->inner = inner;
    disk->delay_nanoseconds = (uint64_t)delay_microseconds * 1000;
    list_initialize(&disk->flying);
    list_initialize(&disk->unused);
    for (unsigned i = 0; i < DELAY_DISK_DEPTH; i++)
        list_append(&disk->unused, &disk->requests[i].link);
    *error = 0;
    return &disk->device;
}
