/*
 * The bytes of a trace, whatever it is packed in: plain, gzip or zstd, told apart by their first
 * bytes. Offsets in messages are offsets of the unpacked bytes: that is where a reader is.
 *
 *      file or standard input --> packed buffer --> gzip | zstd | as it is --> bytes[at..end)
 */
#pragma once

#include "failure.h"

#include <stddef.h>
#include <stdint.h>

struct byte_source {
    const char *name;
    const uint8_t *bytes; /* unpacked, those from `at` on are still to be used */
    size_t at, end;
    uint64_t offset;                  /* of bytes[0] in the unpacked trace */
    bool ended;                       /* nothing comes after bytes[end] */
    uint64_t packed_bytes, packed_at; /* of the file, for progress; packed_bytes 0: not known */
    struct unpacker *unpacker;
};

/* `path` "-" is standard input. The name is kept, not copied. */
bool source_open(struct byte_source *source, const char *path, struct failure *failure);
/* The same over memory, which stays the caller's: for tests and the fuzzer. */
bool source_open_memory(struct byte_source *source, const void *bytes, size_t length,
                        struct failure *failure);
void source_close(struct byte_source *source);

/*
 * Makes at least `want` (at most SOURCE_WINDOW) bytes available from `at` on, or all that are left.
 * Returns how many there are; 0 with *failure filled in (text not empty) is a broken pack or file.
 */
#define SOURCE_WINDOW (64u << 10)
size_t source_need(struct byte_source *source, size_t want, struct failure *failure);

static inline uint64_t source_offset(const struct byte_source *source)
{
    return source->offset + source->at;
}
