/*
 * See results.h.
 */
#include "results.h"

#include <inttypes.h>
#include <string.h>

/* ---------------------------------------------------------------- for people */

/* Several groups taken for one memory should not go unnoticed. */
static void print_groups(FILE *out, const struct trace *trace)
{
    size_t used = 0;
    for (size_t i = 0; i < trace->group_count; i++)
        used += trace->groups[i].references != 0;
    if (used < 2)
        return;
    fputs("references by paging group (--group N takes one):", out);
    for (size_t i = 0; i < trace->group_count; i++) {
        const struct trace_group_share *share = &trace->groups[i];
        if (share->references != 0)
            fprintf(out, " %" PRIu64 ": %" PRIu64, share->group, share->references);
    }
    fputc('\n', out);
}

static void print_table(FILE *out, const struct plan_row *rows, size_t count,
                        const struct trace *trace)
{
    bool sampled = trace->sample_rate > 0;
    int width = 6;
    for (size_t i = 0; i < count; i++)
        width = (int)strlen(rows[i].policy) > width ? (int)strlen(rows[i].policy) : width;
    if (sampled)
        fprintf(out, "%s: %" PRIu64 " references; estimates from %d samples of %g of the pages\n",
                trace->name, trace->references, SAMPLES, trace->sample_rate);
    else
        fprintf(out, "%s: %" PRIu64 " references to %u pages\n", trace->name, trace->references,
                trace->strings[0].pages.count);
    print_groups(out, trace);
    fprintf(out, "%-*s %12s %14s %10s\n", width, "policy", "frames", "misses", "miss ratio");
    for (size_t i = 0; i < count; i++) {
        const struct plan_row *row = &rows[i];
        fprintf(out, "%-*s %12" PRIu64 " %14" PRIu64 " %10.4f", width, row->policy, row->frames,
                row->misses, row->miss_ratio);
        if (sampled)
            fprintf(out, " +- %.4f", row->error);
        /* A policy that does not do its work is not to be judged by its misses. */
        if (row->detailed && row->detail.core_picked != 0)
            fprintf(out, "  %" PRIu64 " victims picked by the core", row->detail.core_picked);
        if (row->detailed && row->detail.rejected != 0)
            fprintf(out, "  %" PRIu64 " victims rejected", row->detail.rejected);
        fputc('\n', out);
    }
}

/* ---------------------------------------------------------------- for programs */

static void print_csv(FILE *out, const struct plan_row *rows, size_t count,
                      const struct trace *trace)
{
    bool sampled = trace->sample_rate > 0;
    fprintf(out, "policy,frames,references,misses,miss_ratio%s\n", sampled ? ",error" : "");
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.6f", rows[i].policy, rows[i].frames,
                rows[i].references, rows[i].misses, rows[i].miss_ratio);
        if (sampled)
            fprintf(out, ",%.6f", rows[i].error);
        fputc('\n', out);
    }
}

static void print_json_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < ' ')
            fprintf(out, "\\u%04x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void print_json_row(FILE *out, const struct plan_row *row, bool sampled)
{
    fputs("    {\"policy\": ", out);
    print_json_text(out, row->policy);
    fprintf(out,
            ", \"frames\": %" PRIu64 ", \"references\": %" PRIu64 ", \"misses\": %" PRIu64
            ", \"miss_ratio\": %.9f",
            row->frames, row->references, row->misses, row->miss_ratio);
    if (sampled)
        fprintf(out, ", \"error\": %.9f", row->error);
    const struct simulation_result *detail = &row->detail;
    if (row->detailed)
        fprintf(out,
                ", \"cold\": %" PRIu64 ", \"evictions\": %" PRIu64 ", \"evictions_dirty\": %" PRIu64
                ", \"looks\": %" PRIu64 ", \"rejected\": %" PRIu64 ", \"core_picked\": %" PRIu64,
                detail->cold, detail->evictions, detail->evictions_dirty, detail->looks,
                detail->rejected, detail->core_picked);
    fputc('}', out);
}

static void print_json(FILE *out, const struct plan_row *rows, size_t count,
                       const struct trace *trace)
{
    fputs("{\"trace\": ", out);
    print_json_text(out, trace->name);
    fprintf(out, ", \"references\": %" PRIu64, trace->references);
    if (trace->sample_rate > 0)
        fprintf(out, ", \"sample_rate\": %g, \"samples\": %d", trace->sample_rate, SAMPLES);
    else
        fprintf(out, ", \"pages\": %u", trace->strings[0].pages.count);
    fputs(", \"results\": [\n", out);
    for (size_t i = 0; i < count; i++) {
        print_json_row(out, &rows[i], trace->sample_rate > 0);
        fputs(i + 1 < count ? ",\n" : "\n", out);
    }
    fputs("]}\n", out);
}

void results_print(FILE *out, enum result_format format, const struct plan_row *rows, size_t count,
                   const struct trace *trace)
{
    switch (format) {
    case RESULTS_CSV: print_csv(out, rows, count, trace); break;
    case RESULTS_JSON: print_json(out, rows, count, trace); break;
    default: print_table(out, rows, count, trace);
    }
}
