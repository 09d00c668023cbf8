/*
 * A recorded run of Quire as a string of references: what the pager saw. Each insert is one, each
 * reference reported, and each look at Accessed bits that found one set. All groups together are
 * taken for one memory; to repeat a run as it was, see replay.h.
 */
#include "frame_map.h"
#include "reference_trace.h"

#include <inttypes.h>

struct quire_reader {
    struct trace_builder *builder;
    struct quire_records records;
    struct frame_map map;
};

static bool use(struct quire_reader *reader, const struct quire_record *record,
                struct failure *failure)
{
    const char *name = reader->builder->source->name;
    struct frame_entry *entry =
        frame_entry(&reader->map, record->field[0], name, record->offset, failure);
    if (entry == NULL)
        return false;
    if (entry->resident)
        return trace_add(reader->builder, entry->page, false, failure);
    /* Its insert may be among the records that were dropped. */
    return reader->records.allow_drops ||
           refuse(failure,
                  "%s: a reference to frame %" PRIu64 ", which is empty (offset %" PRIu64 ")", name,
                  record->field[0], record->offset);
}

/* Adoption is the policy's affair: no program did anything. */
static bool insert(struct quire_reader *reader, const struct quire_record *record,
                   struct failure *failure)
{
    struct frame_entry *entry = frame_entry(&reader->map, record->field[0],
                                            reader->builder->source->name, record->offset, failure);
    if (entry == NULL)
        return false;
    entry->resident = true;
    entry->page = (struct page_key){record->field[2], record->field[3]};
    return record->field[1] == POLICY_ADOPT ||
           trace_add(reader->builder, entry->page, record->field[5] != 0, failure);
}

static bool leave(struct quire_reader *reader, const struct quire_record *record,
                  struct failure *failure)
{
    struct frame_entry *entry = frame_entry(&reader->map, record->field[0],
                                            reader->builder->source->name, record->offset, failure);
    if (entry != NULL)
        entry->resident = false;
    return entry != NULL;
}

static bool handle(struct quire_reader *reader, const struct quire_record *record,
                   struct failure *failure)
{
    switch (record->type) {
    case TRACE_INSERT: return insert(reader, record, failure);
    case TRACE_REMOVE: return leave(reader, record, failure);
    case TRACE_REFERENCE: return use(reader, record, failure);
    case TRACE_LOOK: return record->field[1] == 0 || use(reader, record, failure);
    default: return true;
    }
}

bool read_quire(struct trace_builder *builder, struct failure *failure)
{
    struct quire_reader reader = {.builder = builder};
    if (!quire_records_begin(&reader.records, builder->source, builder->options->allow_drops,
                             failure))
        return false;
    struct quire_record record;
    while (quire_records_next(&reader.records, &record, failure)) {
        if (!handle(&reader, &record, failure))
            break;
    }
    frame_map_free(&reader.map);
    return failure->text[0] == '\0';
}
