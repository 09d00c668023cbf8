/*
 * The records of a Quire trace (libsys/include/quire/trace.h), one after the other, checked: whole,
 * nothing missing, ended. What a record means is its reader's business.
 */
#pragma once

#include "byte_source.h"

#include <quire/trace.h>

/* TRACE_NAMED has the most: a count and that many frames. */
#define RECORD_FIELDS_MAX 40

struct quire_record {
    enum trace_type type;
    uint64_t offset; /* in the trace */
    unsigned fields; /* that were written; those behind them are 0 */
    uint64_t field[RECORD_FIELDS_MAX];
    const char *text; /* of types with one; not ended by a NUL */
    size_t text_bytes;
};

struct quire_records {
    struct byte_source *source;
    struct trace_header header;
    bool allow_drops;
    uint64_t count;   /* of records so far */
    uint64_t dropped; /* that the recorder lost */
};

/* Reads the header. */
bool quire_records_begin(struct quire_records *records, struct byte_source *source,
                         bool allow_drops, struct failure *failure);
/* false with an empty failure: the trace has ended as it should. The record's text is valid until
   the next call. */
bool quire_records_next(struct quire_records *records, struct quire_record *record,
                        struct failure *failure);
