/*
 * The first task. All its frames come from one block of memory, the wired range:
 *
 *      | objects | boot information | segments, stack, page tables, as they come | given back |
 *
 * The block is sized for the most page tables that its ranges can need; what is left over
 * is free memory again before the pager is told what is free.
 */
#include "start_pager.h"
#include "../first_task.h"
#include "../machine/cpu.h"
#include "../machine/machine.h"
#include "memory.h"
#include "paging.h"
#include <quire/elf.h>

#define PAGER_MODULE "pager"
#define OBJECT_FRAMES 5 /* struct first_task_frames */

/* The frames of the wired block, taken in order. */
static struct physical_range wired;
static uint64_t next_frame;

/* What the pager's executable wants to have where. */
static struct elf_image image;
static struct elf_page_range image_ranges[ELF_PAGES_MAX];
static uint32_t image_range_count;

static uint64_t take_frame(void)
{
    KERNEL_ASSERT(next_frame < wired.end);
    uint64_t frame = next_frame;
    next_frame += PAGE_SIZE;
    return frame;
}

static uint64_t page_count(uint64_t address, uint64_t length_bytes)
{
    return (address % PAGE_SIZE + length_bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Pages of the range and the tables that it needs when it shares none with others. */
static uint64_t frames_for(uint64_t address, uint64_t length_bytes)
{
    uint64_t frames = page_count(address, length_bytes);
    uint64_t last = address + length_bytes - 1;
    for (unsigned level = 1; level < PAGE_TABLE_LEVELS; level++) {
        unsigned shift = PAGE_SHIFT + 9 * level;
        frames += (last >> shift) - (address >> shift) + 1;
    }
    return frames;
}

static struct multiboot_module find_pager(void)
{
    struct multiboot_module module;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module);)
        if (first_word_is(module.string, PAGER_MODULE))
            return module;
    panic("no boot module is named \"" PAGER_MODULE "\": grub.cfg needs a line "
          "`module2 FILE " PAGER_MODULE "`");
}

/* ---------------------------------------------------------------- boot information */

static size_t module_count(size_t *string_bytes)
{
    size_t count = 0;
    struct multiboot_module module;
    *string_bytes = strlen(multiboot_command_line()) + 1;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module); count++)
        *string_bytes += strlen(module.string) + 1;
    return count;
}

/* Each module and each range in use can split a free range in two. */
static size_t range_count_maximum(void)
{
    size_t strings;
    size_t count = 2 * module_count(&strings) + 2;
    struct physical_range range;
    uint32_t type;
    for (size_t i = 0; boot_kernel_range(i, &range); i++)
        count++;
    for (size_t cursor = 0; multiboot_next_memory(&cursor, &range, &type);)
        count++;
    return count;
}

static uint64_t information_bytes(size_t ranges)
{
    size_t strings, rsdp_length;
    size_t modules = module_count(&strings);
    multiboot_rsdp(&rsdp_length);
    return sizeof(struct boot_information) + ranges * sizeof(struct boot_range) +
           modules * sizeof(struct boot_module) + strings + 7 + rsdp_length;
}

static uint32_t append_string(struct boot_information *information, const char *string)
{
    uint32_t offset = information->length_bytes;
    size_t length = strlen(string) + 1;
    memcpy((char *)information + offset, string, length);
    information->length_bytes += (uint32_t)length;
    return offset;
}

static void append_range(struct boot_information *information, struct boot_range range)
{
    struct boot_range *ranges = (void *)((char *)information + information->ranges_offset);
    ranges[information->range_count++] = range;
    information->length_bytes += sizeof(range);
}

static void describe_ranges(struct boot_information *information)
{
    struct boot_memory_position position = {0};
    struct physical_range piece;
    while (boot_next_free(&position, &piece))
        append_range(information, (struct boot_range){.start = piece.start,
                                                      .length_bytes = piece.end - piece.start,
                                                      .kind = BOOT_RANGE_FREE});
    append_range(information, (struct boot_range){.start = wired.start,
                                                  .length_bytes = wired.end - wired.start,
                                                  .kind = BOOT_RANGE_WIRED});
    struct multiboot_module module;
    uint32_t index = 0;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module); index++) {
        uint64_t length = module.range.end - module.range.start;
        append_range(information,
                     (struct boot_range){.start = module.range.start,
                                         .length_bytes = page_count(0, length) * PAGE_SIZE,
                                         .kind = BOOT_RANGE_MODULE,
                                         .module = index});
    }
}

static void describe_modules(struct boot_information *information)
{
    size_t strings;
    information->modules_offset = information->length_bytes;
    information->module_count = (uint32_t)module_count(&strings);
    struct boot_module *modules = (void *)((char *)information + information->modules_offset);
    information->length_bytes += information->module_count * (uint32_t)sizeof(*modules);

    struct multiboot_module module;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module); modules++)
        *modules = (struct boot_module){.start = module.range.start,
                                        .length_bytes = module.range.end - module.range.start,
                                        .name_offset = append_string(information, module.string)};
}

/* The loader gives a copy, so it gets an address that the pager may map. */
static void describe_rsdp(struct boot_information *information)
{
    size_t length;
    const void *rsdp = multiboot_rsdp(&length);
    if (rsdp == NULL)
        return;
    information->length_bytes = (information->length_bytes + 7) & ~7u;
    uint8_t *copy = (uint8_t *)information + information->length_bytes;
    memcpy(copy, rsdp, length);
    information->length_bytes += (uint32_t)length;
    information->acpi_rsdp = virtual_to_physical(copy);
}

static uint64_t kernel_bytes(void)
{
    uint64_t bytes = 0;
    struct physical_range range;
    for (size_t i = 0; boot_kernel_range(i, &range); i++)
        if (range.start != wired.start)
            bytes += range.end - range.start;
    return bytes;
}

static void describe_machine(struct boot_information *information, uint64_t page_table_root)
{
    *information = (struct boot_information){
        .magic = BOOT_INFORMATION_MAGIC,
        .abi_version = QUIRE_ABI_VERSION,
        .physical_limit = boot_physical_limit(),
        .tsc_hertz = machine_features.tsc_hertz,
        .boot_nanoseconds = machine_nanoseconds(),
        .page_table_root = page_table_root,
        .cpu_features = (machine_features.protection_keys ? BOOT_CPU_PROTECTION_KEYS : 0) |
                        (this_cpu()->next_identifier != 0 ? BOOT_CPU_PCID : 0) |
                        (machine_features.random ? BOOT_CPU_RANDOM : 0),
        .framebuffer = multiboot_framebuffer(),
        .kernel_bytes = kernel_bytes(),
    };
    information->length_bytes = sizeof(*information);
    information->ranges_offset = information->length_bytes;
    describe_ranges(information);
    describe_modules(information);
    information->command_line_offset = append_string(information, multiboot_command_line());
    describe_rsdp(information);
}

/* ---------------------------------------------------------------- address space */

static void map_pages(struct task *task, const uint8_t *file, const struct elf_page_range *range)
{
    uint64_t rights = PAGE_PRESENT | ((range->rights & ELF_WRITE) != 0 ? PAGE_WRITE : 0) |
                      ((range->rights & ELF_EXECUTE) != 0 ? PAGE_EXECUTE : 0);
    for (uint64_t offset = 0; offset < range->length_bytes; offset += PAGE_SIZE) {
        uint64_t frame = take_frame();
        if (offset < range->file_bytes) {
            uint64_t bytes = range->file_bytes - offset;
            memcpy(physical_to_virtual(frame), file + range->file_offset + offset,
                   bytes < PAGE_SIZE ? bytes : PAGE_SIZE);
        }
        first_task_map(task, range->address + offset, frame | rights, take_frame);
    }
}

static void map_frames(struct task *task, uint64_t address, uint64_t frame, uint64_t pages,
                       uint64_t rights)
{
    for (; pages > 0; pages--, address += PAGE_SIZE, frame += PAGE_SIZE)
        first_task_map(task, address, frame | rights, take_frame);
}

static void allocate_wired(uint64_t information_length)
{
    uint64_t frames = OBJECT_FRAMES + frames_for(BOOT_INFORMATION_ADDRESS, information_length) +
                      frames_for(BOOT_STACK_TOP - BOOT_STACK_BYTES, BOOT_STACK_BYTES);
    for (uint32_t i = 0; i < image_range_count; i++)
        frames += frames_for(image_ranges[i].address, image_ranges[i].length_bytes);
    wired.start = boot_allocate(frames * PAGE_SIZE, direct_map_limit, "the pager");
    wired.end = wired.start + frames * PAGE_SIZE;
    next_frame = wired.start;
    frame_table_set_range(wired.start, wired.end - wired.start, FRAME_FREE);
}

static void read_image(const void *file, uint64_t file_bytes)
{
    enum elf_error error =
        elf_parse(file, file_bytes, file_bytes, PAGE_SIZE, BOOT_INFORMATION_ADDRESS, &image);
    if (error != ELF_OK)
        panic("boot module \"" PAGER_MODULE "\": %s", elf_error_text(error));
    image_range_count = elf_pages(&image, image_ranges);
    for (uint32_t i = 0; i < image_range_count; i++)
        if (image_ranges[i].pieces)
            panic("boot module \"" PAGER_MODULE "\": two segments share the page at 0x%lx",
                  image_ranges[i].address);
}

void start_pager(void)
{
    struct multiboot_module module = find_pager();
    const uint8_t *file = physical_to_virtual(module.range.start);
    read_image(file, module.range.end - module.range.start);

    uint64_t information_pages = page_count(0, information_bytes(range_count_maximum()));
    allocate_wired(information_pages * PAGE_SIZE);

    struct first_task_frames frames;
    frames.task = take_frame();
    frames.root = take_frame();
    frames.handles = take_frame();
    frames.thread = take_frame();
    frames.objects = take_frame();
    struct thread *thread = first_task_create(&frames);

    uint64_t information_frame = next_frame;
    next_frame += information_pages * PAGE_SIZE;
    map_frames(thread->task, BOOT_INFORMATION_ADDRESS, information_frame, information_pages,
               PAGE_PRESENT);
    for (uint64_t page = BOOT_STACK_TOP - BOOT_STACK_BYTES; page < BOOT_STACK_TOP;
         page += PAGE_SIZE)
        map_frames(thread->task, page, take_frame(), 1, PAGE_PRESENT | PAGE_WRITE);
    for (uint32_t i = 0; i < image_range_count; i++)
        map_pages(thread->task, file, &image_ranges[i]);

    wired.end = next_frame;
    boot_shrink_last(wired.end - wired.start);
    describe_machine(physical_to_virtual(information_frame), frames.root);
    first_task_start(thread, image.entry, BOOT_STACK_TOP);
}
