/*
 * b-tree: a B+ tree that grows by insertion in a mixed order, serves a mix of operations, and
 * shrinks again. Keys are the odd numbers; what the tree must hold is known from a version a key.
 *
 *      of ten operations       5 lookups, 1 of a key that is not there, 1 scan of up to 100 keys,
 *                              1 removal, 1 insertion, 1 update; keys by Zipf's law
 */
#include "application.h"
#include "b_tree.h"
#include "random.h"
#include "scramble.h"
#include "workload.h"
#include "zipf.h"

enum { COUNT = OVER + 1, THETA, END };

#define SCAN_KEYS 100
/* A key of a tree that was filled in mixed order: 16 bytes in leaves two thirds full, a version. */
#define BYTES_A_KEY 28

static struct parameter parameters[] = {
    APPLICATION_PARAMETERS,
    APPLICATION_OVER(file),
    [COUNT] = {.name = "count", .meaning = "operations of the mix; default: half of the keys"},
    [THETA] = {.name = "theta", .meaning = "hundredths; default 99", .value = 99},
    [END] = {0},
};

struct b_tree_work {
    struct application application;
    struct b_tree *tree;
    uint32_t *versions; /* of each key; 0: it is not in the tree */
    uint64_t keys;
    struct mixed_order order; /* which keys are used most has nothing to do with their order */
    struct zipf zipf;
    struct random_stream random;
    uint64_t operations, check;
};

static uint64_t key_of(uint64_t number)
{
    return 2 * number + 1;
}

static uint64_t value_of(const struct b_tree_work *work, uint64_t number)
{
    return scramble(work->application.base ^ (number << 32 | work->versions[number]));
}

static void expect(bool holds, const char *operation, uint64_t number)
{
    if (!holds)
        workload_fail("b-tree: %s of key %lu went wrong", operation, (unsigned long)key_of(number));
}

static void insert(struct b_tree_work *work, uint64_t number)
{
    if (work->versions[number] != 0) {
        expect(b_tree_insert(work->tree, key_of(number), 0) == B_TREE_EXISTS, "insertion", number);
        return;
    }
    work->versions[number] = (uint32_t)++work->operations;
    enum b_tree_result result = b_tree_insert(work->tree, key_of(number), value_of(work, number));
    expect(result == B_TREE_DONE, "insertion", number);
}

static void remove_key(struct b_tree_work *work, uint64_t number)
{
    enum b_tree_result expected = work->versions[number] != 0 ? B_TREE_DONE : B_TREE_MISSING;
    expect(b_tree_remove(work->tree, key_of(number)) == expected, "removal", number);
    work->versions[number] = 0;
}

static void update(struct b_tree_work *work, uint64_t number)
{
    enum b_tree_result expected = B_TREE_MISSING;
    if (work->versions[number] != 0) {
        work->versions[number] = (uint32_t)work->operations;
        expected = B_TREE_DONE;
    }
    enum b_tree_result result = b_tree_update(work->tree, key_of(number), value_of(work, number));
    expect(result == expected, "update", number);
}

static void lookup(struct b_tree_work *work, uint64_t number)
{
    uint64_t value = 0;
    enum b_tree_result result = b_tree_lookup(work->tree, key_of(number), &value);
    if (work->versions[number] == 0) {
        expect(result == B_TREE_MISSING, "lookup", number);
        return;
    }
    expect(result == B_TREE_DONE && value == value_of(work, number), "lookup", number);
    work->check = check_add(work->check, value);
}

/* Even keys never were in the tree. */
static void lookup_absent(struct b_tree_work *work, uint64_t number)
{
    uint64_t value;
    expect(b_tree_lookup(work->tree, key_of(number) - 1, &value) == B_TREE_MISSING, "lookup",
           number);
}

static void scan(struct b_tree_work *work, uint64_t number, uint64_t length)
{
    struct b_tree_cursor cursor = b_tree_seek(work->tree, key_of(number) - 1);
    uint64_t key, value;
    for (; length > 0 && number < work->keys; number++) {
        if (work->versions[number] == 0)
            continue;
        expect(b_tree_next(&cursor, &key, &value) && key == key_of(number) &&
                   value == value_of(work, number),
               "scan", number);
        work->check = check_add(work->check, value);
        length--;
    }
    if (length > 0)
        expect(!b_tree_next(&cursor, &key, &value), "scan", number);
}

static void operate(struct b_tree_work *work)
{
    uint64_t number = mixed_order_at(&work->order, zipf_rank(&work->zipf, &work->random));
    work->operations++;
    switch (random_below(&work->random, 10)) {
    case 0: lookup_absent(work, number); break;
    case 1: scan(work, number, 1 + random_below(&work->random, SCAN_KEYS)); break;
    case 2: remove_key(work, number); break;
    case 3: insert(work, number); break;
    case 4: update(work, number); break;
    default: lookup(work, number); break;
    }
}

static void expect_sound(struct b_tree_work *work)
{
    const char *fault = b_tree_fault(work->tree);
    if (fault != NULL)
        workload_fail("b-tree: %s", fault);
}

/* Only each fourth key stays. */
static void shrink(struct b_tree_work *work)
{
    for (uint64_t i = 0; i < work->keys; i++) {
        uint64_t number = mixed_order_at(&work->order, i);
        if (number % 4 != 0)
            remove_key(work, number);
    }
}

int main(int argc, char *argv[])
{
    struct b_tree_work work = {.application =
                                   application_begin(argc, argv, parameters, &parameters[OVER]),
                               .check = CHECK_BEGIN};
    work.keys = work.application.pages * PAGE_BYTES / BYTES_A_KEY;
    work.order = mixed_order(work.keys, work.application.base);
    work.random = random_begin(work.application.base, parameters[SEED].value);
    work.versions = workload_memory(work.keys * sizeof *work.versions);
    if (parameters[THETA].value > 1000 ||
        !zipf_begin(&work.zipf, (uint32_t)work.keys, parameters[THETA].value))
        workload_fail("b-tree: no memory for Zipf's law, or theta= is above 1000");
    /* Half-full leaves, a hundredth of that above them, and some for the splits of one insertion. */
    uint64_t leaves = work.keys / (B_TREE_LEAF_CAPACITY / 2) + 1;
    uint64_t bytes = (leaves + leaves / 100 + 32) * PAGE_BYTES;
    uint64_t count = parameters[COUNT].given ? parameters[COUNT].value : work.keys / 2;

    struct group_statistics before;
    workload_start(&before);
    void *memory = application_memory(&work.application, "b-tree.pages", bytes);
    work.tree = b_tree_create(memory, (uint32_t)(bytes / PAGE_BYTES), 0, 0);
    for (uint64_t i = 0; i < work.keys; i++)
        insert(&work, mixed_order_at(&work.order, i));
    expect_sound(&work);
    for (uint64_t i = 0; i < count; i++)
        operate(&work);
    expect_sound(&work);
    shrink(&work);
    expect_sound(&work);
    scan(&work, 0, work.keys);
    workload_result("b-tree", work.operations, work.check, &before);
    application_release(&work.application, "b-tree.pages", memory, bytes);
    return 0;
}
