/* Reads the multiboot2 information: see multiboot.h. */
#include "multiboot.h"
#include "../machine/machine.h"

#define MULTIBOOT2_LOADER_MAGIC 0x36d76289u

enum tag_type {
    TAG_END = 0,
    TAG_COMMAND_LINE = 1,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_FRAMEBUFFER = 8,
    TAG_ELF_SECTIONS = 9,
    TAG_RSDP_OLD = 14,
    TAG_RSDP_NEW = 15,
};

struct tag {
    uint32_t type, length_bytes;
};

struct module_tag {
    struct tag tag;
    uint32_t start, end;
    char string[];
};

struct memory_map_tag {
    struct tag tag;
    uint32_t entry_bytes, entry_version;
    uint8_t entries[];
};

struct memory_map_entry {
    uint64_t start, length_bytes;
    uint32_t type, reserved;
};

struct framebuffer_tag {
    struct tag tag;
    uint64_t address;
    uint32_t pitch_bytes, width, height;
    uint8_t bits_per_pixel, type;
    uint16_t reserved;
    uint8_t red_position, red_bits, green_position, green_bits, blue_position, blue_bits;
} __attribute__((packed));

#define FRAMEBUFFER_RGB 1

struct elf_sections_tag {
    struct tag tag;
    uint32_t count, entry_bytes, names_index;
    uint8_t entries[];
};

struct elf_section {
    uint32_t name, type;
    uint64_t flags, address, offset, length_bytes;
    uint32_t link, information;
    uint64_t alignment, entry_bytes;
};

#define ELF_SECTION_SYMBOLS 2

static const uint8_t *information;
static uint32_t information_bytes;

static const struct tag *next_tag(enum tag_type type, size_t *cursor)
{
    if (*cursor == 0)
        *cursor = 8; /* total length and a reserved word come first */
    while (*cursor + sizeof(struct tag) <= information_bytes) {
        const struct tag *tag = (const struct tag *)(information + *cursor);
        if (tag->type == TAG_END || tag->length_bytes < sizeof(*tag) ||
            tag->length_bytes > information_bytes - *cursor)
            break;
        *cursor += (tag->length_bytes + 7ull) & ~7ull;
        if (tag->type == (uint32_t)type)
            return tag;
    }
    return NULL;
}

static const void *find_tag(enum tag_type type, size_t length_minimum)
{
    size_t cursor = 0;
    const struct tag *tag = next_tag(type, &cursor);
    return tag != NULL && tag->length_bytes >= length_minimum ? tag : NULL;
}

void multiboot_initialize(uint64_t magic, uint64_t physical)
{
    if (magic != MULTIBOOT2_LOADER_MAGIC)
        panic("not started by a multiboot2 loader (magic 0x%lx)", magic);
    information = physical_to_virtual(physical);
    memcpy(&information_bytes, information, sizeof(information_bytes));
    if (find_tag(TAG_MEMORY_MAP, sizeof(struct memory_map_tag)) == NULL)
        panic("the boot loader gave no memory map");
}

struct physical_range multiboot_range(void)
{
    uint64_t start = virtual_to_physical(information);
    return (struct physical_range){start, start + information_bytes};
}

bool multiboot_next_memory(size_t *cursor, struct physical_range *range, uint32_t *type)
{
    const struct memory_map_tag *map = find_tag(TAG_MEMORY_MAP, sizeof(*map));
    size_t offset = sizeof(*map) + *cursor * map->entry_bytes;
    if (map->entry_bytes < sizeof(struct memory_map_entry) ||
        offset + map->entry_bytes > map->tag.length_bytes)
        return false;

    const struct memory_map_entry *entry = (const void *)((const uint8_t *)map + offset);
    *range = (struct physical_range){entry->start, entry->start + entry->length_bytes};
    if (range->end < range->start)
        range->end = UINT64_MAX;
    *type = entry->type;
    ++*cursor;
    return true;
}

bool multiboot_next_module(size_t *cursor, struct multiboot_module *module)
{
    const struct module_tag *tag;
    do {
        tag = (const struct module_tag *)next_tag(TAG_MODULE, cursor);
        if (tag == NULL)
            return false;
    } while (tag->tag.length_bytes <= sizeof(*tag) || tag->end < tag->start);
    module->range = (struct physical_range){tag->start, tag->end};
    module->string = tag->string;
    return true;
}

bool first_word_is(const char *string, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++)
        if (string[i] != name[i])
            return false;
    return string[length] == '\0' || string[length] == ' ';
}

const char *multiboot_command_line(void)
{
    const struct tag *tag = find_tag(TAG_COMMAND_LINE, sizeof(*tag) + 1);
    return tag != NULL ? (const char *)(tag + 1) : "";
}

const void *multiboot_rsdp(size_t *length_bytes)
{
    /* 36 and 20 bytes: the structures of ACPI 2.0 and 1.0. */
    const struct tag *tag = find_tag(TAG_RSDP_NEW, sizeof(*tag) + 36);
    if (tag == NULL)
        tag = find_tag(TAG_RSDP_OLD, sizeof(*tag) + 20);
    *length_bytes = tag != NULL ? tag->length_bytes - sizeof(*tag) : 0;
    return tag != NULL ? tag + 1 : NULL;
}

struct boot_framebuffer multiboot_framebuffer(void)
{
    struct boot_framebuffer result = {0};
    const struct framebuffer_tag *tag =
        find_tag(TAG_FRAMEBUFFER, offsetof(struct framebuffer_tag, red_position));
    if (tag == NULL)
        return result;
    result.address = tag->address;
    result.pitch_bytes = tag->pitch_bytes;
    result.width = tag->width;
    result.height = tag->height;
    result.bits_per_pixel = tag->bits_per_pixel;
    result.type = tag->type;
    if (tag->type == FRAMEBUFFER_RGB && tag->tag.length_bytes >= sizeof(*tag)) {
        result.red_position = tag->red_position;
        result.green_position = tag->green_position;
        result.blue_position = tag->blue_position;
    }
    return result;
}

static const struct elf_section *section_at(const struct elf_sections_tag *tag, size_t index)
{
    size_t offset = sizeof(*tag) + index * tag->entry_bytes;
    if (index >= tag->count || tag->entry_bytes < sizeof(struct elf_section) ||
        offset + tag->entry_bytes > tag->tag.length_bytes)
        return NULL;
    return (const struct elf_section *)((const uint8_t *)tag + offset);
}

/* The kernel's symbol table and its strings among the sections of the loaded image. */
static bool find_symbols(const struct elf_section **symbols, const struct elf_section **names)
{
    const struct elf_sections_tag *tag = find_tag(TAG_ELF_SECTIONS, sizeof(*tag));
    if (tag == NULL)
        return false;
    const struct elf_section *section;
    for (size_t i = 0; (section = section_at(tag, i)) != NULL; i++) {
        if (section->type != ELF_SECTION_SYMBOLS)
            continue;
        *symbols = section;
        *names = section_at(tag, section->link);
        return section->address != 0 && *names != NULL && (*names)->address != 0;
    }
    return false;
}

static struct physical_range section_range(const struct elf_section *section)
{
    return (struct physical_range){section->address, section->address + section->length_bytes};
}

bool multiboot_symbols(struct physical_range *symbols, struct physical_range *names)
{
    const struct elf_section *symbol_section, *name_section;
    if (!find_symbols(&symbol_section, &name_section))
        return false;
    *symbols = section_range(symbol_section);
    *names = section_range(name_section);
    return true;
}

void multiboot_move(uint64_t physical)
{
    information = memcpy(physical_to_virtual(physical), information, information_bytes);
}

static void move_section(const struct elf_section *section, uint64_t physical)
{
    memcpy(physical_to_virtual(physical), physical_to_virtual(section->address),
           section->length_bytes);
    ((struct elf_section *)(uintptr_t)section)->address = physical;
}

void multiboot_move_symbols(uint64_t symbols, uint64_t names)
{
    const struct elf_section *symbol_section, *name_section;
    if (!find_symbols(&symbol_section, &name_section))
        return;
    move_section(symbol_section, symbols);
    move_section(name_section, names);
}
