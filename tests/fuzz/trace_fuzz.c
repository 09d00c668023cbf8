/*
 * Fuzzing the simulator's readers with libFuzzer. The input's first byte chooses the format, the
 * rest is the trace.
 *
 * Whatever the bytes, a reader either says why not, or makes a string of dense numbers: a page that
 * is new has the next number, and each number has a key of its own.
 *
 *   trace_fuzz [corpus directory] -max_total_time=600      to look for more
 */
#include "reference_trace.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_string(const struct reference_string *string)
{
    uint32_t known = 0;
    for (uint64_t i = 0; i < string->references.count; i++) {
        uint32_t page = REFERENCE_PAGE(string->references.words[i]);
        assert(page <= known);
        known += page == known;
    }
    assert(known == string->pages.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum trace_format formats[] = {TRACE_UNKNOWN, TRACE_TEXT,   TRACE_CSV,
                                                TRACE_LACKEY,  TRACE_ORACLE, TRACE_QUIRE};
    if (size < 1)
        return 0;
    struct trace_options options = {
        .format = formats[data[0] % (sizeof formats / sizeof *formats)],
        .page_shift = 12,
        .sample_rate = data[0] & 0x80 ? 0.125 : 0,
        .allow_drops = data[0] & 0x40,
    };
    struct byte_source source;
    struct failure failure = {""};
    if (!source_open_memory(&source, data + 1, size - 1, &failure)) {
        assert(failure.text[0] != '\0');
        return 0;
    }
    struct trace trace;
    if (trace_read(&trace, &source, &options, &failure)) {
        for (unsigned i = 0; i < trace_strings(&trace); i++)
            check_string(&trace.strings[i]);
        trace_free(&trace);
    } else {
        assert(failure.text[0] != '\0');
    }
    source_close(&source);
    return 0;
}
