/*
 * Starting an executable: everything about the file and the arguments is checked before the
 * first change (program_open), then the regions are made and the registers set
 * (program_load). No byte of the program is read but its headers: pages come when touched.
 *
 *      top     strings of argv and of the environment
 *              padding to 8
 *              NULL
 *              strings of the environment   <- rdx
 *              NULL                 argv[argc]
 *              argv[argc-1] ... argv[0]     <- rsi
 *      rsp     0                    the return address of nobody
 */
#include "init.h"
#include "process.h"

#include <quire/elf.h>
#include <quire/errno.h>
#include <string.h>

#define HEADER_BYTES PAGE_SIZE
#define STACK_BOTTOM (PROGRAM_STACK_TOP - PROGRAM_STACK_LIMIT_BYTES)

struct program {
    int32_t descriptor;
    struct elf_image image;
    struct elf_page_range ranges[ELF_PAGES_MAX];
    uint32_t range_count;
    uint8_t *stack; /* the initial contents, `stack_bytes` up to the stack's top */
    size_t stack_bytes;
    uint32_t argc;
};

/* Reads as much of the headers as the parser wants. */
static int32_t read_image(struct program *program)
{
    int64_t size = file_size(program->descriptor);
    if (size < 0)
        return (int32_t)size;
    size_t wanted = HEADER_BYTES;
    for (;;) {
        uint8_t *header = memory_allocate(wanted);
        if (header == NULL)
            return -ENOMEM;
        int64_t done = file_read(program->descriptor, header, wanted, 0);
        enum elf_error error = ELF_OK;
        if (done >= 0)
            error = elf_parse(header, (size_t)done, (uint64_t)size, PROGRAM_ADDRESS_MIN,
                              PROGRAM_ADDRESS_LIMIT, &program->image);
        memory_free(header, wanted);
        if (done < 0)
            return (int32_t)done;
        if (error == ELF_OK)
            return 0;
        if (error != ELF_NEED_MORE || program->image.needed_bytes <= wanted)
            return -ENOEXEC;
        wanted = program->image.needed_bytes;
    }
}

/* No segment may lie where the stack will grow. */
static bool ranges_leave_stack_free(const struct program *program)
{
    for (uint32_t index = 0; index < program->range_count; index++) {
        const struct elf_page_range *range = &program->ranges[index];
        if (range->address < PROGRAM_STACK_TOP &&
            range->address + range->length_bytes > STACK_BOTTOM)
            return false;
    }
    return true;
}

static size_t count_strings(const char *strings, size_t bytes)
{
    size_t count = 0;
    for (size_t offset = 0; offset < bytes; offset += strlen(strings + offset) + 1)
        count++;
    return count;
}

static int32_t build_stack(struct program *program, const struct arguments *arguments)
{
    /* The block's first string is the path; then the arguments, then the environment. */
    size_t path_bytes = strnlen(arguments->block, arguments->bytes) + 1;
    if (path_bytes > arguments->bytes || arguments->argc == 0)
        return -EINVAL;
    const char *strings = arguments->block + path_bytes;
    size_t string_bytes = arguments->bytes - path_bytes;
    if (string_bytes == 0 || strings[string_bytes - 1] != '\0')
        return -EINVAL;
    size_t count = count_strings(strings, string_bytes);
    if (count < arguments->argc)
        return -EINVAL;

    size_t padded = (string_bytes + 7) & ~(size_t)7;
    size_t words = 1 + count + 2;
    program->stack_bytes = padded + words * sizeof(uint64_t);
    if (program->stack_bytes > PROCESS_ARGUMENTS_MAX)
        return -E2BIG;
    program->stack = memory_allocate(program->stack_bytes);
    if (program->stack == NULL)
        return -ENOMEM;

    uint64_t *word = (uint64_t *)program->stack + 1;
    uint64_t string_address = PROGRAM_STACK_TOP - padded;
    size_t offset = 0;
    for (size_t index = 0; index < count; index++) {
        if (index == arguments->argc)
            word++; /* the NULL behind the last argument */
        *word++ = string_address + offset;
        offset += strlen(strings + offset) + 1;
    }
    memcpy(program->stack + program->stack_bytes - padded, strings, string_bytes);
    program->argc = arguments->argc;
    return 0;
}

int32_t program_open(const struct arguments *arguments, uint32_t directory_space,
                     struct program **opened)
{
    struct program *program = memory_allocate(sizeof *program);
    if (program == NULL)
        return -ENOMEM;
    int32_t error = program->descriptor = file_open_for(directory_space, arguments->block);
    if (error >= 0)
        error = read_image(program);
    if (error >= 0) {
        program->range_count = elf_pages(&program->image, program->ranges);
        error = ranges_leave_stack_free(program) ? build_stack(program, arguments) : -ENOEXEC;
    }
    if (error < 0) {
        program_close(program);
        return error;
    }
    *opened = program;
    return 0;
}

void program_close(struct program *program)
{
    if (program->descriptor >= 0)
        file_close(program->descriptor);
    memory_free(program->stack, program->stack_bytes);
    memory_free(program, sizeof *program);
}

/* A page in which two segments meet: the bytes of each are copied in. */
static int32_t fill_pieces(const struct program *program, const struct elf_page_range *range,
                           uint32_t space)
{
    uint8_t *page = memory_allocate(PAGE_SIZE);
    if (page == NULL)
        return -ENOMEM;
    int32_t error = 0;
    for (uint32_t index = 0; index < program->image.segment_count && error == 0; index++) {
        const struct elf_segment *segment = &program->image.segments[index];
        uint64_t start = segment->address, end = segment->address + segment->file_bytes;
        if (start < range->address)
            start = range->address;
        if (end > range->address + PAGE_SIZE)
            end = range->address + PAGE_SIZE;
        if (start >= end)
            continue;
        int64_t done = file_read(program->descriptor, page + (start - range->address), end - start,
                                 segment->file_offset + (start - segment->address));
        if (done != (int64_t)(end - start))
            error = done < 0 ? (int32_t)done : -EIO;
    }
    if (error == 0)
        error = pager_call(PROCESS_WRITE, space, range->address, (uintptr_t)page, PAGE_SIZE, 0, 0)
                    .result;
    memory_free(page, PAGE_SIZE);
    return error;
}

static int32_t map_range(const struct program *program, const struct elf_page_range *range,
                         uint32_t space)
{
    uint64_t descriptor =
        range->pieces || range->file_bytes == 0 ? UINT32_MAX : (uint32_t)program->descriptor;
    int32_t error = pager_call(PROCESS_MAP_SEGMENT, space, range->address, range->length_bytes,
                               range->rights | descriptor << 32, range->file_offset,
                               range->pieces ? 0 : range->file_bytes)
                        .result;
    return error == 0 && range->pieces ? fill_pieces(program, range, space) : error;
}

int32_t program_load(struct program *program, uint32_t space, uint32_t thread)
{
    int32_t error = 0;
    for (uint32_t index = 0; index < program->range_count && error == 0; index++)
        error = map_range(program, &program->ranges[index], space);
    if (error == 0)
        error = pager_call(PROCESS_MAP_STACK, space, PROGRAM_STACK_TOP, PROGRAM_STACK_LIMIT_BYTES,
                           0, 0, 0)
                    .result;
    uint64_t stack_pointer = PROGRAM_STACK_TOP - program->stack_bytes;
    if (error == 0)
        error = pager_call(PROCESS_WRITE, space, stack_pointer, (uintptr_t)program->stack,
                           program->stack_bytes, 0, 0)
                    .result;
    if (error == 0)
        error =
            pager_call(PROCESS_EXECUTES, space, (uint64_t)program->descriptor, 0, 0, 0, 0).result;
    if (error != 0)
        return error;

    struct thread_registers registers = {
        .rip = program->image.entry,
        .rsp = stack_pointer,
        .rdi = program->argc,
        .rsi = stack_pointer + sizeof(uint64_t),
        .rdx = stack_pointer + (program->argc + 2) * sizeof(uint64_t),
        .rflags = 0x202, /* interrupts on; bit 1 is always set */
    };
    return sys_thread_set_registers(thread, &registers) == KERNEL_OK ? 0 : -ENOMEM;
}
