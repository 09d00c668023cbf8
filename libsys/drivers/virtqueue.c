/*
 * The split virtqueue: see virtqueue.h. Section numbers are those of the virtio 1.1
 * specification.
 */
#include "virtqueue.h"

#include <string.h>

#define TABLE_BYTES (VIRTQUEUE_CHAIN_MAX * sizeof(struct virtqueue_descriptor))

uint64_t virtqueue_dma_bytes(void)
{
    return VIRTQUEUE_SIZE_MAX * sizeof(struct virtqueue_descriptor) +
           sizeof(struct virtqueue_available) + sizeof(struct virtqueue_used) +
           VIRTQUEUE_SIZE_MAX * TABLE_BYTES + 4 * 64; /* alignment */
}

bool virtqueue_allocate(struct virtqueue *queue, struct dma_memory *memory)
{
    queue->descriptors = dma_take(memory, VIRTQUEUE_SIZE_MAX * sizeof(struct virtqueue_descriptor),
                                  64, &queue->descriptors_physical);
    queue->available =
        dma_take(memory, sizeof(struct virtqueue_available), 64, &queue->available_physical);
    queue->used = dma_take(memory, sizeof(struct virtqueue_used), 64, &queue->used_physical);
    queue->tables = dma_take(memory, VIRTQUEUE_SIZE_MAX * TABLE_BYTES, 64, &queue->tables_physical);
    return queue->descriptors != NULL && queue->available != NULL && queue->used != NULL &&
           queue->tables != NULL;
}

void virtqueue_initialize(struct virtqueue *queue, uint16_t size, bool indirect)
{
    memset(queue->descriptors, 0, VIRTQUEUE_SIZE_MAX * sizeof(struct virtqueue_descriptor));
    memset(queue->available, 0, sizeof *queue->available);
    memset(queue->used, 0, sizeof *queue->used);
    memset(queue->owners, 0, sizeof queue->owners);
    queue->size = size;
    queue->indirect = indirect;
    queue->free_head = 0;
    queue->free_count = size;
    for (uint16_t i = 0; i < size; i++)
        queue->next[i] = (uint16_t)(i + 1);
    queue->available_index = 0;
    queue->published_index = 0;
    queue->used_index = 0;
    queue->in_flight = 0;
}

static uint16_t take_descriptor(struct virtqueue *queue)
{
    uint16_t index = queue->free_head;
    queue->free_head = queue->next[index];
    queue->free_count--;
    return index;
}

static void free_chain(struct virtqueue *queue, uint16_t head)
{
    uint16_t last = head;
    for (unsigned i = 1; i < queue->count[head]; i++)
        last = queue->next[last];
    queue->next[last] = queue->free_head;
    queue->free_head = head;
    queue->free_count += queue->count[head];
}

static void fill_descriptor(struct virtqueue_descriptor *descriptor,
                            const struct virtqueue_buffer *buffer)
{
    descriptor->physical = buffer->physical;
    descriptor->length_bytes = buffer->length_bytes;
    descriptor->flags = buffer->device_writes ? DESCRIPTOR_DEVICE_WRITES : 0;
    descriptor->next = 0;
}

static uint16_t add_indirect(struct virtqueue *queue, const struct virtqueue_buffer *buffers,
                             unsigned count)
{
    uint16_t head = take_descriptor(queue);
    struct virtqueue_descriptor *table = queue->tables + (size_t)head * VIRTQUEUE_CHAIN_MAX;
    for (unsigned i = 0; i < count; i++) {
        fill_descriptor(&table[i], &buffers[i]);
        if (i + 1 < count) {
            table[i].flags |= DESCRIPTOR_NEXT;
            table[i].next = (uint16_t)(i + 1);
        }
    }
    queue->descriptors[head] = (struct virtqueue_descriptor){
        .physical = queue->tables_physical + head * TABLE_BYTES,
        .length_bytes = (uint32_t)(count * sizeof *table),
        .flags = DESCRIPTOR_INDIRECT,
    };
    return head;
}

static uint16_t add_direct(struct virtqueue *queue, const struct virtqueue_buffer *buffers,
                           unsigned count)
{
    uint16_t head = take_descriptor(queue), index = head;
    for (unsigned i = 0; i < count; i++) {
        struct virtqueue_descriptor *descriptor = &queue->descriptors[index];
        fill_descriptor(descriptor, &buffers[i]);
        if (i + 1 < count) {
            index = take_descriptor(queue); /* next[] of the previous leads to it already */
            descriptor->flags |= DESCRIPTOR_NEXT;
            descriptor->next = index;
        }
    }
    return head;
}

bool virtqueue_add(struct virtqueue *queue, const struct virtqueue_buffer *buffers, unsigned count,
                   void *owner)
{
    unsigned needed = queue->indirect ? 1 : count;
    if (count == 0 || count > VIRTQUEUE_CHAIN_MAX || needed > queue->free_count)
        return false;
    uint16_t head =
        queue->indirect ? add_indirect(queue, buffers, count) : add_direct(queue, buffers, count);
    queue->owners[head] = owner;
    queue->count[head] = (uint16_t)needed;
    queue->in_flight++;
    queue->available->heads[queue->available_index & (queue->size - 1)] = head;
    queue->available_index++;
    return true;
}

bool virtqueue_publish(struct virtqueue *queue)
{
    if (queue->published_index == queue->available_index)
        return false;
    /* The heads and descriptors before the index (2.7.13.2). */
    __atomic_store_n(&queue->available->index, queue->available_index, __ATOMIC_RELEASE);
    queue->published_index = queue->available_index;
    return true;
}

enum virtqueue_take virtqueue_take(struct virtqueue *queue, void **owner)
{
    uint16_t device_index = __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE);
    uint16_t finished = (uint16_t)(device_index - queue->used_index);
    if (finished == 0)
        return VIRTQUEUE_EMPTY;
    if (finished > queue->in_flight)
        return VIRTQUEUE_BROKEN;
    uint32_t head = __atomic_load_n(
        &queue->used->elements[queue->used_index & (queue->size - 1)].head, __ATOMIC_RELAXED);
    if (head >= queue->size || queue->owners[head] == NULL)
        return VIRTQUEUE_BROKEN;

    *owner = queue->owners[head];
    queue->owners[head] = NULL;
    queue->used_index++;
    queue->in_flight--;
    free_chain(queue, (uint16_t)head);
    return VIRTQUEUE_TAKEN;
}

void *virtqueue_abandon(struct virtqueue *queue)
{
    for (unsigned head = 0; queue->in_flight > 0 && head < queue->size; head++) {
        void *owner = queue->owners[head];
        if (owner != NULL) {
            queue->owners[head] = NULL;
            queue->in_flight--;
            return owner;
        }
    }
    return NULL;
}
