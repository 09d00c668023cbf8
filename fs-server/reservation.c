/* The table of reserved pages: bitmaps of 512 pages, hashed by inode and position. */
#include "reserve.h"

#include "bitmap.h"

#define CHUNK_PAGES 512u
#define RESERVATION_BUCKETS 512u

struct reservation {
    struct queue hash_link;
    struct queue inode_link;
    uint32_t inode;
    uint32_t count;
    uint64_t chunk;
    uint8_t pages[CHUNK_PAGES / 8];
};

bool reservation_table_init(struct file_system *fs)
{
    fs->reservation_bucket_count = RESERVATION_BUCKETS;
    fs->reservation_buckets =
        arena_take(&fs->arena, RESERVATION_BUCKETS * sizeof(struct queue), sizeof(uint64_t));
    if (fs->reservation_buckets == NULL)
        return false;
    for (uint32_t i = 0; i < RESERVATION_BUCKETS; i++)
        queue_init(&fs->reservation_buckets[i]);
    pool_init(&fs->reservations, &fs->arena, sizeof(struct reservation));
    return true;
}

static struct queue *bucket_of(struct file_system *fs, uint32_t inode, uint64_t chunk)
{
    return &fs->reservation_buckets[(inode * 31 + chunk) & (fs->reservation_bucket_count - 1)];
}

static struct reservation *find(struct file_system *fs, uint32_t inode, uint64_t chunk)
{
    struct queue *bucket = bucket_of(fs, inode, chunk);
    for (struct queue *link = bucket->next; link != bucket; link = link->next) {
        struct reservation *reservation = QUEUE_OWNER(link, struct reservation, hash_link);
        if (reservation->inode == inode && reservation->chunk == chunk)
            return reservation;
    }
    return NULL;
}

bool reservation_has(struct file_system *fs, uint32_t inode, uint64_t page)
{
    struct reservation *reservation = find(fs, inode, page / CHUNK_PAGES);
    return reservation != NULL && bitmap_test(reservation->pages, page % CHUNK_PAGES);
}

status reservation_add(struct file_system *fs, struct inode_state *state, uint64_t page)
{
    uint64_t chunk = page / CHUNK_PAGES;
    struct reservation *reservation = find(fs, state->number, chunk);
    if (reservation == NULL) {
        reservation = pool_get(&fs->reservations);
        if (reservation == NULL)
            return -ENOMEM;
        reservation->inode = state->number;
        reservation->chunk = chunk;
        queue_push(bucket_of(fs, state->number, chunk), &reservation->hash_link);
        queue_push(&state->reservations, &reservation->inode_link);
    }
    if (!bitmap_test(reservation->pages, page % CHUNK_PAGES)) {
        bitmap_set(reservation->pages, page % CHUNK_PAGES);
        reservation->count++;
        fs->reserved_blocks += fs->geometry.blocks_per_page;
    }
    return 0;
}

static void take(struct file_system *fs, struct reservation *reservation, uint32_t bit)
{
    bitmap_clear(reservation->pages, bit);
    fs->reserved_blocks -= fs->geometry.blocks_per_page;
    if (--reservation->count != 0)
        return;
    queue_remove(&reservation->hash_link);
    queue_remove(&reservation->inode_link);
    pool_put(&fs->reservations, reservation);
}

void reservation_take(struct file_system *fs, struct inode_state *state, uint64_t page)
{
    struct reservation *reservation = find(fs, state->number, page / CHUNK_PAGES);
    if (reservation != NULL && bitmap_test(reservation->pages, page % CHUNK_PAGES))
        take(fs, reservation, page % CHUNK_PAGES);
}

void reservations_drop(struct file_system *fs, struct inode_state *state, uint64_t first_page)
{
    for (struct queue *link = state->reservations.next, *next; link != &state->reservations;
         link = next) {
        struct reservation *reservation = QUEUE_OWNER(link, struct reservation, inode_link);
        uint64_t base = reservation->chunk * CHUNK_PAGES;
        uint32_t bit =
            first_page > base
                ? (uint32_t)(first_page - base < CHUNK_PAGES ? first_page - base : CHUNK_PAGES)
                : 0;
        next = link->next;
        for (uint32_t left = reservation->count; bit < CHUNK_PAGES && left != 0; bit++) {
            if (!bitmap_test(reservation->pages, bit))
                continue;
            left = reservation->count - 1; /* the last take() frees the object */
            take(fs, reservation, bit);
        }
    }
}
