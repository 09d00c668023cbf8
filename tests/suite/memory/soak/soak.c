/*
 * soak [SEED [OPERATIONS [quiet]]]: OPERATIONS in all (0: without end), and then the figures, if not
 * quiet.
 */
#include "soak.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_OPERATIONS 1000000
#define GOLDEN 0x9e3779b97f4a7c15ull

struct worker me;
struct sizes sizes;
uint64_t seed;

_Noreturn void soak_failed(const char *file, int line, const char *what)
{
    say("not so: %s (%s:%d); seed %lu, worker %u, operation %lu, %s", what, file, line, seed,
        me.number, me.operations, me.operation);
    _exit(1);
}

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull; /* the finalizer of splitmix64 */
    value = (value ^ value >> 27) * 0x94d049bb133111ebull;
    return value ^ value >> 31;
}

uint64_t pick(uint64_t below)
{
    me.random += GOLDEN;
    return mix(me.random) % below;
}

static uint64_t first_word(enum area area, size_t page, uint32_t version)
{
    return mix((uint64_t)area << 60 ^ (uint64_t)me.number << 52 ^ (uint64_t)page << 32 ^ version);
}

void put(void *at, size_t bytes, enum area area, size_t page, uint32_t version)
{
    uint64_t *words = at, word = first_word(area, page, version);
    if (version == 0) {
        memset(at, 0, bytes);
        return;
    }
    for (size_t i = 0; i < bytes / sizeof *words; i++, word += GOLDEN)
        words[i] = word;
}

bool is(const void *at, size_t bytes, enum area area, size_t page, uint32_t version)
{
    const uint64_t *words = at;
    uint64_t word = version != 0 ? first_word(area, page, version) : 0;
    uint64_t step = version != 0 ? GOLDEN : 0;
    for (size_t i = 0; i < bytes / sizeof *words; i++, word += step) {
        if (words[i] != word)
            return false;
    }
    return true;
}

/* ---------------------------------------------------------------- a worker */

static void check_all(void)
{
    private_check();
    shared_check();
    own_check();
}

/* A child sees what its parent has, and changes only its own. */
static void live_as_child(void *context)
{
    (void)context;
    check_all();
    private_change_some();
}

static void fork_and_wait(void)
{
    in_child(live_as_child, NULL);
}

/* Goes on while the child does: copy-on-write from both sides. */
static pid_t child_beside;

static void fork_beside(void)
{
    if (child_beside != 0)
        expect_exit(child_beside, 0);
    pid_t child = fork();
    SOAK_CHECK(child >= 0);
    if (child == 0) {
        private_change_some();
        _exit(0);
    }
    child_beside = child;
}

static const struct operation process_operations[] = {
    {"fork and wait", fork_and_wait, 1},
    {"fork beside", fork_beside, 2},
};

static const struct {
    const struct operation *operations;
    const size_t *count;
    unsigned weight;
} groups[] = {
    {private_operations, &private_operation_count, 400},
    {shared_operations, &shared_operation_count, 350},
    {own_operations, &own_operation_count, 247},
    {process_operations, &(const size_t){sizeof process_operations / sizeof *process_operations},
     3},
};
#define GROUP_WEIGHT 1000

static const struct operation *choose(const struct operation *operations, size_t count)
{
    unsigned total = 0;
    for (size_t i = 0; i < count; i++)
        total += operations[i].weight;
    for (uint64_t at = pick(total);; operations++) {
        if (at < operations->weight)
            return operations;
        at -= operations->weight;
    }
}

static const struct operation *choose_from_all(void)
{
    uint64_t at = pick(GROUP_WEIGHT);
    size_t group = 0;
    while (at >= groups[group].weight)
        at -= groups[group++].weight;
    return choose(groups[group].operations, *groups[group].count);
}

static void work(uint64_t operations)
{
    private_begin();
    shared_begin();
    own_begin();
    for (; operations == 0 || me.operations < operations; me.operations++) {
        const struct operation *operation = choose_from_all();
        me.operation = operation->name;
        operation->run();
    }
    me.operation = "the end";
    if (child_beside != 0)
        expect_exit(child_beside, 0);
    check_all();
}

static void begin_work(void *context)
{
    work(*(uint64_t *)context);
}

/* ---------------------------------------------------------------- the whole */

static uint64_t now_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void choose_sizes(void)
{
    size_t frames = frame_budget();
    sizes = (struct sizes){
        .private_pages = frames / WORKERS,
        .shared_pages = frames / 8,
        .file_pages = frames / 4,
        .own_pages = frames / WORKERS / 2,
    };
}

int main(int argc, char *argv[])
{
    test_name = "soak";
    seed = argc > 1 ? strtoul(argv[1], NULL, 0) : now_milliseconds();
    uint64_t operations = argc > 2 ? strtoul(argv[2], NULL, 0) : DEFAULT_OPERATIONS;
    bool quiet = argc > 3 && strcmp(argv[3], "quiet") == 0;
    pid_t children[WORKERS];

    say("begin, seed %lu", seed);
    choose_sizes();
    shared_prepare();
    uint64_t start = now_milliseconds();
    for (unsigned i = 0; i < WORKERS; i++) {
        me = (struct worker){
            .number = i, .random = mix(seed * WORKERS + i + 1), .operation = "begin"};
        /* Rounded up: no share is 0, which would be without end. */
        uint64_t share = (operations + WORKERS - 1) / WORKERS;
        children[i] = child_start(begin_work, &share);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        expect_exit(children[i], 0);
    uint64_t milliseconds = now_milliseconds() - start;

    struct group_statistics group = group_statistics();
    CHECK(group.page_ins != 0 && group.page_outs != 0); /* else it tested nothing */
    if (!quiet)
        say("%lu operations, %lu a second, %lu pages in, %lu out, %lu refaults", operations,
            operations * 1000 / (milliseconds + 1), group.page_ins, group.page_outs,
            group.refaults);
    say("end");
    return 0;
}
