/*
 * Recorded runs (quire/trace.h) made by hand, for the simulator's tests.
 */
#pragma once

#include <quire/trace.h>
#include <string.h>

struct recording {
    uint8_t bytes[4096];
    size_t length;
    uint64_t records;
};

static inline void begin_recording(struct recording *recording)
{
    const struct trace_header header = {.magic = TRACE_MAGIC,
                                        .version = TRACE_VERSION,
                                        .header_bytes = sizeof header + 4,
                                        .command_line_bytes = 4};
    memcpy(recording->bytes, &header, sizeof header);
    memcpy(recording->bytes + sizeof header, "word", 4);
    recording->length = sizeof header + 4;
    recording->records = 0;
}

/* A record with a text behind its fields. */
static inline void add_text_record(struct recording *recording, uint8_t type,
                                   const uint64_t *fields, size_t count, const char *text)
{
    uint8_t body[256], *end = body;
    for (size_t i = 0; i < count; i++)
        end = trace_put_number(end, fields[i]);
    memcpy(end, text, strlen(text));
    end += strlen(text);
    uint8_t *to = recording->bytes + recording->length;
    *to++ = type;
    to = trace_put_number(to, (uint64_t)(end - body));
    memcpy(to, body, (size_t)(end - body));
    recording->length = (size_t)(to - recording->bytes) + (size_t)(end - body);
    recording->records++;
}

#define RECORD(recording, type, ...)                             \
    add_record(recording, type, (const uint64_t[]){__VA_ARGS__}, \
               sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

static inline void add_record(struct recording *recording, uint8_t type, const uint64_t *fields,
                              size_t count)
{
    add_text_record(recording, type, fields, count, "");
}

static inline void end_recording(struct recording *recording, uint64_t dropped)
{
    RECORD(recording, TRACE_END, recording->records, dropped);
}
