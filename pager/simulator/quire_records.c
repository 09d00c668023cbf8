/*
 * See quire_records.h.
 */
#include "quire_records.h"

#include <inttypes.h>
#include <string.h>

#define BODY_BYTES_MAX 16384u

bool quire_records_begin(struct quire_records *records, struct byte_source *source,
                         bool allow_drops, struct failure *failure)
{
    *records = (struct quire_records){.source = source, .allow_drops = allow_drops};
    struct trace_header *header = &records->header;
    size_t available = source_need(source, sizeof *header, failure);
    if (available == 0 && failure->text[0] != '\0')
        return false;
    if (available >= sizeof header->magic)
        memcpy(header, source->bytes + source->at,
               available < sizeof *header ? available : sizeof *header);
    if (header->magic != TRACE_MAGIC)
        return refuse(failure, "%s: no Quire trace: wrong magic number at offset 0", source->name);
    if (available < sizeof *header)
        return refuse(failure, "%s: cut short in the header at offset %zu", source->name,
                      available);
    if (header->version != TRACE_VERSION)
        return refuse(failure, "%s: version %u of the format (offset 8); this reads version %u",
                      source->name, header->version, TRACE_VERSION);
    if (header->header_bytes < sizeof *header || header->header_bytes > SOURCE_WINDOW)
        return refuse(failure, "%s: a header of %u bytes (offset 12)", source->name,
                      header->header_bytes);
    available = source_need(source, header->header_bytes, failure);
    if (available < header->header_bytes)
        return failure->text[0] == '\0' &&
               refuse(failure, "%s: cut short in the header at offset %zu", source->name,
                      available);
    source->at += header->header_bytes;
    return true;
}

/* How many fields precede the text; -1: the type has none. */
static int fields_before_text(unsigned type)
{
    switch (type) {
    case TRACE_GROUP_CREATE: return 6;
    case TRACE_SWITCH: return 2;
    case TRACE_PARAMETERS: return 0;
    default: return -1;
    }
}

static bool cut_short(const struct quire_records *records, uint64_t offset, struct failure *failure)
{
    return refuse(failure,
                  "%s: cut short: no end record, %" PRIu64 " records up to offset %" PRIu64,
                  records->source->name, records->count, offset);
}

/* Type and length; the body is available from source->at on. */
static bool read_head(struct quire_records *records, struct quire_record *record, uint64_t *length,
                      struct failure *failure)
{
    struct byte_source *source = records->source;
    size_t available = source_need(source, 1 + TRACE_NUMBER_BYTES, failure);
    record->offset = source_offset(source);
    if (available == 0)
        return failure->text[0] == '\0' && cut_short(records, record->offset, failure);
    const uint8_t *bytes = source->bytes + source->at;
    record->type = bytes[0];
    const uint8_t *body = trace_get_number(bytes + 1, bytes + available, length);
    if (body == NULL && available < 1 + TRACE_NUMBER_BYTES)
        return cut_short(records, record->offset, failure);
    if (body == NULL || *length > BODY_BYTES_MAX)
        return refuse(failure, "%s: no record at offset %" PRIu64 ": type %u with a bad length",
                      source->name, record->offset, record->type);
    source->at += (size_t)(body - bytes);
    available = source_need(source, *length, failure);
    if (available == 0 && failure->text[0] != '\0')
        return false;
    return available >= *length || cut_short(records, record->offset, failure);
}

static bool read_body(struct quire_records *records, struct quire_record *record, uint64_t length,
                      struct failure *failure)
{
    struct byte_source *source = records->source;
    const uint8_t *at = source->bytes + source->at, *end = at + length;
    int before_text = fields_before_text(record->type);
    unsigned most = before_text >= 0 ? (unsigned)before_text : RECORD_FIELDS_MAX;
    memset(record->field, 0, sizeof record->field);
    for (record->fields = 0; at < end && record->fields < most; record->fields++) {
        at = trace_get_number(at, end, &record->field[record->fields]);
        if (at == NULL)
            return refuse(failure, "%s: a broken number in the record at offset %" PRIu64,
                          source->name, record->offset);
    }
    record->text = (const char *)at;
    record->text_bytes = before_text >= 0 ? (size_t)(end - at) : 0;
    source->at += length;
    return true;
}

static bool note_drops(struct quire_records *records, uint64_t count, uint64_t offset,
                       struct failure *failure)
{
    records->dropped += count;
    return count == 0 || records->allow_drops ||
           refuse(failure,
                  "%s: %" PRIu64 " records are missing at offset %" PRIu64
                  ": the recorder could not keep up; --allow-drops takes it all the same",
                  records->source->name, count, offset);
}

static bool check_end(struct quire_records *records, const struct quire_record *record,
                      struct failure *failure)
{
    if (record->field[0] != records->count)
        return refuse(failure,
                      "%s: %" PRIu64 " records, but the end record at offset %" PRIu64
                      " counts %" PRIu64 ": bytes were lost",
                      records->source->name, records->count, record->offset, record->field[0]);
    if (records->dropped == 0 && !note_drops(records, record->field[1], record->offset, failure))
        return false;
    size_t more = source_need(records->source, 1, failure);
    return more == 0 ? failure->text[0] == '\0'
                     : refuse(failure, "%s: more bytes behind the end record, at offset %" PRIu64,
                              records->source->name, source_offset(records->source));
}

bool quire_records_next(struct quire_records *records, struct quire_record *record,
                        struct failure *failure)
{
    uint64_t length;
    if (!read_head(records, record, &length, failure) ||
        !read_body(records, record, length, failure))
        return false;
    if (record->type == TRACE_END) {
        (void)check_end(records, record, failure);
        return false;
    }
    records->count++;
    return record->type != TRACE_DROPPED ||
           note_drops(records, record->field[0], record->offset, failure);
}
