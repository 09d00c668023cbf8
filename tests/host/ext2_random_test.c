/*
 * Thousands of random requests against a naive model, with completions in random order; at the
 * end the files are compared byte for byte, and e2fsck finds nothing. With injected disk
 * errors there is no model: nothing may crash, hang, or answer without a reason.
 */
#include "ext2_model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IMAGE_BYTES (24u << 20)
#define BATCH_PAGES 32u

struct run {
    struct test_pager pager;
    struct model model;
    uint64_t random;
};

static uint32_t pick(struct run *run, uint32_t limit)
{
    return (uint32_t)(test_random(&run->random) % limit);
}

static uint32_t pick_node(struct run *run, bool directory)
{
    for (;;) {
        uint32_t node = pick(run, MODEL_NODES);
        if (directory && pick(run, 4) == 0)
            node = 0;
        const struct model_node *found = &run->model.nodes[node];
        if (found->used && found->directory == directory && (!directory || found->links != 0))
            return node;
        if (!directory && pick(run, 2000) == 0)
            return UINT32_MAX;
    }
}

/* Few names, so that they collide; some of them long. */
static void pick_name(struct run *run, char *text)
{
    uint32_t number = pick(run, 40);
    snprintf(text, 256, "%0*u", number % 5 == 0 ? (int)(100 + number * 3) : 3, number);
}

static void full_path(struct run *run, uint32_t directory, const char *text, char *path)
{
    model_path(&run->model, directory, path);
    strcat(path, "/");
    strcat(path, text);
}

static void release(struct run *run, uint32_t node)
{
    struct model_node *found = &run->model.nodes[node];
    if (found->references == 0)
        return;
    struct fs_request request = {
        .operation = FS_RELEASE, .inode = found->inode, .count = found->references};
    assert_int_equal(test_call(&run->pager, request).result, 0);
    found->references = 0;
    model_drop_if_gone(&run->model, node);
}

static void do_create(struct run *run, bool directory)
{
    char text[256], path[FS_NAME_SLOT_BYTES];
    uint32_t parent = pick_node(run, true);
    pick_name(run, text);
    full_path(run, parent, text, path);
    if (strlen(path) > 2000)
        return;
    bool exists = model_find(&run->model, parent, text) >= 0;
    int node = exists ? -1 : model_new_node(&run->model, directory, 0);
    if (!exists && node < 0)
        return;
    if (!exists && model_new_name(&run->model, parent, text, (uint32_t)node) < 0) {
        model_drop_if_gone(&run->model, (uint32_t)node);
        return;
    }
    struct fs_completion completion = test_create(&run->pager, path, directory ? 040755 : 0100644);
    assert_int_equal(completion.result, exists ? -EEXIST : 0);
    if (exists)
        return;
    run->model.nodes[node].inode = completion.inode;
    run->model.nodes[node].references = 1;
}

static void do_remove(struct run *run, bool directory)
{
    char text[256], path[FS_NAME_SLOT_BYTES];
    uint32_t parent = pick_node(run, true);
    pick_name(run, text);
    full_path(run, parent, text, path);
    int name = model_find(&run->model, parent, text), expected = 0;
    if (name < 0)
        expected = -ENOENT;
    else if (run->model.nodes[run->model.names[name].node].directory != directory)
        expected = directory ? -ENOTDIR : -EISDIR;
    else if (directory && !model_is_empty(&run->model, run->model.names[name].node))
        expected = -ENOTEMPTY;
    assert_int_equal(test_path(&run->pager, directory ? FS_RMDIR : FS_UNLINK, path).result,
                     expected);
    if (expected == 0)
        model_remove_name(&run->model, (uint32_t)name);
}

static int expected_of_rename(struct run *run, int from, int to, uint32_t to_directory)
{
    const struct model *model = &run->model;
    if (from < 0)
        return -ENOENT;
    uint32_t source = model->names[from].node;
    bool directory = model->nodes[source].directory;
    if (directory && to_directory != model->names[from].directory &&
        model_is_below(model, to_directory, source))
        return -EINVAL;
    if (to < 0)
        return 0;
    uint32_t target = model->names[to].node;
    if (target == source)
        return 1;
    if (model->nodes[target].directory) {
        if (!directory)
            return -EISDIR;
        return model_is_empty(model, target) ? 0 : -ENOTEMPTY;
    }
    return directory ? -ENOTDIR : 0;
}

static void do_rename(struct run *run)
{
    char from_text[256], to_text[256], from_path[FS_NAME_SLOT_BYTES], to_path[FS_NAME_SLOT_BYTES];
    uint32_t from_directory = pick_node(run, true), to_directory = pick_node(run, true);
    struct model *model = &run->model;
    pick_name(run, from_text);
    pick_name(run, to_text);
    full_path(run, from_directory, from_text, from_path);
    full_path(run, to_directory, to_text, to_path);
    if (strlen(from_path) > 2000 || strlen(to_path) > 2000)
        return;
    int from = model_find(model, from_directory, from_text);
    int to = model_find(model, to_directory, to_text);
    int expected = expected_of_rename(run, from, to, to_directory);
    struct fs_completion completion = test_two_paths(&run->pager, FS_RENAME, from_path, to_path);
    if (expected == 1) {
        assert_int_equal(completion.result, 0);
        return;
    }
    assert_int_equal(completion.result, expected);
    if (expected != 0)
        return;
    if (to >= 0) {
        assert_int_equal(completion.inode, model->nodes[model->names[to].node].inode);
        model_remove_name(model, (uint32_t)to);
    }
    model->names[from].directory = to_directory;
    strcpy(model->names[from].text, to_text);
}

static void do_link(struct run *run)
{
    char text[256], path[FS_NAME_SLOT_BYTES];
    uint32_t parent = pick_node(run, true), node = pick_node(run, false);
    if (node == UINT32_MAX || run->model.nodes[node].references == 0)
        return;
    pick_name(run, text);
    full_path(run, parent, text, path);
    bool exists = model_find(&run->model, parent, text) >= 0;
    int expected = exists ? -EEXIST : run->model.nodes[node].links == 0 ? -ENOENT : 0;
    if (expected == 0 && model_new_name(&run->model, parent, text, node) < 0)
        return;
    strcpy(test_slot(&run->pager, 0), path);
    struct fs_request request = {.operation = FS_LINK, .inode = run->model.nodes[node].inode};
    assert_int_equal(test_call(&run->pager, request).result, expected);
}

static void do_lookup(struct run *run)
{
    char text[256], path[FS_NAME_SLOT_BYTES];
    uint32_t parent = pick_node(run, true);
    pick_name(run, text);
    full_path(run, parent, text, path);
    int name = model_find(&run->model, parent, text);
    struct fs_completion completion = test_path(&run->pager, FS_LOOKUP, path);
    assert_int_equal(completion.result, name < 0 ? -ENOENT : 0);
    if (name < 0)
        return;
    struct model_node *node = &run->model.nodes[run->model.names[name].node];
    assert_int_equal(completion.inode, node->inode);
    if (!node->directory) {
        assert_int_equal(completion.size, node->size);
        assert_int_equal(completion.links, node->links);
    }
    node->references++;
}

static void do_set_size(struct run *run)
{
    uint32_t index = pick_node(run, false);
    if (index == UINT32_MAX || run->model.nodes[index].references == 0)
        return;
    struct model_node *node = &run->model.nodes[index];
    uint64_t size = pick(run, 3) == 0 ? 0 : pick(run, MODEL_PAGES * PAGE);
    struct fs_request request = {.operation = FS_SET_SIZE, .inode = node->inode, .size = size};
    assert_int_equal(test_call(&run->pager, request).result, 0);
    if (size < node->size)
        memset(node->bytes + size, 0, node->size - size);
    node->size = size;
}

/* Many writes at once, of different pages; then the same pages are read at once. */
static void do_pages(struct run *run)
{
    static uint8_t frames[BATCH_PAGES][PAGE] __attribute__((aligned(PAGE)));
    uint32_t index = pick_node(run, false);
    if (index == UINT32_MAX || run->model.nodes[index].references == 0)
        return;
    struct model_node *node = &run->model.nodes[index];
    uint32_t count = 1 + pick(run, BATCH_PAGES), stride = 1 + pick(run, 8);
    uint32_t first = pick(run, MODEL_PAGES - BATCH_PAGES * 8);
    uint64_t end = (uint64_t)(first + (count - 1) * stride) * PAGE + 1 + pick(run, PAGE);
    if (end < node->size)
        end = node->size;

    if (pick(run, 2) == 0) {
        struct fs_request reserve = {.operation = FS_RESERVE,
                                     .inode = node->inode,
                                     .offset = first,
                                     .count = count * stride};
        int result = test_call(&run->pager, reserve).result;
        assert_true(result == 0 || result == -ENOSPC);
    }
    uint64_t base = run->pager.next_cookie;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t page = first + i * stride;
        for (uint32_t j = 0; j < PAGE; j++)
            frames[i][j] = page * PAGE + j < end ? (uint8_t)test_random(&run->random) : 0;
        test_submit(&run->pager, (struct fs_request){.operation = FS_WRITE_PAGE,
                                                     .inode = node->inode,
                                                     .offset = page,
                                                     .frame = (uint64_t)(uintptr_t)frames[i],
                                                     .size = end});
    }
    for (uint32_t i = 0; i < count; i++) {
        struct fs_completion completion = test_next(&run->pager);
        uint32_t which = (uint32_t)(completion.cookie - base);
        if (completion.result == -ENOSPC)
            continue;
        assert_int_equal(completion.result, 0);
        memcpy(node->bytes + (uint64_t)(first + which * stride) * PAGE, frames[which], PAGE);
        node->size = end;
    }
}

static void check_file(struct run *run, const struct model_node *node)
{
    uint8_t data[PAGE];
    for (uint64_t page = 0; page < (node->size + PAGE - 1) / PAGE; page++) {
        assert_int_equal(test_read(&run->pager, node->inode, page, data), 0);
        if (memcmp(data, node->bytes + page * PAGE, PAGE) != 0)
            fail_msg("inode %u page %llu differs", node->inode, (unsigned long long)page);
    }
}

static void do_something(struct run *run)
{
    uint32_t what = pick(run, 100);
    if (what < 14)
        do_create(run, false);
    else if (what < 20)
        do_create(run, true);
    else if (what < 28)
        do_remove(run, false);
    else if (what < 32)
        do_remove(run, true);
    else if (what < 44)
        do_rename(run);
    else if (what < 48)
        do_link(run);
    else if (what < 60)
        do_lookup(run);
    else if (what < 68)
        do_set_size(run);
    else if (what < 88)
        do_pages(run);
    else if (what < 96)
        release(run, pick(run, MODEL_NODES));
    else if (what < 98)
        assert_int_equal(test_call(&run->pager, (struct fs_request){.operation = FS_SYNC}).result,
                         0);
    else {
        uint32_t node = pick_node(run, false);
        if (node != UINT32_MAX && run->model.nodes[node].references != 0)
            check_file(run, &run->model.nodes[node]);
    }
}

/* Looks up every name again and compares everything. */
static void check_all(struct run *run)
{
    for (uint32_t i = 0; i < MODEL_NAMES; i++) {
        const struct model_name *name = &run->model.names[i];
        char path[FS_NAME_SLOT_BYTES];
        if (!name->used)
            continue;
        full_path(run, name->directory, name->text, path);
        struct fs_completion completion = test_path(&run->pager, FS_LOOKUP, path);
        assert_int_equal(completion.result, 0);
        struct model_node *node = &run->model.nodes[name->node];
        assert_int_equal(completion.inode, node->inode);
        if (!node->directory)
            check_file(run, node);
    }
}

static void run_against_model(const char *options, uint64_t heap_bytes, unsigned requests,
                              uint64_t seed)
{
    struct run *run = calloc(1, sizeof *run);
    uint8_t *image = test_make_image(options, IMAGE_BYTES);
    test_pager_open(&run->pager, image, IMAGE_BYTES, heap_bytes, seed);
    run->random = seed * 77 + 1;
    model_init(&run->model);
    assert_int_equal(test_path(&run->pager, FS_RMDIR, "/lost+found").result, 0);
    for (unsigned i = 0; i < requests; i++)
        do_something(run);
    check_all(run);
    assert_int_equal(test_shutdown(&run->pager), 0);
    assert_int_equal(test_e2fsck(&run->pager, "-fn"), 0);
    test_pager_reboot(&run->pager, heap_bytes);
    check_all(run);
    assert_string_equal(run->pager.diagnosis, "");
    test_pager_close(&run->pager);
    model_free(&run->model);
    free(image);
    free(run);
}

static void random_work_agrees_with_the_model_with_1_KiB_blocks(void **state)
{
    (void)state;
    run_against_model("-t ext2 -b 1024", 1 << 20, 4000, 1);
    run_against_model("-t ext2 -b 1024 -g 1024 -I 128", 4 << 20, 4000, 2);
}

static void random_work_agrees_with_the_model_with_2_KiB_blocks(void **state)
{
    (void)state;
    run_against_model("-t ext2 -b 2048", 2 << 20, 4000, 3);
}

static void random_work_agrees_with_the_model_with_4_KiB_blocks(void **state)
{
    (void)state;
    run_against_model("-t ext2 -b 4096", 2 << 20, 4000, 4);
    run_against_model("-t ext2 -b 4096 -g 1024", 8 << 20, 4000, 5);
}

/* Errors of the disk make requests fail; the image stays one that e2fsck can repair. */
static void random_work_on_a_failing_disk_neither_crashes_nor_hangs(void **state)
{
    (void)state;
    static const char *const options[] = {"-t ext2 -b 1024", "-t ext2 -b 2048", "-t ext2 -b 4096"};
    for (unsigned i = 0; i < 30; i++) {
        static uint8_t frame[PAGE] __attribute__((aligned(PAGE)));
        struct test_pager pager;
        uint64_t random = i * 1001 + 1;
        uint8_t *image = test_make_image(options[i % 3], 8 << 20);
        test_pager_open(&pager, image, 8 << 20, 1 << 20, i + 100);
        free(image);
        test_path(&pager, FS_LOOKUP, "/");
        pager.disk.error_per_mille = 1 + i * 10;
        unsigned outstanding = 0;
        for (unsigned j = 0; j < 600; j++) {
            unsigned slot = j % 30;
            snprintf(test_slot(&pager, slot * 2), 64, "/%u", (unsigned)(test_random(&random) % 20));
            snprintf(test_slot(&pager, slot * 2 + 1), 64, "/%u/%u",
                     (unsigned)(test_random(&random) % 20), (unsigned)(test_random(&random) % 20));
            struct fs_request request = {
                .operation = 1 + test_random(&random) % FS_STATISTICS,
                .inode =
                    (uint32_t)(test_random(&random) % 3 == 0 ? 0 : 11 + test_random(&random) % 12),
                .offset = test_random(&random) % 300,
                .frame = (uint64_t)(uintptr_t)frame,
                .size = test_random(&random) % (1 << 20),
                .count = 1 + test_random(&random) % 3,
                .slot = (uint16_t)(slot * 2),
                .slot2 = (uint16_t)(slot * 2 + 1),
                .mode = test_random(&random) % 2 ? 0100644 : 040755,
            };
            test_submit(&pager, request);
            for (outstanding++; outstanding > 20; outstanding--)
                test_next(&pager);
        }
        for (; outstanding != 0; outstanding--)
            test_next(&pager);
        pager.disk.error_per_mille = 0;
        int result = test_shutdown(&pager);
        assert_true(result == 0 || result == -EIO);
        assert_true(test_e2fsck(&pager, "-fy") <= 1);
        test_pager_close(&pager);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_work_agrees_with_the_model_with_1_KiB_blocks),
        cmocka_unit_test(random_work_agrees_with_the_model_with_2_KiB_blocks),
        cmocka_unit_test(random_work_agrees_with_the_model_with_4_KiB_blocks),
        cmocka_unit_test(random_work_on_a_failing_disk_neither_crashes_nor_hangs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
