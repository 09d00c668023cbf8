/*
 * Reference strings as text.
 *
 *      text    a page number a line, decimal or 0x...; then perhaps `r` or `w`; # begins a comment
 *      csv     columns by comma, semicolon or tab, with or without a line of names
 *
 * In CSV the page is in the column named page, object, obj_id, object_id, key, id, lba or index, or
 * address (or addr, which is divided by the page size), else the first; writes are known from a
 * column named write, op or operation: 1, w, write, store, true.
 */
#include "reference_trace.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 65536u

/* ---------------------------------------------------------------- lines and numbers */

const char *trace_line(struct byte_source *source, size_t *length, struct failure *failure)
{
    size_t want = 256;
    for (;;) {
        size_t available = source_need(source, want, failure);
        if (available == 0)
            return NULL;
        const char *line = (const char *)source->bytes + source->at;
        const char *end = memchr(line, '\n', available);
        if (end == NULL && source->ended)
            end = line + available;
        if (end != NULL) {
            *length = (size_t)(end - line);
            source->at += *length + (*length < available);
            if (*length > 0 && line[*length - 1] == '\r')
                --*length;
            return line;
        }
        if (want >= LINE_MAX_BYTES) {
            refuse(failure, "%s: no line end in %u bytes at offset %llu: not a text", source->name,
                   LINE_MAX_BYTES, (unsigned long long)source_offset(source));
            return NULL;
        }
        want *= 2;
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

bool parse_number(const char **text, const char *end, unsigned base, uint64_t *number)
{
    const char *at = *text;
    if (base == 10 && end - at > 2 && at[0] == '0' && (at[1] | 32) == 'x') {
        at += 2;
        base = 16;
    }
    const char *digits = at;
    *number = 0;
    for (; at < end; at++) {
        unsigned digit = (unsigned)digit_of(*at);
        if (digit >= base)
            break;
        if (__builtin_mul_overflow(*number, base, number) ||
            __builtin_add_overflow(*number, digit, number))
            return false;
    }
    *text = at;
    return at != digits;
}

static const char *skip_blanks(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t'))
        text++;
    return text;
}

static bool bad_line(const struct trace_builder *builder, const char *what, uint64_t number,
                     uint64_t offset, struct failure *failure)
{
    return refuse(failure, "%s: %s in line %llu (offset %llu)", builder->source->name, what,
                  (unsigned long long)number, (unsigned long long)offset);
}

/* ---------------------------------------------------------------- text */

static bool add_text_line(struct trace_builder *builder, const char *text, const char *end,
                          bool *understood, struct failure *failure)
{
    *understood = false;
    struct page_key page = {0, 0};
    text = skip_blanks(text, end);
    if (text == end || *text == '#') {
        *understood = true;
        return true;
    }
    if (!parse_number(&text, end, 10, &page.index))
        return true;
    const char *mark = skip_blanks(text, end);
    bool write = false;
    if (mark < end && mark > text && strchr("rRwW", *mark) != NULL) {
        write = (*mark | 32) == 'w';
        mark = skip_blanks(mark + 1, end);
    }
    if (mark < end && *mark != '#')
        return true;
    *understood = true;
    return trace_add(builder, page, write, failure);
}

bool read_text(struct trace_builder *builder, struct failure *failure)
{
    struct byte_source *source = builder->source;
    for (uint64_t number = 1;; number++) {
        uint64_t offset = source_offset(source);
        size_t length;
        const char *line = trace_line(source, &length, failure);
        if (line == NULL)
            return failure->text[0] == '\0';
        bool understood;
        if (!add_text_line(builder, line, line + length, &understood, failure))
            return false;
        if (!understood)
            return bad_line(builder, "not a page number", number, offset, failure);
    }
}

/* ---------------------------------------------------------------- CSV */

struct csv_layout {
    unsigned page_column, write_column; /* from 1; 0: there is none */
    bool address;                       /* the page's column holds addresses in bytes */
    char separator;
};

static bool one_of(const char *text, size_t length, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strlen(*names) == length && strncasecmp(*names, text, length) == 0)
            return true;
    }
    return false;
}

static const char *const page_names[] = {"page", "object", "obj_id",    "object_id", "key",
                                         "id",   "lba",    "object-id", "index",     NULL};
static const char *const address_names[] = {"address", "addr", NULL};
static const char *const write_names[] = {"write", "op", "operation", NULL};
static const char *const true_values[] = {"1", "w", "write", "store", "true", "yes", NULL};

/* Takes the next field off the line, without blanks and quotation marks around it. */
static const char *next_field(const char **line, const char *end, char separator, size_t *length)
{
    const char *field = *line;
    const char *field_end = memchr(field, separator, (size_t)(end - field));
    *line = field_end != NULL ? field_end + 1 : NULL;
    if (field_end == NULL)
        field_end = end;
    while (field < field_end && (isspace((unsigned char)*field) || *field == '"'))
        field++;
    while (field < field_end && (isspace((unsigned char)field_end[-1]) || field_end[-1] == '"'))
        field_end--;
    *length = (size_t)(field_end - field);
    return field;
}

static bool is_number(const char *text, size_t length)
{
    uint64_t number;
    const char *end = text + length;
    return parse_number(&text, end, 10, &number) && text == end;
}

/* true: the first line has names, and is no reference. */
static bool read_names(struct csv_layout *layout, const char *wanted, const char *line,
                       const char *end)
{
    bool names = true;
    const char *const column_wanted[] = {wanted, NULL};
    for (unsigned column = 1; line != NULL; column++) {
        size_t length;
        const char *field = next_field(&line, end, layout->separator, &length);
        names = names && !is_number(field, length);
        bool address = one_of(field, length, address_names);
        bool page = wanted != NULL ? one_of(field, length, column_wanted)
                                   : address || one_of(field, length, page_names);
        if (page && layout->page_column == 0) {
            layout->page_column = column;
            layout->address = address;
        }
        if (one_of(field, length, write_names) && layout->write_column == 0)
            layout->write_column = column;
    }
    return names;
}

static char separator_of(const char *line, size_t length)
{
    for (const char *candidate = ",;\t"; *candidate != '\0'; candidate++) {
        if (memchr(line, *candidate, length) != NULL)
            return *candidate;
    }
    return ',';
}

/* What the first line says. *is_names: it is not a reference. */
static bool csv_layout(const struct trace_builder *builder, const char *line, size_t length,
                       struct csv_layout *layout, bool *is_names, struct failure *failure)
{
    const char *wanted = builder->options->column;
    *layout = (struct csv_layout){.separator = separator_of(line, length)};
    unsigned long number =
        wanted != NULL && is_number(wanted, strlen(wanted)) ? strtoul(wanted, NULL, 10) : 0;
    *is_names = read_names(layout, number != 0 ? NULL : wanted, line, line + length);
    if (!*is_names)
        *layout = (struct csv_layout){.separator = layout->separator};
    if (number != 0) {
        layout->page_column = (unsigned)number;
        layout->address = false;
    } else if (wanted != NULL && layout->page_column == 0) {
        return refuse(failure, "%s: no column '%s' in its first line (offset 0)",
                      builder->source->name, wanted);
    }
    if (layout->page_column == 0)
        layout->page_column = 1;
    return true;
}

static bool add_csv_line(struct trace_builder *builder, const struct csv_layout *layout,
                         const char *line, const char *end, bool *understood,
                         struct failure *failure)
{
    bool write = false;
    struct page_key page = {0, 0};
    *understood = false;
    for (unsigned column = 1; line != NULL; column++) {
        size_t length;
        const char *field = next_field(&line, end, layout->separator, &length);
        if (column == layout->page_column) {
            const char *field_end = field + length;
            *understood = parse_number(&field, field_end, 10, &page.index) && field == field_end;
        } else if (column == layout->write_column) {
            write = one_of(field, length, true_values);
        }
    }
    if (!*understood)
        return true;
    if (layout->address)
        page.index >>= builder->options->page_shift;
    return trace_add(builder, page, write, failure);
}

bool read_csv(struct trace_builder *builder, struct failure *failure)
{
    struct byte_source *source = builder->source;
    struct csv_layout layout = {0};
    for (uint64_t number = 1;; number++) {
        uint64_t offset = source_offset(source);
        size_t length;
        const char *line = trace_line(source, &length, failure);
        if (line == NULL)
            return failure->text[0] == '\0';
        if (length == 0 || *line == '#')
            continue;
        bool is_names = false, understood = false;
        if (layout.page_column == 0 &&
            !csv_layout(builder, line, length, &layout, &is_names, failure))
            return false;
        if (is_names)
            continue;
        if (!add_csv_line(builder, &layout, line, line + length, &understood, failure))
            return false;
        if (!understood)
            return bad_line(builder, "no page number", number, offset, failure);
    }
}
