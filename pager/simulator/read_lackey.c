/*
 * What `valgrind --tool=lackey --trace-mem=yes` prints: the kind of access, an address in
 * hexadecimal, and a length in bytes. An access that crosses a page boundary is a reference to
 * each page.
 *
 *      I  04001100,3       an instruction; it does not write
 *       L 1ffeffe7e,8      load;  S: store;  M: modify
 *      ==1234== ...        Valgrind's own words
 */
#include "reference_trace.h"

#include <string.h>

static bool is_access(const char *line, size_t length)
{
    return length > 3 && line[2] == ' ' &&
           ((line[0] == 'I' && line[1] == ' ') ||
            (line[0] == ' ' && strchr("LSM", line[1]) != NULL));
}

static bool add_access(struct trace_builder *builder, const char *line, const char *end,
                       bool *understood, struct failure *failure)
{
    bool write = line[1] == 'S' || line[1] == 'M';
    uint64_t address, bytes, last;
    const char *at = line + 3;
    *understood = parse_number(&at, end, 16, &address) && at < end && *at++ == ',' &&
                  parse_number(&at, end, 10, &bytes) && at == end && bytes > 0 &&
                  !__builtin_add_overflow(address, bytes - 1, &last);
    if (!*understood)
        return true;
    unsigned shift = builder->options->page_shift;
    /* No instruction touches more than two pages, but a line could say so. */
    if (last >> shift > (address >> shift) + 1) {
        *understood = false;
        return true;
    }
    if (!trace_add(builder, (struct page_key){0, address >> shift}, write, failure))
        return false;
    return last >> shift == address >> shift ||
           trace_add(builder, (struct page_key){0, last >> shift}, write, failure);
}

bool read_lackey(struct trace_builder *builder, struct failure *failure)
{
    struct byte_source *source = builder->source;
    for (uint64_t number = 1;; number++) {
        uint64_t offset = source_offset(source);
        size_t length;
        const char *line = trace_line(source, &length, failure);
        if (line == NULL)
            return failure->text[0] == '\0';
        /* Valgrind's words, and those of the traced program, may stand between the accesses. */
        if (!is_access(line, length))
            continue;
        bool understood;
        if (!add_access(builder, line, line + length, &understood, failure))
            return false;
        if (!understood)
            return refuse(failure, "%s: not an access of lackey in line %llu (offset %llu)",
                          source->name, (unsigned long long)number, (unsigned long long)offset);
    }
}
