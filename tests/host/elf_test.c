/*
 * The ELF reader: what it accepts, every lie that it refuses, and how segments become pages.
 */
#include "host_test.h"

#include <elf.h>
#include <quire/elf.h>
#include <string.h>

#define MINIMUM 0x10000ull
#define LIMIT 0x8004000000ull
#define FILE_BYTES 0x10000u

static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segments[80];
} file;
static struct elf_image image;

static void set_segment(unsigned index, uint32_t flags, uint64_t address, uint64_t offset,
                        uint64_t file_bytes, uint64_t memory_bytes)
{
    file.segments[index] = (Elf64_Phdr){.p_type = PT_LOAD,
                                        .p_flags = flags,
                                        .p_vaddr = address,
                                        .p_offset = offset,
                                        .p_filesz = file_bytes,
                                        .p_memsz = memory_bytes,
                                        .p_align = 0x1000};
    file.header.e_phnum = (uint16_t)(index + 1);
}

/* A good file: text, and data with zeros behind it. */
static int make_file(void **state)
{
    (void)state;
    memset(&file, 0, sizeof file);
    memcpy(file.header.e_ident, ELFMAG, SELFMAG);
    file.header.e_ident[EI_CLASS] = ELFCLASS64;
    file.header.e_ident[EI_DATA] = ELFDATA2LSB;
    file.header.e_ident[EI_VERSION] = EV_CURRENT;
    file.header.e_type = ET_EXEC;
    file.header.e_machine = EM_X86_64;
    file.header.e_version = EV_CURRENT;
    file.header.e_entry = 0x400100;
    file.header.e_phoff = sizeof file.header;
    file.header.e_ehsize = sizeof file.header;
    file.header.e_phentsize = sizeof(Elf64_Phdr);
    set_segment(0, PF_R | PF_X, 0x400000, 0x1000, 0x1800, 0x1800);
    set_segment(1, PF_R | PF_W, 0x402000, 0x3000, 0x100, 0x5000);
    return 0;
}

static enum elf_error parse(void)
{
    return elf_parse(&file, sizeof file, FILE_BYTES, MINIMUM, LIMIT, &image);
}

static void a_good_file_gives_its_segments(void **state)
{
    (void)state;
    assert_int_equal(parse(), ELF_OK);
    assert_int_equal(image.entry, 0x400100);
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[0].rights, ELF_READ | ELF_EXECUTE);
    assert_int_equal(image.segments[1].rights, ELF_READ | ELF_WRITE);
    assert_int_equal(image.segments[1].address, 0x402000);
    assert_int_equal(image.segments[1].file_bytes, 0x100);
    assert_int_equal(image.segments[1].memory_bytes, 0x5000);
}

#define REFUSED(error, change)                                               \
    do {                                                                     \
        make_file(NULL);                                                     \
        change;                                                              \
        assert_string_equal(elf_error_text(parse()), elf_error_text(error)); \
    } while (0)

static void lies_in_the_header_are_refused(void **state)
{
    (void)state;
    REFUSED(ELF_NOT_ELF, file.header.e_ident[0] = 'x');
    REFUSED(ELF_WRONG_CLASS, file.header.e_ident[EI_CLASS] = ELFCLASS32);
    REFUSED(ELF_WRONG_CLASS, file.header.e_ident[EI_DATA] = ELFDATA2MSB);
    REFUSED(ELF_WRONG_MACHINE, file.header.e_machine = EM_386);
    REFUSED(ELF_WRONG_TYPE, file.header.e_type = ET_DYN);
    REFUSED(ELF_WRONG_TYPE, file.header.e_type = ET_REL);
    REFUSED(ELF_HEADER_SIZE, file.header.e_ehsize = 52);
    REFUSED(ELF_HEADER_SIZE, file.header.e_phentsize = 32);
    REFUSED(ELF_HEADER_SIZE, file.header.e_phentsize = 0);
    REFUSED(ELF_NO_SEGMENTS, file.header.e_phnum = 0);
    REFUSED(ELF_TOO_MANY, file.header.e_phnum = PN_XNUM);
    REFUSED(ELF_HEADERS_OUTSIDE, file.header.e_phoff = FILE_BYTES);
    REFUSED(ELF_HEADERS_OUTSIDE, file.header.e_phoff = UINT64_MAX - 8);
    REFUSED(ELF_HEADERS_OUTSIDE, file.header.e_phoff = 8);
    REFUSED(ELF_HEADERS_OUTSIDE, file.header.e_phnum = 0xfffe);
    REFUSED(ELF_ENTRY, file.header.e_entry = 0x402000);
    REFUSED(ELF_ENTRY, file.header.e_entry = 0x401800);
    REFUSED(ELF_ENTRY, file.header.e_entry = 0);
}

static void lies_in_a_segment_are_refused(void **state)
{
    (void)state;
    REFUSED(ELF_FILE_RANGE, file.segments[0].p_offset = FILE_BYTES);
    REFUSED(ELF_FILE_RANGE, file.segments[0].p_offset = UINT64_MAX - 0xfff);
    REFUSED(ELF_FILE_RANGE, file.segments[1].p_filesz = file.segments[1].p_memsz = UINT64_MAX);
    REFUSED(ELF_MEMORY_SIZE, file.segments[1].p_memsz = 0xff);
    REFUSED(ELF_ALIGNMENT, file.segments[1].p_align = 3);
    REFUSED(ELF_ALIGNMENT, file.segments[1].p_offset = 0x3010);
    REFUSED(ELF_ALIGNMENT, file.segments[1].p_align = 0x4000);
    REFUSED(ELF_ADDRESS_RANGE, file.segments[1].p_memsz = UINT64_MAX);
    REFUSED(ELF_ADDRESS_RANGE, file.segments[1].p_vaddr = LIMIT - 0x1000);
    REFUSED(ELF_ADDRESS_RANGE, file.segments[0].p_vaddr = 0);
    REFUSED(ELF_ADDRESS_RANGE, file.segments[1].p_vaddr = 0xffffffff80000000);
    REFUSED(ELF_ADDRESS_RANGE, file.segments[1].p_vaddr = UINT64_MAX - 0xfff);
    REFUSED(ELF_ORDER, file.segments[1].p_vaddr = 0x3f0000);
    REFUSED(ELF_OVERLAP, file.segments[1].p_vaddr = 0x401000);
    REFUSED(ELF_OVERLAP, file.segments[0].p_memsz = 0x2001);
    REFUSED(ELF_DYNAMIC, file.segments[1].p_type = PT_INTERP);
    assert_int_equal(image.bad_header, 1);
}

static void other_program_headers_and_empty_segments_are_passed_over(void **state)
{
    (void)state;
    make_file(NULL);
    set_segment(2, PF_R, 0, UINT64_MAX, 0, 0);
    set_segment(3, PF_R, 0, UINT64_MAX, 0, 1);
    file.segments[3].p_type = PT_GNU_STACK;
    assert_int_equal(parse(), ELF_OK);
    assert_int_equal(image.segment_count, 2);
}

static void as_many_segments_as_promised_and_no_more(void **state)
{
    (void)state;
    make_file(NULL);
    for (unsigned i = 0; i < ELF_SEGMENTS_MAX; i++)
        set_segment(i, PF_R | PF_X, 0x400000 + i * 0x1000, 0x1000, 0x800, 0x800);
    assert_int_equal(parse(), ELF_OK);
    assert_int_equal(image.segment_count, ELF_SEGMENTS_MAX);
    set_segment(ELF_SEGMENTS_MAX, PF_R, 0x800000, 0x1000, 0x800, 0x800);
    assert_int_equal(parse(), ELF_TOO_MANY);
}

static void too_little_of_the_file_says_how_much_is_needed(void **state)
{
    (void)state;
    make_file(NULL);
    assert_int_equal(elf_parse(&file, 63, FILE_BYTES, MINIMUM, LIMIT, &image), ELF_NEED_MORE);
    assert_int_equal(image.needed_bytes, 64);
    assert_int_equal(elf_parse(&file, 64, FILE_BYTES, MINIMUM, LIMIT, &image), ELF_NEED_MORE);
    assert_int_equal(image.needed_bytes, 64 + 2 * 56);
    assert_int_equal(elf_parse(&file, 64 + 2 * 56, FILE_BYTES, MINIMUM, LIMIT, &image), ELF_OK);
    assert_int_equal(elf_parse(&file, 10, 10, MINIMUM, LIMIT, &image), ELF_NOT_ELF);
}

/* ---------------------------------------------------------------- pages */

static struct elf_page_range ranges[ELF_PAGES_MAX];

static uint32_t pages(void)
{
    assert_int_equal(parse(), ELF_OK);
    return elf_pages(&image, ranges);
}

static void check_range(unsigned index, uint64_t address, uint64_t length, uint64_t offset,
                        uint64_t file_bytes, uint32_t rights, bool pieces)
{
    const struct elf_page_range *range = &ranges[index];
    assert_int_equal(range->address, address);
    assert_int_equal(range->length_bytes, length);
    assert_int_equal(range->file_bytes, file_bytes);
    if (file_bytes > 0)
        assert_int_equal(range->file_offset, offset);
    assert_int_equal(range->rights, rights);
    assert_int_equal(range->pieces, pieces);
}

static void segments_on_their_own_pages_become_one_range_each(void **state)
{
    (void)state;
    make_file(NULL);
    assert_int_equal(pages(), 2);
    check_range(0, 0x400000, 0x2000, 0x1000, 0x1800, ELF_READ | ELF_EXECUTE, false);
    check_range(1, 0x402000, 0x5000, 0x3000, 0x100, ELF_READ | ELF_WRITE, false);
}

static void headers_and_text_on_one_page_share_it(void **state)
{
    (void)state;
    /* What GNU ld makes of small programs without separated code. */
    make_file(NULL);
    set_segment(0, PF_R, 0x400000, 0, 0x120, 0x120);
    set_segment(1, PF_R | PF_X, 0x400120, 0x120, 0x2000, 0x2000);
    file.header.e_entry = 0x400120;
    assert_int_equal(pages(), 2);
    check_range(0, 0x400000, 0x1000, 0, 0x1000, ELF_READ | ELF_EXECUTE, false);
    check_range(1, 0x401000, 0x2000, 0x1000, 0x1120, ELF_READ | ELF_EXECUTE, false);
}

static void a_shared_page_in_the_middle_has_the_rights_of_both(void **state)
{
    (void)state;
    make_file(NULL);
    set_segment(0, PF_R | PF_X, 0x400000, 0x1000, 0x1800, 0x1800);
    set_segment(1, PF_R | PF_W, 0x401800, 0x2800, 0x1000, 0x4000);
    assert_int_equal(pages(), 3);
    check_range(0, 0x400000, 0x1000, 0x1000, 0x1000, ELF_READ | ELF_EXECUTE, false);
    check_range(1, 0x401000, 0x1000, 0x2000, 0x1000, ELF_READ | ELF_EXECUTE | ELF_WRITE, false);
    check_range(2, 0x402000, 0x4000, 0x3000, 0x800, ELF_READ | ELF_WRITE, false);
}

static void bytes_from_two_places_of_the_file_make_a_page_of_pieces(void **state)
{
    (void)state;
    make_file(NULL);
    set_segment(0, PF_R | PF_X, 0x400000, 0x1000, 0x1800, 0x1800);
    set_segment(1, PF_R | PF_W, 0x401800, 0x5800, 0x1000, 0x1000);
    assert_int_equal(pages(), 3);
    check_range(1, 0x401000, 0x1000, 0, 0, ELF_READ | ELF_EXECUTE | ELF_WRITE, true);
    check_range(2, 0x402000, 0x1000, 0x6000, 0x800, ELF_READ | ELF_WRITE, false);
}

static void zeros_before_file_bytes_in_a_page_make_it_one_of_pieces(void **state)
{
    (void)state;
    make_file(NULL);
    set_segment(0, PF_R | PF_X, 0x400000, 0x1000, 0x1000, 0x1800);
    set_segment(1, PF_R | PF_W, 0x401800, 0x2800, 0x100, 0x100);
    assert_int_equal(pages(), 2);
    check_range(0, 0x400000, 0x1000, 0x1000, 0x1000, ELF_READ | ELF_EXECUTE, false);
    check_range(1, 0x401000, 0x1000, 0, 0, ELF_READ | ELF_EXECUTE | ELF_WRITE, true);
}

static void zeros_behind_file_bytes_need_no_pieces(void **state)
{
    (void)state;
    make_file(NULL);
    set_segment(0, PF_R | PF_X, 0x400000, 0x1000, 0x1800, 0x1800);
    set_segment(1, PF_R | PF_W, 0x401900, 0, 0, 0x1000);
    assert_int_equal(pages(), 3);
    check_range(1, 0x401000, 0x1000, 0x2000, 0x800, ELF_READ | ELF_EXECUTE | ELF_WRITE, false);
    check_range(2, 0x402000, 0x1000, 0, 0, ELF_READ | ELF_WRITE, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_good_file_gives_its_segments, make_file),
        cmocka_unit_test(lies_in_the_header_are_refused),
        cmocka_unit_test(lies_in_a_segment_are_refused),
        cmocka_unit_test(other_program_headers_and_empty_segments_are_passed_over),
        cmocka_unit_test(as_many_segments_as_promised_and_no_more),
        cmocka_unit_test(too_little_of_the_file_says_how_much_is_needed),
        cmocka_unit_test(segments_on_their_own_pages_become_one_range_each),
        cmocka_unit_test(headers_and_text_on_one_page_share_it),
        cmocka_unit_test(a_shared_page_in_the_middle_has_the_rights_of_both),
        cmocka_unit_test(bytes_from_two_places_of_the_file_make_a_page_of_pieces),
        cmocka_unit_test(zeros_before_file_bytes_in_a_page_make_it_one_of_pieces),
        cmocka_unit_test(zeros_behind_file_bytes_need_no_pieces),
    };
    return cmocka_run_group_tests_name("elf", tests, NULL, NULL);
}
