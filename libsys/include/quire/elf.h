/*
 * Reading ELF64 executables: what a loader must know, from bytes that may lie about
 * everything. Only static x86-64 executables (ET_EXEC) are taken.
 *
 * Two steps, both pure functions of the bytes given:
 *
 *   elf_parse()     checks the headers and lists the PT_LOAD segments, byte-exact, in
 *                   ascending order, not overlapping, each inside the file and inside the
 *                   address range that the caller allows.
 *   elf_pages()     turns the segments into page-granular mappings. Two segments may meet in
 *                   one page: it becomes a mapping of its own with the rights of both.
 *
 *      segments     |--text--|--data--|..bss..|
 *      pages        [   R X  ][ R W X ][ R W  ]
 *                             ^ shared page
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than any linker makes; a file with more is refused by name. */
#define ELF_SEGMENTS_MAX 64
/* Every segment can give a shared page and its own rest. */
#define ELF_PAGES_MAX (2 * ELF_SEGMENTS_MAX)

/* Rights, as PROTECT_* of pager_protocol.h. */
#define ELF_READ 1u
#define ELF_WRITE 2u
#define ELF_EXECUTE 4u

enum elf_error {
    ELF_OK = 0,
    ELF_NEED_MORE,       /* the program headers lie further on: give needed_bytes of the file */
    ELF_NOT_ELF,         /* no magic number, or shorter than the header */
    ELF_WRONG_CLASS,     /* not 64-bit, little-endian, version 1 */
    ELF_WRONG_MACHINE,   /* not x86-64 */
    ELF_WRONG_TYPE,      /* not ET_EXEC */
    ELF_DYNAMIC,         /* wants an interpreter (a dynamic linker) */
    ELF_HEADER_SIZE,     /* e_ehsize or e_phentsize is not the standard's */
    ELF_HEADERS_OUTSIDE, /* the program headers are not inside the file */
    ELF_TOO_MANY,        /* program headers beyond e_phnum, or more than ELF_SEGMENTS_MAX loads */
    ELF_NO_SEGMENTS,     /* nothing to load */
    ELF_FILE_RANGE,      /* a segment's bytes are not inside the file */
    ELF_MEMORY_SIZE,     /* p_memsz < p_filesz */
    ELF_ALIGNMENT,       /* p_align is no power of two, or offset and address do not agree */
    ELF_ADDRESS_RANGE,   /* a segment outside the addresses allowed */
    ELF_ORDER,           /* segments not in ascending order */
    ELF_OVERLAP,         /* two segments share bytes */
    ELF_ENTRY,           /* the entry point is not in an executable segment */
};

struct elf_segment {
    uint64_t address, memory_bytes;
    uint64_t file_offset, file_bytes; /* the rest of memory_bytes is zeros */
    uint32_t rights;                  /* ELF_READ | ... */
};

struct elf_image {
    uint64_t entry;
    uint64_t needed_bytes; /* with ELF_NEED_MORE: how much of the file's beginning is needed */
    uint32_t bad_header;   /* errors about one segment: the index of its program header */
    uint32_t segment_count;
    struct elf_segment segments[ELF_SEGMENTS_MAX];
};

/*
 * `bytes`: the first `available_bytes` of a file of `file_bytes`. Segments must lie in
 * [address_minimum, address_limit). *image is valid as far as the error says.
 */
enum elf_error elf_parse(const void *bytes, size_t available_bytes, uint64_t file_bytes,
                         uint64_t address_minimum, uint64_t address_limit, struct elf_image *image);

/* In words, for a console line. */
const char *elf_error_text(enum elf_error error);

/*
 * One mapping of whole pages. Bytes [0, file_bytes) come from the file at file_offset (page
 * aligned; file_bytes may be 0), the rest is zeros.
 *
 * pieces: the page cannot be had by mapping the file, because two segments that meet in it
 * come from different parts of the file. It is one zeroed page, private to the process, into
 * which the loader copies the file bytes of every segment that touches it.
 */
struct elf_page_range {
    uint64_t address, length_bytes; /* page aligned */
    uint64_t file_offset, file_bytes;
    uint32_t rights;
    bool pieces;
};

/*
 * The mappings of an image that elf_parse() accepted, ascending, not overlapping. Returns how
 * many. Cannot fail.
 */
uint32_t elf_pages(const struct elf_image *image, struct elf_page_range ranges[ELF_PAGES_MAX]);
