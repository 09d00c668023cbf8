/*
 * See page_numbers.h.
 */
#include "page_numbers.h"

#include <stdlib.h>

#define ROOM_AT_FIRST 1024u

uint64_t page_hash(struct page_key key)
{
    /* Two rounds of multiply and fold: objects and indexes are often small and consecutive. */
    uint64_t hash = key.object * 0x9e3779b97f4a7c15ull + key.index;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93ull;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93ull;
    return hash ^ hash >> 32;
}

static uint64_t bytes_for(uint64_t room)
{
    return room * (sizeof(struct page_key) + 2 * sizeof(uint32_t));
}

uint64_t page_numbers_bytes(const struct page_numbers *numbers)
{
    return bytes_for(numbers->room);
}

static uint64_t slot_of(const struct page_numbers *numbers, struct page_key key)
{
    uint64_t slot = page_hash(key) & numbers->slot_mask;
    for (; numbers->slots[slot] != 0; slot = (slot + 1) & numbers->slot_mask) {
        const struct page_key *other = &numbers->keys[numbers->slots[slot] - 1];
        if (other->object == key.object && other->index == key.index)
            break;
    }
    return slot;
}

/* Twice the room; the slots are always twice as many as the keys. */
static bool grow(struct page_numbers *numbers)
{
    uint64_t room = numbers->room == 0 ? ROOM_AT_FIRST : 2ull * numbers->room;
    /* While growing, the old and the new tables are there. */
    uint64_t peak = bytes_for(room) + bytes_for(numbers->room);
    if (room > PAGE_NUMBERS_MAX || (numbers->most_bytes != 0 && peak > numbers->most_bytes))
        return false;
    uint32_t *slots = calloc(2 * room, sizeof *slots);
    struct page_key *keys = slots != NULL ? realloc(numbers->keys, room * sizeof *keys) : NULL;
    if (keys == NULL) {
        free(slots);
        return false;
    }
    free(numbers->slots);
    numbers->keys = keys;
    numbers->slots = slots;
    numbers->room = (uint32_t)room;
    numbers->slot_mask = 2 * room - 1;
    for (uint32_t i = 0; i < numbers->count; i++)
        slots[slot_of(numbers, keys[i])] = i + 1;
    return true;
}

bool page_number(struct page_numbers *numbers, struct page_key key, uint32_t *number)
{
    uint64_t slot = numbers->room != 0 ? slot_of(numbers, key) : 0;
    if (numbers->room != 0 && numbers->slots[slot] != 0) {
        *number = numbers->slots[slot] - 1;
        return true;
    }
    if (numbers->count == numbers->room) {
        if (!grow(numbers))
            return false;
        slot = slot_of(numbers, key);
    }
    numbers->keys[numbers->count] = key;
    *number = numbers->count++;
    numbers->slots[slot] = numbers->count;
    return true;
}

void page_numbers_free(struct page_numbers *numbers)
{
    free(numbers->keys);
    free(numbers->slots);
    *numbers = (struct page_numbers){0};
}
