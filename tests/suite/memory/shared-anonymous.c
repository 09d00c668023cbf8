/* MAP_ANONYMOUS | MAP_SHARED is shared across fork, to the children's children, and through swap. */
#include "support/promise.h"

#include <sys/mman.h>
#include <unistd.h>

#define CHILDREN 4
#define ROUNDS 3

static size_t pages;
static char *shared;

static void fill_it(void *seed)
{
    fill(shared, pages, *(uint64_t *)seed);
}

PROMISE(what_a_child_writes_the_parent_sees)
{
    uint64_t seed = 5;
    CHECK(page_is_zero(shared));
    in_child(fill_it, &seed);
    CHECK(holds(shared, pages, 5));
}

static void fill_in_grandchild(void *seed)
{
    in_child(fill_it, seed);
    CHECK(holds(shared, pages, *(uint64_t *)seed));
}

PROMISE(what_a_grandchild_writes_all_see)
{
    uint64_t seed = 77;
    in_child(fill_in_grandchild, &seed);
    CHECK(holds(shared, pages, 77));
}

static void count_in_each_page(void *context)
{
    size_t first = *(size_t *)context * pages / CHILDREN;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < pages; i++)
            __atomic_fetch_add((uint64_t *)(shared + (first + i) % pages * PAGE), 1,
                               __ATOMIC_RELAXED);
    }
}

PROMISE(no_write_of_four_children_at_once_is_lost)
{
    pid_t children[CHILDREN];
    for (size_t i = 0; i < pages; i++)
        *(uint64_t *)(shared + i * PAGE) = 0;
    for (size_t i = 0; i < CHILDREN; i++)
        children[i] = child_start(count_in_each_page, &i);
    for (size_t i = 0; i < CHILDREN; i++)
        expect_exit(children[i], 0);
    for (size_t i = 0; i < pages; i++)
        CHECK(*(uint64_t *)(shared + i * PAGE) == CHILDREN * ROUNDS);
}

static void unmap_it(void *context)
{
    (void)context;
    unmap(shared, pages);
}

PROMISE(a_childs_munmap_takes_it_from_nobody_else)
{
    fill(shared, pages, 9);
    in_child(unmap_it, NULL);
    CHECK(holds(shared, pages, 9));
}

static void give_up_and_look_again(void *context)
{
    (void)context;
    CHECK(madvise(shared, pages * PAGE, MADV_DONTNEED) == 0);
    CHECK(holds(shared, pages, 9));
}

PROMISE(dontneed_does_not_lose_shared_pages)
{
    in_child(give_up_and_look_again, NULL);
    CHECK(holds(shared, pages, 9));
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(what_a_child_writes_the_parent_sees),
        KEEP(what_a_grandchild_writes_all_see),
        KEEP(no_write_of_four_children_at_once_is_lost),
        KEEP(a_childs_munmap_takes_it_from_nobody_else),
        KEEP(dontneed_does_not_lose_shared_pages),
    };
    test_name = "shared-anonymous";
    pages = frame_budget() * 3 / 2;
    shared = map_shared(pages);
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
