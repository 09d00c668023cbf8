/*
 * From segments to pages: see quire/elf.h.
 *
 * Segments come in ascending order, so a segment can meet only the last page of what is there
 * already. That page is cut off the last range and becomes a range of its own:
 *
 *      last range   [-----------------|--A--]          A: bytes of the segment before
 *      new segment                      |--B--|-------------]
 *      result       [----------------][ A+B  ][------------]
 *
 * The shared page is still one page of the file if both segments have the same distance
 * between address and file offset, and no zeros of A would be covered by file bytes. Else it
 * is put together from pieces.
 */
#include <quire/abi.h>
#include <quire/elf.h>

static uint64_t page_floor(uint64_t value)
{
    return value & PAGE_MASK;
}

static uint64_t page_ceiling(uint64_t value)
{
    return (value + PAGE_SIZE - 1) & PAGE_MASK;
}

/* The pages of [start, end) of one segment, as if it were alone. */
static struct elf_page_range range_of(const struct elf_segment *segment, uint64_t start,
                                      uint64_t end)
{
    struct elf_page_range range = {
        .address = start, .length_bytes = end - start, .rights = segment->rights};
    uint64_t file_end = segment->address + segment->file_bytes;
    if (segment->file_bytes > 0 && file_end > start) {
        range.file_offset = start - (segment->address - segment->file_offset);
        range.file_bytes = (file_end < end ? file_end : end) - start;
    }
    return range;
}

/* Can page `shared`, which holds `before` and its predecessors, take `segment` as well? */
static void merge_page(struct elf_page_range *shared, const struct elf_segment *before,
                       const struct elf_segment *segment)
{
    shared->rights |= segment->rights;
    if (segment->file_bytes == 0 || shared->pieces)
        return; /* zeros behind what is there: nothing changes */

    struct elf_page_range own =
        range_of(segment, shared->address, shared->address + shared->length_bytes);
    bool zeros_between = before->memory_bytes > before->file_bytes;
    bool same_file_page = shared->file_bytes > 0 && shared->file_offset == own.file_offset;
    if (same_file_page && !zeros_between) {
        shared->file_bytes = own.file_bytes;
    } else {
        shared->pieces = true;
        shared->file_offset = 0;
        shared->file_bytes = 0;
    }
}

/* Cuts the last page off a range; `rest` is what stays before it, perhaps nothing. */
static struct elf_page_range cut_last_page(struct elf_page_range *rest)
{
    struct elf_page_range last = *rest;
    rest->length_bytes -= PAGE_SIZE;
    last.address += rest->length_bytes;
    last.length_bytes = PAGE_SIZE;
    if (rest->file_bytes > rest->length_bytes) {
        last.file_offset += rest->length_bytes;
        last.file_bytes = rest->file_bytes - rest->length_bytes;
        rest->file_bytes = rest->length_bytes;
    } else {
        last.file_offset = 0;
        last.file_bytes = 0;
    }
    return last;
}

uint32_t elf_pages(const struct elf_image *image, struct elf_page_range ranges[ELF_PAGES_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        uint64_t start = page_floor(segment->address);
        uint64_t end = page_ceiling(segment->address + segment->memory_bytes);

        if (count > 0 && start < ranges[count - 1].address + ranges[count - 1].length_bytes) {
            struct elf_page_range shared = cut_last_page(&ranges[count - 1]);
            if (ranges[count - 1].length_bytes == 0)
                count--;
            merge_page(&shared, segment - 1, segment);
            ranges[count++] = shared;
            start += PAGE_SIZE;
        }
        if (start < end)
            ranges[count++] = range_of(segment, start, end);
    }
    return count;
}
