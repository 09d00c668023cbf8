/* Size, place and seed of an application's data: application.h. */
#include "application.h"

#include "mapped_file.h"
#include "scramble.h"
#include "workload.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Below this there is nothing to page, and sizes derived from it would become 0. */
#define LEAST_PAGES 16

struct application application_begin(int argc, char *argv[], struct parameter *table,
                                     const struct parameter *over)
{
    workload_parameters(argc, argv, 1, table);
    struct application application = {.frames = workload_frames(&table[FRAMES]),
                                      .base = scramble(table[SEED].value),
                                      .over_file = over != NULL && over->value == OVER_file};
    application.pages = table[PAGES].given
                            ? table[PAGES].value
                            : application.frames / 100 * table[RATIO].value +
                                  application.frames % 100 * table[RATIO].value / 100;
    if (application.pages < LEAST_PAGES || application.pages > UINT32_MAX)
        workload_fail("%s: from %u to %lu pages of data", argv[0], LEAST_PAGES,
                      (unsigned long)UINT32_MAX);
    return application;
}

void *application_memory(const struct application *application, const char *file, uint64_t bytes)
{
    if (!application->over_file)
        return workload_memory(bytes);
    void *memory = map_new_file(file, bytes);
    if (memory == NULL)
        workload_fail("%s: %s", file, strerror(errno));
    return memory;
}

void application_release(const struct application *application, const char *file, void *memory,
                         uint64_t bytes)
{
    /* The file first: then what is dirty need not be written. */
    if (application->over_file)
        unlink(file);
    munmap(memory, bytes);
}
