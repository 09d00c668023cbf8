/*
 * Fuzzing the ELF reader with libFuzzer. The input's first byte says how much of the "file"
 * is given to the reader; the rest is the file.
 *
 * Whatever the bytes, an accepted image keeps what quire/elf.h promises, byte for byte: every
 * byte of every segment is found in exactly one page range, with the right contents and
 * rights.
 *
 *   elf_fuzz [corpus directory] -max_total_time=600      to look for more
 */
#include <assert.h>
#include <quire/elf.h>
#include <stdlib.h>
#include <string.h>

#define MINIMUM 0x10000ull
#define LIMIT 0x8004000000ull
#define PAGE 4096ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct elf_page_range *range_at(const struct elf_page_range *ranges, uint32_t count,
                                             uint64_t address)
{
    for (uint32_t i = 0; i < count; i++)
        if (address - ranges[i].address < ranges[i].length_bytes)
            return &ranges[i];
    return NULL;
}

static void check_byte(const struct elf_segment *segment, uint64_t distance,
                       const struct elf_page_range *ranges, uint32_t count)
{
    uint64_t address = segment->address + distance;
    const struct elf_page_range *range = range_at(ranges, count, address);
    assert(range != NULL && (range->rights & segment->rights) == segment->rights);
    if (range->pieces) /* put together from the segments themselves */
        return;
    uint64_t place = address - range->address;
    assert((place < range->file_bytes) == (distance < segment->file_bytes));
    if (place < range->file_bytes)
        assert(range->file_offset + place == segment->file_offset + distance);
}

static void check_image(const struct elf_image *image, uint64_t file_bytes)
{
    struct elf_page_range ranges[ELF_PAGES_MAX];
    uint32_t count = elf_pages(image, ranges);
    assert(count > 0 && count <= ELF_PAGES_MAX);
    uint64_t end = MINIMUM;
    for (uint32_t i = 0; i < count; i++) {
        assert(ranges[i].address % PAGE == 0 && ranges[i].length_bytes % PAGE == 0);
        assert(ranges[i].length_bytes > 0 && ranges[i].address >= end);
        assert(ranges[i].file_bytes <= ranges[i].length_bytes);
        assert(ranges[i].file_offset % PAGE == 0);
        assert(ranges[i].file_bytes == 0 ||
               ranges[i].file_offset + ranges[i].file_bytes <= file_bytes);
        assert(!ranges[i].pieces || ranges[i].length_bytes == PAGE);
        end = ranges[i].address + ranges[i].length_bytes;
    }
    assert(end <= LIMIT);
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        const uint64_t ends[] = {
            0, segment->memory_bytes - 1, segment->file_bytes > 0 ? segment->file_bytes - 1 : 0,
            segment->file_bytes < segment->memory_bytes ? segment->file_bytes : 0,
            segment->memory_bytes / 2};
        for (unsigned e = 0; e < sizeof ends / sizeof *ends; e++)
            check_byte(segment, ends[e], ranges, count);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    uint64_t file_bytes = size - 1;
    size_t available = data[0] < 128 ? size - 1 : (size - 1) * data[0] / 256;
    /* A copy of exactly that size: the address sanitizer sees every byte too many. */
    uint8_t *copy = malloc(available + 1);
    memcpy(copy, data + 1, available);
    struct elf_image image;
    if (elf_parse(copy, available, file_bytes, MINIMUM, LIMIT, &image) == ELF_OK)
        check_image(&image, file_bytes);
    free(copy);
    return 0;
}
