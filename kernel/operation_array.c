/*
 * See operation_array.h.
 */
#include "operation_array.h"

bool operation_array_find(struct operation_array *array, const struct task *caller,
                          user_address place, size_t length_bytes)
{
    uint64_t address = place.value, end = address + length_bytes;
    /* So that no word straddles pages. */
    if (end < address || end > USER_ADDRESS_LIMIT || address % sizeof(uint64_t) != 0)
        return false;
    struct array_part *part = NULL;
    while (address < end) {
        uint64_t *words = machine_user_page(&caller->space, to_user_address(address));
        if (words == NULL)
            return false;
        uint64_t next = (address & PAGE_MASK) + PAGE_SIZE;
        if (next > end)
            next = end;
        if (part == NULL || words != part->words + part->count) {
            part = &array->parts[array->part_count++];
            *part = (struct array_part){words, 0};
        }
        part->count += (next - address) / sizeof(*words);
        address = next;
    }
    return true;
}

bool operation_array_holds(const struct operation_array *array, uint64_t frame)
{
    for (unsigned i = 0; i < array->part_count; i++) {
        const struct array_part *part = &array->parts[i];
        uint64_t start = virtual_to_physical(part->words);
        if (start < frame + PAGE_SIZE && frame < start + part->count * sizeof(*part->words))
            return true;
    }
    return false;
}
