/* The skip list of memory_table.h. */
#include "memory_table.h"

#include <string.h>
#include <sys/mman.h>

/* One node in four is a level higher than the rest (Pugh, section "Choosing p"). */
#define HIGHER_ONE_IN 4

struct node {
    struct entry entry;
    uint32_t height;
    uint32_t next[]; /* words from the arena's begin; 0: none, for no node lies there */
};

static size_t node_words(uint32_t height)
{
    return (sizeof(struct node) + height * sizeof(uint32_t) + 7) / 8;
}

static struct node *node_at(const struct memory_table *table, uint32_t word)
{
    return word == 0 ? NULL : (struct node *)(table->arena + word);
}

bool memory_table_create(struct memory_table *table, size_t capacity)
{
    /* As if all were of full height: what is never used costs no frame. */
    size_t words = 1 + capacity * node_words(MEMORY_TABLE_LEVELS);
    void *arena = mmap(NULL, words * 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == MAP_FAILED)
        return false;
    *table = (struct memory_table){
        .arena = arena, .arena_words = words, .capacity = capacity, .random = 88172645463325252u};
    memory_table_clear(table);
    return true;
}

void memory_table_destroy(struct memory_table *table)
{
    munmap(table->arena, table->arena_words * 8);
}

void memory_table_clear(struct memory_table *table)
{
    table->used = 1;
    table->count = 0;
    memset(table->head, 0, sizeof table->head);
}

static uint32_t random_height(struct memory_table *table)
{
    table->random ^= table->random << 13;
    table->random ^= table->random >> 7;
    table->random ^= table->random << 17;
    uint64_t bits = table->random;
    uint32_t height = 1;
    for (; height < MEMORY_TABLE_LEVELS && bits % HIGHER_ONE_IN == 0; bits /= HIGHER_ONE_IN)
        height++;
    return height;
}

/* The first node whose key is not below `key`. links[i]: the link of level i that leads past it. */
static struct node *search(const struct memory_table *table, uint64_t key,
                           uint32_t *links[MEMORY_TABLE_LEVELS])
{
    uint32_t *level_links = (uint32_t *)table->head;
    struct node *node = NULL;
    for (uint32_t level = MEMORY_TABLE_LEVELS; level-- > 0;) {
        node = node_at(table, level_links[level]);
        while (node != NULL && node->entry.key < key) {
            level_links = node->next;
            node = node_at(table, level_links[level]);
        }
        if (links != NULL)
            links[level] = &level_links[level];
    }
    return node;
}

void memory_table_put(struct memory_table *table, const struct entry *entry)
{
    uint32_t *links[MEMORY_TABLE_LEVELS];
    struct node *node = search(table, entry->key, links);
    if (node != NULL && node->entry.key == entry->key) {
        node->entry = *entry;
        return;
    }
    uint32_t word = (uint32_t)table->used, height = random_height(table);
    node = (struct node *)(table->arena + word);
    table->used += node_words(height);
    table->count++;
    node->entry = *entry;
    node->height = height;
    for (uint32_t level = 0; level < height; level++) {
        node->next[level] = *links[level];
        *links[level] = word;
    }
}

const struct entry *memory_table_seek(const struct memory_table *table, uint64_t key)
{
    const struct node *node = search(table, key, NULL);
    return node == NULL ? NULL : &node->entry;
}

const struct entry *memory_table_find(const struct memory_table *table, uint64_t key)
{
    const struct entry *entry = memory_table_seek(table, key);
    return entry != NULL && entry->key == key ? entry : NULL;
}

const struct entry *memory_table_next(const struct memory_table *table, const struct entry *entry)
{
    /* The entry is what a node begins with. */
    const struct node *next = node_at(table, ((const struct node *)entry)->next[0]);
    return next == NULL ? NULL : &next->entry;
}
