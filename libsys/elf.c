/*
 * The checks on an ELF64 executable: see quire/elf.h. The layout is that of the System V
 * gABI, chapters 4 and 5, and of the x86-64 psABI. Fields are read by copying, because the
 * bytes have no alignment.
 *
 * Sums are never formed before it is known that they fit: a range is checked as
 * `length <= limit && start <= limit - length`.
 */
#include <quire/abi.h>
#include <quire/elf.h>
#include <string.h>

struct elf_header {
    uint8_t identification[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers_offset, section_headers_offset;
    uint32_t flags;
    uint16_t header_bytes, program_header_bytes, program_header_count;
    uint16_t section_header_bytes, section_header_count, section_name_index;
};
_Static_assert(sizeof(struct elf_header) == 64, "the gABI's Elf64_Ehdr");

struct elf_program_header {
    uint32_t type, flags;
    uint64_t file_offset, address, physical_address, file_bytes, memory_bytes, alignment;
};
_Static_assert(sizeof(struct elf_program_header) == 56, "the gABI's Elf64_Phdr");

#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE_ENDIAN 1
#define ELF_VERSION_CURRENT 1
#define ELF_TYPE_EXECUTABLE 2
#define ELF_MACHINE_X86_64 62
#define ELF_COUNT_ELSEWHERE 0xffff /* PN_XNUM: the count is in section header 0 */
#define SEGMENT_LOAD 1
#define SEGMENT_INTERPRETER 3
#define SEGMENT_FLAG_EXECUTE 1
#define SEGMENT_FLAG_WRITE 2
#define SEGMENT_FLAG_READ 4

static bool range_fits(uint64_t start, uint64_t length, uint64_t limit)
{
    return length <= limit && start <= limit - length;
}

static enum elf_error check_header(const struct elf_header *header, uint64_t file_bytes)
{
    const uint8_t *identification = header->identification;
    if (memcmp(identification, "\177ELF", 4) != 0)
        return ELF_NOT_ELF;
    if (identification[4] != ELF_CLASS_64 || identification[5] != ELF_DATA_LITTLE_ENDIAN ||
        identification[6] != ELF_VERSION_CURRENT || header->version != ELF_VERSION_CURRENT)
        return ELF_WRONG_CLASS;
    if (header->machine != ELF_MACHINE_X86_64)
        return ELF_WRONG_MACHINE;
    if (header->type != ELF_TYPE_EXECUTABLE)
        return ELF_WRONG_TYPE;
    if (header->header_bytes != sizeof *header)
        return ELF_HEADER_SIZE;
    if (header->program_header_count == 0)
        return ELF_NO_SEGMENTS;
    if (header->program_header_count == ELF_COUNT_ELSEWHERE)
        return ELF_TOO_MANY;
    if (header->program_header_bytes != sizeof(struct elf_program_header))
        return ELF_HEADER_SIZE;
    uint64_t table_bytes =
        (uint64_t)header->program_header_count * sizeof(struct elf_program_header);
    if (header->program_headers_offset < sizeof *header ||
        !range_fits(header->program_headers_offset, table_bytes, file_bytes))
        return ELF_HEADERS_OUTSIDE;
    return ELF_OK;
}

static enum elf_error check_load(const struct elf_program_header *load, uint64_t file_bytes,
                                 uint64_t address_minimum, uint64_t address_limit)
{
    if (load->memory_bytes < load->file_bytes)
        return ELF_MEMORY_SIZE;
    if (!range_fits(load->file_offset, load->file_bytes, file_bytes))
        return ELF_FILE_RANGE;
    if (load->address < address_minimum ||
        !range_fits(load->address, load->memory_bytes, address_limit))
        return ELF_ADDRESS_RANGE;
    /* 0 and 1 mean no constraint. A segment without file bytes maps no page of the file, so
       its offset says nothing. */
    if ((load->alignment & (load->alignment - 1)) != 0)
        return ELF_ALIGNMENT;
    uint64_t difference = load->address - load->file_offset;
    if (load->file_bytes > 0 &&
        (difference % PAGE_SIZE != 0 ||
         (load->alignment > 1 && (difference & (load->alignment - 1)) != 0)))
        return ELF_ALIGNMENT;
    return ELF_OK;
}

static uint32_t rights_of(uint32_t flags)
{
    return ((flags & SEGMENT_FLAG_READ) != 0 ? ELF_READ : 0) |
           ((flags & SEGMENT_FLAG_WRITE) != 0 ? ELF_WRITE : 0) |
           ((flags & SEGMENT_FLAG_EXECUTE) != 0 ? ELF_EXECUTE : 0);
}

static enum elf_error add_segment(struct elf_image *image, const struct elf_program_header *load)
{
    if (image->segment_count > 0) {
        const struct elf_segment *before = &image->segments[image->segment_count - 1];
        if (load->address < before->address)
            return ELF_ORDER;
        if (load->address < before->address + before->memory_bytes)
            return ELF_OVERLAP;
    }
    if (image->segment_count == ELF_SEGMENTS_MAX)
        return ELF_TOO_MANY;
    image->segments[image->segment_count++] = (struct elf_segment){
        .address = load->address,
        .memory_bytes = load->memory_bytes,
        .file_offset = load->file_offset,
        .file_bytes = load->file_bytes,
        .rights = rights_of(load->flags),
    };
    return ELF_OK;
}

static bool entry_is_executable(const struct elf_image *image)
{
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];
        if ((segment->rights & ELF_EXECUTE) != 0 && image->entry >= segment->address &&
            image->entry - segment->address < segment->memory_bytes)
            return true;
    }
    return false;
}

enum elf_error elf_parse(const void *bytes, size_t available_bytes, uint64_t file_bytes,
                         uint64_t address_minimum, uint64_t address_limit, struct elf_image *image)
{
    struct elf_header header;
    image->entry = 0;
    image->needed_bytes = sizeof header;
    image->bad_header = 0;
    image->segment_count = 0;
    if (file_bytes < sizeof header)
        return ELF_NOT_ELF;
    if (available_bytes < sizeof header)
        return ELF_NEED_MORE;
    memcpy(&header, bytes, sizeof header);
    enum elf_error error = check_header(&header, file_bytes);
    if (error != ELF_OK)
        return error;

    image->entry = header.entry;
    image->needed_bytes = header.program_headers_offset +
                          (uint64_t)header.program_header_count * sizeof(struct elf_program_header);
    if (available_bytes < image->needed_bytes)
        return ELF_NEED_MORE;

    const uint8_t *table = (const uint8_t *)bytes + header.program_headers_offset;
    for (uint32_t i = 0; i < header.program_header_count; i++) {
        struct elf_program_header program_header;
        memcpy(&program_header, table + i * sizeof program_header, sizeof program_header);
        image->bad_header = i;
        if (program_header.type == SEGMENT_INTERPRETER)
            return ELF_DYNAMIC;
        if (program_header.type != SEGMENT_LOAD || program_header.memory_bytes == 0)
            continue;
        error = check_load(&program_header, file_bytes, address_minimum, address_limit);
        if (error == ELF_OK)
            error = add_segment(image, &program_header);
        if (error != ELF_OK)
            return error;
    }
    if (image->segment_count == 0)
        return ELF_NO_SEGMENTS;
    return entry_is_executable(image) ? ELF_OK : ELF_ENTRY;
}

const char *elf_error_text(enum elf_error error)
{
    static const char *const texts[] = {
        [ELF_OK] = "no error",
        [ELF_NEED_MORE] = "more of the file is needed",
        [ELF_NOT_ELF] = "not an ELF file",
        [ELF_WRONG_CLASS] = "not a 64-bit little-endian ELF file",
        [ELF_WRONG_MACHINE] = "not for x86-64",
        [ELF_WRONG_TYPE] = "not a static executable",
        [ELF_DYNAMIC] = "needs a dynamic linker",
        [ELF_HEADER_SIZE] = "headers of a wrong size",
        [ELF_HEADERS_OUTSIDE] = "program headers outside the file",
        [ELF_TOO_MANY] = "too many segments",
        [ELF_NO_SEGMENTS] = "no segment to load",
        [ELF_FILE_RANGE] = "a segment outside the file",
        [ELF_MEMORY_SIZE] = "a segment larger in the file than in memory",
        [ELF_ALIGNMENT] = "a misaligned segment",
        [ELF_ADDRESS_RANGE] = "a segment outside the addresses of programs",
        [ELF_ORDER] = "segments out of order",
        [ELF_OVERLAP] = "overlapping segments",
        [ELF_ENTRY] = "an entry point outside the text",
    };
    return (unsigned)error < sizeof texts / sizeof *texts ? texts[error] : "unknown ELF error";
}
