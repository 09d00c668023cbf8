/* MAP_PRIVATE never reaches the file, nor another process, whatever is evicted meanwhile. */
#include "support/promise.h"

#include <sys/mman.h>
#include <unistd.h>

#define FILE_SEED 1
#define OWN_SEED 100000
#define CHILD_SEED 200000

static int file;
static size_t pages;
static char *mapping;

PROMISE(it_begins_as_the_file)
{
    CHECK(holds(mapping, pages, FILE_SEED));
}

PROMISE(its_writes_do_not_reach_the_file)
{
    fill(mapping, pages, OWN_SEED);
    CHECK(file_holds(file, 0, pages, FILE_SEED));
    evict_everything();
    CHECK(file_holds(file, 0, pages, FILE_SEED));
    CHECK(holds(mapping, pages, OWN_SEED));
}

PROMISE(msync_and_fsync_do_not_make_them_reach_it)
{
    CHECK(msync(mapping, pages * PAGE, MS_SYNC) == 0);
    CHECK(fsync(file) == 0);
    CHECK(file_holds(file, 0, pages, FILE_SEED));
}

static void change_own_copy(void *context)
{
    (void)context;
    CHECK(holds(mapping, pages, OWN_SEED));
    fill(mapping, pages, CHILD_SEED);
    CHECK(holds(mapping, pages, CHILD_SEED));
    CHECK(file_holds(file, 0, pages, FILE_SEED));
}

PROMISE(a_childs_writes_reach_neither_file_nor_parent)
{
    in_child(change_own_copy, NULL);
    CHECK(holds(mapping, pages, OWN_SEED));
    CHECK(file_holds(file, 0, pages, FILE_SEED));
}

PROMISE(a_write_to_the_file_does_not_change_what_was_copied)
{
    static char page[PAGE];
    page_fill(page, 7);
    CHECK(pwrite(file, page, PAGE, 0) == (ssize_t)PAGE);
    CHECK(page_holds(mapping, OWN_SEED));
}

PROMISE(the_file_is_as_it_was_when_the_mapping_is_gone)
{
    unmap(mapping, pages);
    CHECK(file_holds(file, 0, 1, 7));
    CHECK(file_holds(file, 1, pages - 1, FILE_SEED + 1));
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(it_begins_as_the_file),
        KEEP(its_writes_do_not_reach_the_file),
        KEEP(msync_and_fsync_do_not_make_them_reach_it),
        KEEP(a_childs_writes_reach_neither_file_nor_parent),
        KEEP(a_write_to_the_file_does_not_change_what_was_copied),
        KEEP(the_file_is_as_it_was_when_the_mapping_is_gone),
    };
    test_name = "private-mapping";
    pages = frame_budget();
    file = file_make("file", pages, FILE_SEED);
    mapping = map_file(file, 0, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
