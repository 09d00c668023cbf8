/*
 * refs: touches pages in the order of a reference string, and checks what is in them.
 *
 *      refs KIND [name=value]... [touch=read|write] [memory=anonymous|file]
 *
 *      page   | writes | next | pattern of this page ... |        512 words
 *
 * First every page is written, in order. Then the counters start, and each reference reads a word of
 * its page's pattern; writing, it adds one to `writes`. In a chase the pages are found by their
 * `next`. Afterwards everything is read once more: what is lost or in the wrong place ends the program
 * with status 1.
 */
#include "reference_string.h"
#include "workload.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_NAME "refs.pages"

enum word { WRITES, NEXT, PATTERN };

struct work {
    struct string_generator generator;
    uint64_t *memory;
    uint32_t pages;
    bool writes, in_file, chase;
};

static uint64_t pattern_of(uint64_t page, uint64_t word)
{
    return ((page << 9 | word) + 1) * 0x9e3779b97f4a7c15ull;
}

static uint64_t *page_at(const struct work *work, uint32_t page)
{
    return work->memory + (uint64_t)page * PAGE_WORDS;
}

/* ---------------------------------------------------------------- the parameters */

enum { TOUCH, MEMORY, OWN };

/* Those of the string and those of this program, in one table. */
static void read_parameters(int argc, char *argv[], struct string_plan *plan, struct work *work)
{
    char message[PARAMETER_MESSAGE_BYTES];
    struct parameter all[STRING_VALUES + OWN + 1] = {
        [TOUCH] = {.name = "touch", .meaning = "each reference", .choices = "read|write"},
        [MEMORY] = {.name = "memory", .meaning = "where it is", .choices = "anonymous|file"},
    };
    memcpy(all + OWN, plan->parameters, sizeof plan->parameters);
    workload_parameters(argc, argv, 2, all);
    memcpy(plan->parameters, all + OWN, sizeof plan->parameters);
    struct parameter *frames = &plan->parameters[STRING_FRAMES];
    frames->value = workload_frames(frames);
    frames->given = true;
    if (!string_plan_finish(plan, message))
        workload_fail("%s", message);
    work->writes = all[TOUCH].value == 1;
    work->in_file = all[MEMORY].value == 1;
    work->chase = strcmp(plan->kind->name, "chase") == 0;
    work->pages = string_span(plan);
    /* This program fills the memory itself. */
    plan->value[STRING_PREFILL] = 0;
}

/* ---------------------------------------------------------------- the memory */

static void get_memory(struct work *work)
{
    uint64_t bytes = (uint64_t)work->pages * PAGE_BYTES;
    if (!work->in_file) {
        work->memory = workload_memory(bytes);
        return;
    }
    int file = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (file < 0 || ftruncate(file, (off_t)bytes) != 0)
        workload_fail("no file %s of %lu bytes", FILE_NAME, (unsigned long)bytes);
    work->memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (work->memory == MAP_FAILED)
        workload_fail("%s cannot be mapped", FILE_NAME);
    close(file);
}

static void fill(const struct work *work)
{
    for (uint32_t page = 0; page < work->pages; page++) {
        uint64_t *words = page_at(work, page);
        words[WRITES] = 0;
        words[NEXT] = work->chase ? work->generator.pages[page] : 0;
        for (uint64_t word = PATTERN; word < PAGE_WORDS; word++)
            words[word] = pattern_of(page, word);
    }
}

/* ---------------------------------------------------------------- the references */

static void check_word(uint32_t page, const uint64_t *words, uint64_t word)
{
    if (words[word] != pattern_of(page, word))
        workload_fail("page %u has %016lx in word %lu, not %016lx", page,
                      (unsigned long)words[word], (unsigned long)word,
                      (unsigned long)pattern_of(page, word));
}

/* Returns what all `writes` of all pages, each times its page's first word, must add up to. */
static uint64_t touch(struct work *work, uint64_t *references, uint64_t *check)
{
    uint64_t written = 0;
    uint32_t page, expected;
    for (uint32_t next = 0; string_next(&work->generator, &expected); ++*references) {
        page = work->chase ? next : expected;
        if (page != expected)
            workload_fail("the chase came to page %u, not to %u", page, expected);
        uint64_t *words = page_at(work, page);
        check_word(page, words, PATTERN + *references % (PAGE_WORDS - PATTERN));
        if (work->writes) {
            words[WRITES]++;
            written += pattern_of(page, WRITES);
        }
        next = (uint32_t)words[NEXT];
        *check = check_add(*check, page);
    }
    return written;
}

static void check_all(const struct work *work, uint64_t written)
{
    uint64_t found = 0;
    for (uint32_t page = 0; page < work->pages; page++) {
        const uint64_t *words = page_at(work, page);
        for (uint64_t word = PATTERN; word < PAGE_WORDS; word++)
            check_word(page, words, word);
        found += words[WRITES] * pattern_of(page, WRITES);
    }
    if (found != written)
        workload_fail("writes were lost, or came to other pages");
}

static _Noreturn void usage(const char *name)
{
    printf("refs: '%s' is no reference string; there are\n", name);
    for (const struct string_kind *const *kind = string_kinds; *kind != NULL; kind++)
        printf("  %s\t%s\n", (*kind)->name, (*kind)->meaning);
    puts("refs KIND x=  shows the parameters of one");
    exit(2);
}

int main(int argc, char *argv[])
{
    struct work work;
    struct string_plan plan;
    if (argc < 2 || !string_plan_begin(&plan, argv[1]))
        usage(argc < 2 ? "" : argv[1]);
    read_parameters(argc, argv, &plan, &work);
    if (!string_begin(&work.generator, &plan))
        workload_fail("no memory for the tables of the string");
    get_memory(&work);
    fill(&work);

    struct group_statistics before;
    uint64_t references = 0, check = CHECK_BEGIN;
    workload_start(&before);
    uint64_t written = touch(&work, &references, &check);
    workload_result(argv[1], references, check, &before);
    check_all(&work, written);
    string_end(&work.generator);
    return work.in_file && unlink(FILE_NAME) != 0;
}
