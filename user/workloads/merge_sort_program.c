/*
 * merge-sort: an external merge sort. Half of the data is the input, half the space that each pass
 * writes to; runs are sorted in a quarter of the frames.
 */
#include "application.h"
#include "merge_sort.h"
#include "scramble.h"
#include "workload.h"

#define RECORDS_A_PAGE (PAGE_BYTES / sizeof(struct sort_record))

enum { RUN = OVER + 1, FAN_IN, END };

static struct parameter parameters[] = {
    APPLICATION_PARAMETERS,
    APPLICATION_OVER(file),
    [RUN] = {.name = "run", .meaning = "pages sorted at once; default: a quarter of the frames"},
    [FAN_IN] = {.name = "fan-in", .meaning = "runs merged at once; default 8", .value = 8},
    [END] = {0},
};

/* Every key comes about twice: it matters whether the sort is stable. */
static uint64_t key_of(const struct application *application, uint64_t sequence, uint64_t count)
{
    return scramble(application->base + sequence) % (count / 2 + 1);
}

static void make_input(const struct application *application, struct sort_record *area,
                       uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        area[i] = (struct sort_record){.key = key_of(application, i, count), .sequence = i};
}

/* Each record is what it was, and behind the one that must be before it: so it is all of them. */
static uint64_t check_order(const struct application *application, const struct sort_record *sorted,
                            uint64_t count)
{
    uint64_t check = CHECK_BEGIN;
    for (uint64_t i = 0; i < count; i++) {
        const struct sort_record *record = &sorted[i];
        if (record->sequence >= count ||
            record->key != key_of(application, record->sequence, count))
            workload_fail("merge-sort: record %lu is none of the input", (unsigned long)i);
        if (i > 0 && (record[-1].key > record->key ||
                      (record[-1].key == record->key && record[-1].sequence >= record->sequence)))
            workload_fail("merge-sort: record %lu is not in its place", (unsigned long)i);
        check = check_add(check, record->sequence);
    }
    return check;
}

int main(int argc, char *argv[])
{
    struct application application = application_begin(argc, argv, parameters, &parameters[OVER]);
    uint64_t run_pages = parameters[RUN].given ? parameters[RUN].value : application.frames / 4 + 1;
    if (run_pages == 0 || parameters[FAN_IN].value < 2)
        workload_fail("merge-sort: run= is at least 1, fan-in= at least 2");
    uint64_t count = application.pages / 2 * RECORDS_A_PAGE;
    uint64_t bytes = count * sizeof(struct sort_record);
    struct merge_sort sort = {
        .area = application_memory(&application, "merge-sort.area", bytes),
        .spare = application_memory(&application, "merge-sort.spare", bytes),
        .count = count,
        .scratch = workload_memory(run_pages * PAGE_BYTES),
        .run = run_pages * RECORDS_A_PAGE,
        .fan_in = parameters[FAN_IN].value,
    };
    make_input(&application, sort.area, count);

    struct group_statistics before;
    workload_start(&before);
    const struct sort_record *sorted = merge_sort(&sort);
    if (sorted == NULL)
        workload_fail("merge-sort: no memory for the heads of the runs");
    uint64_t check = check_order(&application, sorted, count);
    workload_result("merge-sort", count, check, &before);
    application_release(&application, "merge-sort.area", sort.area, bytes);
    application_release(&application, "merge-sort.spare", sort.spare, bytes);
    return 0;
}
