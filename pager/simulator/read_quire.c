/*
 * A recorded run of Quire as a string of references: what the pager saw. Each insert is one, each
 * reference reported, and each look at Accessed bits that found one set. All groups together are
 * taken for one memory, unless one is chosen; to repeat a run as it was, see replay.h.
 */
#include "frame_map.h"
#include "reference_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct quire_reader {
    struct trace_builder *builder;
    struct quire_records records;
    struct frame_map map;
    size_t group; /* index in the trace's list of the group that records are about */
};

/* Records are about this group from here on. A number that comes again is counted with the first. */
static bool enter_group(struct quire_reader *reader, uint64_t group, struct failure *failure)
{
    struct trace *trace = reader->builder->trace;
    for (reader->group = 0; reader->group < trace->group_count; reader->group++) {
        if (trace->groups[reader->group].group == group)
            return true;
    }
    struct trace_group_share *groups =
        realloc(trace->groups, (trace->group_count + 1) * sizeof *groups);
    if (groups == NULL)
        return refuse(failure, "%s: out of memory for %zu groups", trace->name,
                      trace->group_count + 1);
    groups[trace->group_count++] = (struct trace_group_share){.group = group};
    trace->groups = groups;
    return true;
}

static bool count(struct quire_reader *reader, struct page_key page, bool write,
                  struct failure *failure)
{
    struct trace *trace = reader->builder->trace;
    const struct trace_options *options = reader->builder->options;
    if (trace->group_count == 0 && !enter_group(reader, 0, failure))
        return false;
    struct trace_group_share *share = &trace->groups[reader->group];
    share->references++;
    return (options->one_group && share->group != options->group) ||
           trace_add(reader->builder, page, write, failure);
}

static bool use(struct quire_reader *reader, const struct quire_record *record,
                struct failure *failure)
{
    const char *name = reader->builder->source->name;
    struct frame_entry *entry =
        frame_entry(&reader->map, record->field[0], name, record->offset, failure);
    if (entry == NULL)
        return false;
    if (entry->resident)
        return count(reader, entry->page, false, failure);
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
           count(reader, entry->page, record->field[5] != 0, failure);
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
    case TRACE_GROUP:
    case TRACE_GROUP_CREATE: return enter_group(reader, record->field[0], failure);
    case TRACE_INSERT: return insert(reader, record, failure);
    case TRACE_REMOVE: return leave(reader, record, failure);
    case TRACE_REFERENCE: return use(reader, record, failure);
    case TRACE_LOOK: return record->field[1] == 0 || use(reader, record, failure);
    default: return true;
    }
}

/* A group that was chosen and has no reference: an error that lists those that have. */
static bool group_exists(const struct quire_reader *reader, struct failure *failure)
{
    const struct trace *trace = reader->builder->trace;
    const struct trace_options *options = reader->builder->options;
    char known[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < trace->group_count; i++) {
        const struct trace_group_share *share = &trace->groups[i];
        if (share->references == 0)
            continue;
        if (!options->one_group || share->group == options->group)
            return true;
        if (used < sizeof known)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%" PRIu64,
                                     used != 0 ? ", " : "", share->group);
    }
    return !options->one_group ||
           refuse(failure, "%s: no reference of group %" PRIu32 "; there are those of: %s",
                  trace->name, options->group, used != 0 ? known : "none");
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
    return failure->text[0] == '\0' && group_exists(&reader, failure);
}
