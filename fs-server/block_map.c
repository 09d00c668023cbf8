/* Walking the block map; see block_map.h. */
#include "block_map.h"

#include "allocate.h"
#include "group.h"

uint64_t map_span(const struct file_system *fs, uint32_t levels)
{
    uint64_t span = 1;
    while (levels-- != 0)
        span *= fs->geometry.pointers_per_block;
    return span;
}

bool map_position_of(const struct file_system *fs, uint64_t logical, struct map_position *position)
{
    if (logical < EXT2_DIRECT_BLOCKS) {
        *position = (struct map_position){.depth = 1, .index = {(uint32_t)logical}};
        return true;
    }
    logical -= EXT2_DIRECT_BLOCKS;
    for (uint32_t levels = 1; levels < MAP_DEPTH_MAX; levels++) {
        uint64_t span = map_span(fs, levels);
        if (logical >= span) {
            logical -= span;
            continue;
        }
        position->depth = levels + 1;
        position->index[0] = EXT2_DIRECT_BLOCKS + levels - 1;
        for (uint32_t i = 1; i <= levels; i++) {
            span /= fs->geometry.pointers_per_block;
            position->index[i] = (uint32_t)(logical / span);
            logical %= span;
        }
        return true;
    }
    return false;
}

status map_block_of(struct operation *operation, const struct inode *inode, uint32_t pointer,
                    uint32_t *block)
{
    *block = pointer;
    if (pointer == 0 || block_is_for_files(operation->fs, pointer))
        return 0;
    return corrupt(operation->fs, "ext2: block pointer out of range in inode ", inode->number);
}

/* The block that the pointer before this one names, plus one: files grow in order. */
static uint32_t goal_at(const uint32_t *first, uint32_t index, const struct buffer *owner,
                        bool in_inode)
{
    for (uint32_t back = 1; back <= index && back <= 8; back++) {
        if (first[index - back] != 0 && (!in_inode || index <= EXT2_DIRECT_BLOCKS))
            return first[index - back] + 1;
    }
    return in_inode ? 0 : owner->block + 1;
}

static status walk(struct operation *operation, const struct inode *inode, uint64_t logical,
                   bool extend, struct map_slot *slot)
{
    struct map_position position;
    if (!map_position_of(operation->fs, logical, &position))
        return -EFBIG;

    uint32_t *first = inode->raw->block;
    slot->owner = inode->buffer;
    for (uint32_t level = 0;; level++) {
        slot->pointer = &first[position.index[level]];
        slot->goal = goal_at(first, position.index[level], slot->owner, level == 0);
        if (level + 1 == position.depth)
            return 0;

        struct planned_block *planned = plan_find(operation, slot->pointer);
        uint32_t block;
        TRY(map_block_of(operation, inode, *slot->pointer, &block));
        if (block != 0) {
            TRY(buffer_get(operation, block, &slot->owner));
        } else if (planned != NULL) {
            slot->owner = planned->buffer;
        } else if (extend) {
            TRY(plan_block(operation, inode, slot->goal, slot->pointer, slot->owner, true,
                           &planned));
            slot->owner = planned->buffer;
        } else {
            slot->pointer = NULL;
            slot->level_missing = position.depth - 1 - level;
            return 0;
        }
        first = (uint32_t *)(void *)slot->owner->data;
    }
}

status map_find(struct operation *operation, const struct inode *inode, uint64_t logical,
                struct map_slot *slot)
{
    return walk(operation, inode, logical, false, slot);
}

status map_extend(struct operation *operation, const struct inode *inode, uint64_t logical,
                  struct map_slot *slot)
{
    return walk(operation, inode, logical, true, slot);
}

status map_lookup(struct operation *operation, const struct inode *inode, uint64_t logical,
                  uint32_t *block)
{
    struct map_slot slot;
    TRY(walk(operation, inode, logical, false, &slot));
    *block = 0;
    return slot.pointer == NULL ? 0 : map_block_of(operation, inode, *slot.pointer, block);
}
