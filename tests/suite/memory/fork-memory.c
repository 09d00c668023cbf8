/*
 * fork with ten generations of copy-on-write, with swapped-out pages, with shared and private file
 * pages. Each address space has more pages than there are frames.
 */
#include "support/promise.h"

#include <sys/mman.h>
#include <unistd.h>

#define GENERATIONS 10
#define RIGHTS (PROT_READ | PROT_WRITE)

static size_t pages;

/* ---- generations: each changes a tenth of the pages, forks, and finds its own afterwards */

struct line {
    char *memory;
    uint64_t *seeds; /* of each page */
};

static void check_line(const struct line *line)
{
    for (size_t i = 0; i < pages; i++)
        CHECK(page_holds(line->memory + i * PAGE, line->seeds[i]));
}

static void change_a_tenth(const struct line *line, size_t generation)
{
    for (size_t i = generation; i < pages; i += GENERATIONS) {
        line->seeds[i] = 10000 * (generation + 1) + i;
        page_fill(line->memory + i * PAGE, line->seeds[i]);
    }
}

static size_t generation;

static void live(void *context)
{
    struct line *line = context;
    check_line(line);
    change_a_tenth(line, generation);
    if (++generation < GENERATIONS)
        in_child(live, line);
    check_line(line);
}

PROMISE(ten_generations_each_keep_their_own)
{
    size_t seed_pages = (pages * sizeof(uint64_t) + PAGE - 1) / PAGE;
    struct line line = {map_private(pages), map_private(seed_pages)};
    for (size_t i = 0; i < pages; i++)
        line.seeds[i] = i;
    fill(line.memory, pages, 0);
    generation = 0;
    in_child(live, &line);
    check_line(&line);
    unmap(line.memory, pages);
    unmap(line.seeds, seed_pages);
}

/* ---- swapped-out pages */

static char *memory;

static void change_all(void *context)
{
    uint64_t seed = *(uint64_t *)context;
    CHECK(holds(memory, pages, 1));
    fill(memory, pages, seed);
    CHECK(holds(memory, pages, seed));
}

PROMISE(swapped_out_pages_are_copied_on_write)
{
    pid_t children[4];
    memory = map_private(pages);
    fill(memory, pages, 1);
    evict_everything();
    for (uint64_t i = 0; i < 4; i++) {
        uint64_t seed = 1000 * (i + 1);
        children[i] = child_start(change_all, &seed);
    }
    for (int i = 0; i < 4; i++)
        expect_exit(children[i], 0);
    CHECK(holds(memory, pages, 1));
}

static void write_one_and_end(void *context)
{
    size_t page = *(size_t *)context;
    page_fill(memory + page * PAGE, 9);
    CHECK(page_holds(memory + page * PAGE, 9));
}

PROMISE(a_parent_writes_while_its_children_come_and_go)
{
    for (size_t i = 0; i < 20; i++) {
        size_t page = i * 7 % pages;
        pid_t child = child_start(write_one_and_end, &page);
        page_fill(memory + page * PAGE, 1 + page);
        expect_exit(child, 0);
    }
    CHECK(holds(memory, pages, 1));
    unmap(memory, pages);
}

/* ---- file pages */

static int file;
static char *shared, *copy;

static void write_in_both(void *context)
{
    (void)context;
    CHECK(holds(copy, pages / 2, 500));
    CHECK(holds(copy + pages / 2 * PAGE, pages - pages / 2, 1 + pages / 2));
    fill(copy, pages, 700);
    fill(shared, pages, 600);
    CHECK(holds(copy, pages, 700));
}

PROMISE(private_file_pages_are_copied_and_shared_ones_are_not)
{
    file = file_make("file", pages, 1);
    shared = map_file(file, 0, pages, RIGHTS, MAP_SHARED);
    copy = map_file(file, 0, pages, RIGHTS, MAP_PRIVATE);
    CHECK(holds(copy, pages, 1));
    fill(copy, pages / 2, 500);
    in_child(write_in_both, NULL);
    CHECK(holds(shared, pages, 600));
    CHECK(file_holds(file, 0, pages, 600));
    CHECK(holds(copy, pages / 2, 500)); /* the rest shows the file, old or new */
    unmap(shared, pages);
    unmap(copy, pages);
    CHECK(close(file) == 0);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(ten_generations_each_keep_their_own),
        KEEP(swapped_out_pages_are_copied_on_write),
        KEEP(a_parent_writes_while_its_children_come_and_go),
        KEEP(private_file_pages_are_copied_and_shared_ones_are_not),
    };
    test_name = "fork-memory";
    pages = frame_budget() * 3 / 2;
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
