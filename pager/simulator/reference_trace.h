/*
 * A trace as the simulator works on it: a row of references to dense page numbers.
 *
 *      bytes --reader of the format--> (page, write) --sample?--> number --> references
 *
 * Sampled (SHARDS, Waldspurger et al., FAST 2015), a trace becomes SAMPLES strings, each of the
 * references to a `rate` of the pages, chosen by the hash of the page. They have no page in
 * common, so the scatter of their results says how far off the mean of them is.
 */
#pragma once

#include "byte_source.h"
#include "page_numbers.h"
#include "word_store.h"

#define SAMPLES 8

#define REFERENCE_WRITE (1u << 31)
#define REFERENCE_PAGE(word) ((word) & ~REFERENCE_WRITE)

enum trace_format {
    TRACE_UNKNOWN,
    TRACE_QUIRE,
    TRACE_TEXT,
    TRACE_CSV,
    TRACE_LACKEY,
    TRACE_ORACLE,
    TRACE_STRING
};

struct trace_options {
    enum trace_format format; /* TRACE_UNKNOWN: found by its first bytes and its name */
    const char *column;       /* CSV: name or number, from 1, of the page's column; NULL: found */
    unsigned page_shift;      /* CSV columns of addresses, lackey: bytes of a page, as a shift */
    double sample_rate;       /* 0: everything */
    bool allow_drops;         /* Quire traces: go on although the recorder lost records */
    bool one_group;           /* Quire traces: only the references of group number `group` */
    uint32_t group;
    uint64_t most_bytes; /* for the table of pages; 0: no limit */
    /* NULL or called now and then; total 0: not known */
    void (*progress)(void *context, uint64_t done, uint64_t total);
    void *context;
};

struct reference_string {
    struct word_store references;
    struct page_numbers pages;
};

/* How much of a Quire trace was which paging group's. */
struct trace_group_share {
    uint64_t group, references;
};

struct trace {
    const char *name;
    uint64_t references; /* of the trace, sampled or not */
    struct trace_group_share *groups;
    size_t group_count;
    double sample_rate; /* 0: strings[0] is the trace, else there are SAMPLES strings */
    struct reference_string strings[SAMPLES];
};

static inline unsigned trace_strings(const struct trace *trace)
{
    return trace->sample_rate > 0 ? SAMPLES : 1;
}

bool trace_read(struct trace *trace, struct byte_source *source,
                const struct trace_options *options, struct failure *failure);
void trace_free(struct trace *trace);
/* TRACE_UNKNOWN: no format has that name. */
enum trace_format trace_format_named(const char *name);

/* ---- for the readers */
struct trace_builder {
    struct trace *trace;
    struct byte_source *source;
    const struct trace_options *options;
    uint64_t sample_step; /* of 2^32 hash values, for each sample */
};

/* The next reference of the trace. */
bool trace_add(struct trace_builder *builder, struct page_key page, bool write,
               struct failure *failure);

typedef bool trace_reader(struct trace_builder *builder, struct failure *failure);
trace_reader read_text, read_csv, read_lackey, read_oracle, read_quire, read_string;

/* The next line without its end, which may be a line feed, both, or the end of the trace; NULL with
   an empty failure: there is none. It is valid until the next call. */
const char *trace_line(struct byte_source *source, size_t *length, struct failure *failure);
/* A number of decimal digits, or 0x and hexadecimal ones, at *text, which is moved behind it. */
bool parse_number(const char **text, const char *end, unsigned base, uint64_t *number);
