/*
 * libCacheSim's oracleGeneral: records of 24 bytes, little endian, without a header.
 *
 *      0         4                 12          16                24
 *      | seconds | object          | bytes     | next access     |     next: a request number,
 *      +---------+-----------------+-----------+-----------------+     -1 or 2^63-1: none comes
 *
 * Each object is a page. There is no magic number; what tells a file of another kind is a next
 * access that lies in the past.
 */
#include "reference_trace.h"

#include <string.h>

#define RECORD_BYTES 24

static bool next_access_possible(int64_t next, uint64_t request)
{
    return next == -1 || next == INT64_MAX || (next >= 0 && (uint64_t)next >= request);
}

bool read_oracle(struct trace_builder *builder, struct failure *failure)
{
    struct byte_source *source = builder->source;
    for (uint64_t request = 0;; request++) {
        size_t available = source_need(source, RECORD_BYTES, failure);
        unsigned long long offset = source_offset(source);
        if (available == 0)
            return failure->text[0] == '\0';
        if (available < RECORD_BYTES)
            return refuse(failure, "%s: cut short: %zu bytes of a record of %d at offset %llu",
                          source->name, available, RECORD_BYTES, offset);
        struct page_key page = {0, 0};
        int64_t next;
        memcpy(&page.index, source->bytes + source->at + 4, sizeof page.index);
        memcpy(&next, source->bytes + source->at + 16, sizeof next);
        if (!next_access_possible(next, request))
            return refuse(failure,
                          "%s: not oracleGeneral: record %llu at offset %llu says that its object "
                          "comes next at %lld",
                          source->name, (unsigned long long)request, offset, (long long)next);
        source->at += RECORD_BYTES;
        if (!trace_add(builder, page, false, failure))
            return false;
    }
}
