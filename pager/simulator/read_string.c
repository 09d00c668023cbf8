/*
 * The trace is the line of a reference string, as `zipf frames=4096`. See string_output.h.
 */
#include "reference_string.h"

#include "check_value.h"
#include "reference_trace.h"
#include "string_output.h"

#include <inttypes.h>
#include <string.h>

static bool start(struct string_generator *generator, struct string_plan *plan, const char *line,
                  struct failure *failure)
{
    char message[PARAMETER_MESSAGE_BYTES];
    if (!string_plan_read(plan, line, message))
        return refuse(failure, "--string: %s", message);
    return string_begin(generator, plan) || refuse(failure, "%s: out of memory", line);
}

bool read_string(struct trace_builder *builder, struct failure *failure)
{
    char line[SOURCE_WINDOW];
    struct byte_source *source = builder->source;
    size_t length = source_need(source, sizeof line - 1, failure);
    memcpy(line, source->bytes + source->at, length);
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    source->name = builder->trace->name = "the string";
    struct string_plan plan;
    struct string_generator generator;
    if (!start(&generator, &plan, line, failure))
        return false;
    uint32_t page;
    bool good = true;
    while (good && string_next(&generator, &page))
        good = trace_add(builder, (struct page_key){0, page}, false, failure);
    string_end(&generator);
    return good;
}

void strings_list(FILE *out)
{
    struct string_plan plan;
    for (const struct string_kind *const *kind = string_kinds; *kind != NULL; kind++) {
        fprintf(out, "%s: %s\n", (*kind)->name, (*kind)->meaning);
        string_plan_begin(&plan, (*kind)->name);
        for (const struct parameter *p = plan.parameters; p->name != NULL; p++)
            fprintf(out, "  %s=%s: %s\n", p->name, p->choices != NULL ? p->choices : "NUMBER",
                    p->meaning);
    }
}

bool string_print(FILE *out, const char *line, struct failure *failure)
{
    struct string_plan plan;
    struct string_generator generator;
    if (!start(&generator, &plan, line, failure))
        return false;
    fprintf(out, "# %s\n", line);
    uint32_t page;
    uint64_t check = CHECK_BEGIN;
    while (string_next(&generator, &page)) {
        check = check_add(check, page);
        fprintf(out, "%" PRIu32 "\n", page);
    }
    fprintf(out, "# check %016" PRIx64 "\n", check);
    string_end(&generator);
    return true;
}
