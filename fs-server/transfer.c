/* Plugging, merging and retrying of disk transfers; see transfer.h. */
#include "transfer.h"

struct transfer_bundle {
    struct block_request request;
    struct block_segment segments[BLOCK_SEGMENTS_MAX];
    struct queue link;
    struct queue transfers;
    struct transfer_queue *queue;
};

size_t transfer_queue_bytes(void)
{
    return TRANSFER_BUNDLES * sizeof(struct transfer_bundle);
}

void transfer_queue_init(struct transfer_queue *queue, struct block_device *device, void *memory)
{
    struct transfer_bundle *bundles = memory;

    queue->device = device;
    queue->in_flight = 0;
    queue_init(&queue->window);
    queue_init(&queue->waiting);
    queue_init(&queue->idle);
    for (unsigned i = 0; i < TRANSFER_BUNDLES; i++) {
        queue_init(&bundles[i].transfers);
        bundles[i].queue = queue;
        queue_push(&queue->idle, &bundles[i].link);
    }
}

static struct transfer *transfer_of(struct queue *link)
{
    return QUEUE_OWNER(link, struct transfer, link);
}

/* Reads before writes, then by sector: a window never has two transfers of one sector. */
static bool goes_before(const struct transfer *left, const struct transfer *right)
{
    if (left->operation != right->operation)
        return left->operation < right->operation;
    return left->sector < right->sector;
}

void transfer_start(struct transfer_queue *queue, struct transfer *transfer)
{
    /* From the end: requests mostly come in order, and then this is O(1). */
    struct queue *position = &queue->window;
    while (position->previous != &queue->window &&
           goes_before(transfer, transfer_of(position->previous)))
        position = position->previous;
    transfer->result = 0;
    queue_insert_before(position, &transfer->link);
}

static bool can_follow(const struct transfer *last, const struct transfer *next)
{
    return !last->alone && !next->alone && last->operation == next->operation &&
           last->operation != BLOCK_FLUSH &&
           next->sector == last->sector + last->length_bytes / BLOCK_SECTOR_BYTES;
}

static void add_to_bundle(struct transfer_bundle *bundle, struct transfer *transfer)
{
    queue_remove(&transfer->link);
    queue_push(&bundle->transfers, &transfer->link);
    if (transfer->operation == BLOCK_FLUSH)
        return;
    bundle->segments[bundle->request.segment_count++] =
        (struct block_segment){transfer->physical, transfer->length_bytes};
}

static void finish_transfer(struct transfer_queue *queue, struct transfer *transfer, status result)
{
    if (result == 0 && transfer->operation == BLOCK_READ)
        queue->sectors_read += transfer->length_bytes / BLOCK_SECTOR_BYTES;
    if (result == 0 && transfer->operation == BLOCK_WRITE)
        queue->sectors_written += transfer->length_bytes / BLOCK_SECTOR_BYTES;
    transfer->result = result;
    transfer->done(transfer);
}

static void bundle_done(struct block_request *request)
{
    struct transfer_bundle *bundle = request->context;
    struct transfer_queue *queue = bundle->queue;
    bool merged = bundle->transfers.next != bundle->transfers.previous;
    struct queue *link;

    queue->in_flight--;
    while ((link = queue_pop(&bundle->transfers)) != NULL) {
        struct transfer *transfer = transfer_of(link);
        if (request->result != 0 && merged) {
            transfer->alone = true;
            queue_push(&queue->waiting, link);
        } else {
            finish_transfer(queue, transfer, request->result);
        }
    }
    queue_push(&queue->idle, &bundle->link);
}

static void fill_bundle(struct transfer_queue *queue, struct transfer_bundle *bundle)
{
    uint32_t segments_max = queue->device->segments_max;
    if (segments_max == 0 || segments_max > BLOCK_SEGMENTS_MAX)
        segments_max = BLOCK_SEGMENTS_MAX;

    struct transfer *last = transfer_of(queue->waiting.next);
    bundle->request = (struct block_request){.operation = last->operation,
                                             .sector = last->sector,
                                             .segments = bundle->segments,
                                             .done = bundle_done,
                                             .context = bundle};
    add_to_bundle(bundle, last);
    while (!queue_is_empty(&queue->waiting) && bundle->request.segment_count < segments_max) {
        struct transfer *next = transfer_of(queue->waiting.next);
        if (!can_follow(last, next))
            break;
        add_to_bundle(bundle, next);
        last = next;
    }
}

/* The device had no room: the transfers go back to the front, in order. */
static void empty_bundle(struct transfer_queue *queue, struct transfer_bundle *bundle)
{
    while (!queue_is_empty(&bundle->transfers)) {
        struct queue *last = bundle->transfers.previous;
        queue_remove(last);
        queue_insert_before(queue->waiting.next, last);
    }
    queue_push(&queue->idle, &bundle->link);
}

static void submit_waiting(struct transfer_queue *queue)
{
    const struct block_device_operations *operations = queue->device->operations;
    bool submitted = false;

    while (!queue_is_empty(&queue->waiting) && !queue_is_empty(&queue->idle)) {
        struct transfer_bundle *bundle =
            QUEUE_OWNER(queue_pop(&queue->idle), struct transfer_bundle, link);
        fill_bundle(queue, bundle);
        if (operations->submit(queue->device, &bundle->request)) {
            queue->in_flight++;
            submitted = true;
            continue;
        }
        if (queue->in_flight != 0) {
            empty_bundle(queue, bundle);
            break;
        }
        /* An idle device that takes nothing is dead: no completion would ever wake us. */
        queue->in_flight++;
        bundle->request.result = -EIO;
        bundle_done(&bundle->request);
    }
    if (submitted)
        operations->kick(queue->device);
}

void transfer_unplug(struct transfer_queue *queue)
{
    queue_append(&queue->waiting, &queue->window);
    submit_waiting(queue);
}

bool transfer_poll(struct transfer_queue *queue)
{
    if (queue->in_flight == 0 || queue->device->operations->poll(queue->device) == 0)
        return false;
    submit_waiting(queue);
    return true;
}
