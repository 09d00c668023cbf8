/*
 * Reading a trace, whatever its format. See reference_trace.h.
 */
#include "reference_trace.h"

#include <ctype.h>
#include <quire/trace.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_INTERVAL (1u << 16)

static const struct {
    const char *name;
    trace_reader *reader;
} formats[] = {
    [TRACE_QUIRE] = {"quire", read_quire},    [TRACE_TEXT] = {"text", read_text},
    [TRACE_CSV] = {"csv", read_csv},          [TRACE_LACKEY] = {"lackey", read_lackey},
    [TRACE_ORACLE] = {"oracle", read_oracle}, [TRACE_STRING] = {"string", read_string},
};

enum trace_format trace_format_named(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (formats[i].name != NULL && strcmp(formats[i].name, name) == 0)
            return (enum trace_format)i;
    }
    return TRACE_UNKNOWN;
}

/* ---------------------------------------------------------------- which format */

static bool looks_like_lackey(const char *text, size_t length)
{
    return (length >= 3 && (memcmp(text, "I  ", 3) == 0 || memcmp(text, " L ", 3) == 0 ||
                            memcmp(text, " S ", 3) == 0 || memcmp(text, " M ", 3) == 0)) ||
           (length >= 2 && memcmp(text, "==", 2) == 0);
}

static bool printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!isprint((unsigned char)text[i]) && !isspace((unsigned char)text[i]))
            return false;
    }
    return true;
}

static enum trace_format format_of(const struct byte_source *source, size_t length)
{
    const char *text = (const char *)source->bytes + source->at;
    const uint64_t magic = TRACE_MAGIC;
    if (length >= sizeof magic && memcmp(text, &magic, sizeof magic) == 0)
        return TRACE_QUIRE;
    if (!printable(text, length))
        return strstr(source->name, ".oracleGeneral") != NULL ? TRACE_ORACLE : TRACE_UNKNOWN;
    if (looks_like_lackey(text, length))
        return TRACE_LACKEY;
    const char *line_end = memchr(text, '\n', length);
    size_t line = line_end != NULL ? (size_t)(line_end - text) : length;
    bool words = *text != '#' && isalpha((unsigned char)*text);
    if (words || memchr(text, ',', line) != NULL || memchr(text, ';', line) != NULL)
        return TRACE_CSV;
    return TRACE_TEXT;
}

static bool find_format(struct trace_builder *builder, enum trace_format *format,
                        struct failure *failure)
{
    *format = builder->options->format;
    if (*format != TRACE_UNKNOWN)
        return true;
    size_t length = source_need(builder->source, 512, failure);
    if (length == 0 && failure->text[0] != '\0')
        return false;
    if (length == 0)
        return refuse(failure, "%s: the trace is empty (offset 0)", builder->source->name);
    *format = format_of(builder->source, length);
    return *format != TRACE_UNKNOWN ||
           refuse(failure,
                  "%s: no known format: neither text nor a known magic number at offset 0; "
                  "libCacheSim's binary traces have none: say --format oracle",
                  builder->source->name);
}

/* ---------------------------------------------------------------- reading */

static bool out_of_memory(const struct trace_builder *builder,
                          const struct reference_string *string, struct failure *failure)
{
    return refuse(
        failure,
        "%s: more distinct pages than memory holds: %u pages up to offset %llu take %llu MiB; "
        "--sample RATE takes a part of them",
        builder->source->name, string->pages.count,
        (unsigned long long)source_offset(builder->source),
        (unsigned long long)(page_numbers_bytes(&string->pages) >> 20));
}

bool trace_add(struct trace_builder *builder, struct page_key page, bool write,
               struct failure *failure)
{
    struct trace *trace = builder->trace;
    if (trace->references++ % PROGRESS_INTERVAL == 0 && builder->options->progress != NULL)
        builder->options->progress(builder->options->context, builder->source->packed_at,
                                   builder->source->packed_bytes);
    unsigned sample = 0;
    if (builder->sample_step != 0) {
        /* The upper half: the table of pages uses the lower. */
        uint64_t chosen = (page_hash(page) >> 32) / builder->sample_step;
        if (chosen >= SAMPLES)
            return true;
        sample = (unsigned)chosen;
    }
    struct reference_string *string = &trace->strings[sample];
    uint32_t number;
    if (!page_number(&string->pages, page, &number))
        return out_of_memory(builder, string, failure);
    return word_store_add(&string->references, number | (write ? REFERENCE_WRITE : 0), failure);
}

static bool read_all(struct trace_builder *builder, struct failure *failure)
{
    enum trace_format format;
    if (!find_format(builder, &format, failure))
        return false;
    if (builder->options->one_group && format != TRACE_QUIRE)
        return refuse(failure,
                      "%s: --group is for Quire's traces, and this one is of the format %s",
                      builder->source->name, formats[format].name);
    if (!formats[format].reader(builder, failure))
        return false;
    struct trace *trace = builder->trace;
    if (trace->references == 0)
        return refuse(failure, "%s: the trace is empty: no reference in %llu bytes",
                      builder->source->name, (unsigned long long)source_offset(builder->source));
    for (unsigned i = 0; i < trace_strings(trace); i++) {
        if (!word_store_finish(&trace->strings[i].references, failure))
            return false;
        if (trace->strings[i].references.count == 0)
            return refuse(failure, "%s: at a rate of %g a sample is empty; take a higher one",
                          builder->source->name, trace->sample_rate);
    }
    return true;
}

bool trace_read(struct trace *trace, struct byte_source *source,
                const struct trace_options *options, struct failure *failure)
{
    *trace = (struct trace){.name = source->name, .sample_rate = options->sample_rate};
    struct trace_builder builder = {.trace = trace, .source = source, .options = options};
    if (options->sample_rate > 0)
        builder.sample_step = (uint64_t)(options->sample_rate * 4294967296.0);
    for (unsigned i = 0; i < trace_strings(trace); i++)
        trace->strings[i].pages.most_bytes = options->most_bytes / trace_strings(trace);
    if (read_all(&builder, failure))
        return true;
    trace_free(trace);
    return false;
}

void trace_free(struct trace *trace)
{
    for (unsigned i = 0; i < SAMPLES; i++) {
        word_store_free(&trace->strings[i].references);
        page_numbers_free(&trace->strings[i].pages);
    }
    free(trace->groups);
    trace->groups = NULL;
    trace->group_count = 0;
}
