/*
 * Boot, in order. Until machine_resume() there is one flow of control, no interrupts, and
 * nobody to return an error to: what cannot be done is a panic that says so.
 */
#include "../first_task.h"
#include "../machine/acpi.h"
#include "../machine/apic.h"
#include "../machine/console.h"
#include "../machine/cpu.h"
#include "../machine/machine.h"
#include "memory.h"
#include "paging.h"
#include "start_pager.h"

extern uint8_t kernel_image_start[], kernel_image_end[];

/* Called by start.asm. */
_Noreturn void boot_main(uint64_t magic, uint64_t information, uint64_t image_physical);

/* The kernel's own words; the pager checks the rest. Words after `--` are a program's.
   false: `console=` has a value that it cannot have. */
static bool read_command_line(void)
{
    bool known = true;
    const char *word = multiboot_command_line();
    while (*word != '\0' && !first_word_is(word, "--")) {
        if (first_word_is(word, "console=none") || first_word_is(word, "console=screen"))
            console_silence(true);
        else if (!first_word_is(word, "console=serial") && strlen(word) >= 8 &&
                 memcmp(word, "console=", 8) == 0)
            known = false;
        while (*word != '\0' && *word != ' ')
            word++;
        while (*word == ' ')
            word++;
    }
    return known;
}

static void load_symbols(void)
{
    struct physical_range symbols, names;
    if (multiboot_symbols(&symbols, &names) && symbols.end <= direct_map_limit &&
        names.end <= direct_map_limit)
        panic_set_symbols(physical_to_virtual(symbols.start),
                          (symbols.end - symbols.start) / sizeof(struct elf_symbol),
                          physical_to_virtual(names.start), names.end - names.start);
}

static void build_frame_table(void)
{
    uint64_t limit = boot_physical_limit();
    uint64_t bytes = frame_table_bytes(limit);
    uint64_t table = boot_allocate(bytes, direct_map_limit, "the frame table");
    frame_table_initialize(physical_to_virtual(table), limit);

    struct boot_memory_position position = {0};
    struct physical_range range;
    while (boot_next_free(&position, &range))
        frame_table_set_range(range.start, range.end - range.start, FRAME_FREE);
    struct multiboot_module module;
    for (size_t cursor = 0; multiboot_next_module(&cursor, &module);)
        frame_table_set_range(module.range.start & PAGE_MASK,
                              ((module.range.end + PAGE_SIZE - 1) & PAGE_MASK) -
                                  (module.range.start & PAGE_MASK),
                              FRAME_FREE);
    for (size_t i = 0; boot_kernel_range(i, &range); i++)
        if (range.start < range.end)
            frame_table_set_range(range.start, range.end - range.start, FRAME_RESERVED);
}

void boot_main(uint64_t magic, uint64_t information, uint64_t image_physical)
{
    kernel_physical_start = image_physical;
    console_initialize();
    multiboot_initialize(magic, information);
    bool known = read_command_line();
    print("Quire " QUIRE_VERSION "\n");
    if (!known)
        print("warning: kernel command line: console= is `serial`, `screen` or `none`\n");

    cpu_initialize();
    load_symbols();
    boot_memory_initialize((struct physical_range){
        image_physical, image_physical + (uint64_t)(kernel_image_end - kernel_image_start)});
    boot_leave_modules(direct_map_limit);
    load_symbols();
    paging_initialize(boot_physical_limit());
    size_t rsdp_length;
    acpi_initialize(multiboot_rsdp(&rsdp_length));
    interrupts_initialize();
    time_initialize();

    build_frame_table();
    core_initialize();
    start_pager();
    machine_resume();
}
