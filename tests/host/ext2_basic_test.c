/* What the file-system server promises, one promise a test, on every block size. */
#include "ext2_pager.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1u << 20)
#define IMAGE_BYTES (16u * MIB)
#define HEAP_BYTES (2u * MIB)

static struct test_pager pager;

static void open_image(const char *options, uint64_t bytes)
{
    uint8_t *image = test_make_image(options, bytes);
    test_pager_open(&pager, image, bytes, HEAP_BYTES, 42);
    free(image);
}

static void open_block_size(unsigned block_bytes)
{
    char options[64];
    snprintf(options, sizeof options, "-t ext2 -b %u", block_bytes);
    open_image(options, IMAGE_BYTES);
}

static void close_clean(void)
{
    assert_int_equal(test_shutdown(&pager), 0);
    assert_int_equal(test_e2fsck(&pager, "-fn"), 0);
    test_pager_close(&pager);
}

static uint32_t create(const char *path, uint32_t mode)
{
    struct fs_completion completion = test_create(&pager, path, mode);
    assert_int_equal(completion.result, 0);
    return completion.inode;
}

static int release(uint32_t inode)
{
    return test_call(&pager,
                     (struct fs_request){.operation = FS_RELEASE, .inode = inode, .count = 1})
        .result;
}

static int set_size(uint32_t inode, uint64_t size)
{
    return test_call(&pager,
                     (struct fs_request){.operation = FS_SET_SIZE, .inode = inode, .size = size})
        .result;
}

static uint64_t free_pages(void)
{
    return test_call(&pager, (struct fs_request){.operation = FS_STATISTICS}).value;
}

static void fill(uint8_t *page, unsigned seed)
{
    for (unsigned i = 0; i < PAGE; i++)
        page[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
}

static void check_page(uint32_t inode, uint64_t page, const uint8_t *expected)
{
    uint8_t data[PAGE];
    assert_int_equal(test_read(&pager, inode, page, data), 0);
    assert_memory_equal(data, expected, PAGE);
}

static const unsigned block_sizes[] = {1024, 2048, 4096};
#define FOR_EACH_BLOCK_SIZE(size) \
    for (unsigned which = 0, size; which < 3 && (size = block_sizes[which]) != 0; which++)

static void data_written_are_read_back_and_survive_a_clean_shutdown(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        uint8_t page[PAGE];
        open_block_size(size);
        uint32_t inode = create("/file", 0100644);
        /* Direct, indirect and double indirect blocks. */
        for (unsigned i = 0; i < 400; i += 3) {
            fill(page, i);
            assert_int_equal(test_write(&pager, inode, i, page, (i + 1) * PAGE), 0);
        }
        assert_int_equal(test_shutdown(&pager), 0);
        assert_int_equal(test_e2fsck(&pager, "-fn"), 0);
        test_pager_reboot(&pager, HEAP_BYTES);
        struct fs_completion found = test_path(&pager, FS_LOOKUP, "/file");
        assert_int_equal(found.result, 0);
        assert_int_equal(found.size, 400 * PAGE);
        static const uint8_t zeros[PAGE];
        for (unsigned i = 0; i < 400; i++) {
            fill(page, i);
            check_page(found.inode, i, i % 3 == 0 ? page : zeros);
        }
        check_page(found.inode, 1000, zeros);
        close_clean();
    }
}

static void a_short_file_uses_only_the_blocks_it_needs(void **state)
{
    (void)state;
    uint8_t page[PAGE];
    open_block_size(1024);
    uint32_t inode = create("/short", 0100644);
    memset(page, 0, PAGE);
    memset(page, 'x', 100);
    assert_int_equal(test_write(&pager, inode, 0, page, 100), 0);
    struct fs_completion attributes =
        test_call(&pager, (struct fs_request){.operation = FS_ATTRIBUTES, .inode = inode});
    assert_int_equal(attributes.count, 2); /* 512-byte units */
    check_page(inode, 0, page);
    char *text = test_debugfs(&pager, "cat /short");
    free(text);
    close_clean();
}

static void unlinked_files_live_until_released_and_then_give_their_space_back(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        uint8_t page[PAGE];
        open_block_size(size);
        uint64_t before = free_pages();
        uint32_t inode = create("/gone", 0100644);
        for (unsigned i = 0; i < 300; i++) {
            fill(page, i);
            assert_int_equal(test_write(&pager, inode, i, page, (i + 1) * PAGE), 0);
        }
        assert_int_equal(test_path(&pager, FS_UNLINK, "/gone").result, 0);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/gone").result, -ENOENT);
        fill(page, 7);
        check_page(inode, 7, page);
        assert_true(free_pages() < before - 290);
        assert_int_equal(release(inode), 0);
        for (int i = 0; i < 1000 && free_pages() != before; i++)
            fs_server_run(&pager.server);
        assert_int_equal(free_pages(), before);
        close_clean();
    }
}

static void a_file_still_open_at_shutdown_but_without_a_name_is_freed(void **state)
{
    (void)state;
    uint8_t page[PAGE];
    open_block_size(1024);
    uint32_t inode = create("/orphan", 0100644);
    fill(page, 1);
    assert_int_equal(test_write(&pager, inode, 0, page, PAGE), 0);
    assert_int_equal(test_path(&pager, FS_UNLINK, "/orphan").result, 0);
    close_clean();
}

static void extended_attributes_of_a_removed_file_are_freed(void **state)
{
    (void)state;
    open_image("-t ext2 -b 1024 -I 128", IMAGE_BYTES);
    create("/file", 0100644);
    assert_int_equal(test_shutdown(&pager), 0);
    free(test_debugfs(&pager, "-w ea_set /file user.colour green"));
    test_pager_reboot(&pager, HEAP_BYTES);
    struct fs_completion file = test_path(&pager, FS_LOOKUP, "/file");
    assert_int_equal(file.count, 2); /* the attribute block */
    assert_int_equal(test_path(&pager, FS_UNLINK, "/file").result, 0);
    assert_int_equal(release(file.inode), 0);
    close_clean();
}

static void an_indexed_directory_loses_its_index_when_it_changes(void **state)
{
    (void)state;
    open_image("-t ext2 -b 1024 -O dir_index", IMAGE_BYTES);
    create("/d", 040755);
    char path[128];
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof path, "/d/a-name-that-is-rather-long-%d", i);
        create(path, 0100644);
    }
    assert_int_equal(test_shutdown(&pager), 0);
    assert_true(test_e2fsck(&pager, "-fyD") <= 1); /* makes the indices */
    char *text = test_debugfs(&pager, "htree_dump /d");
    assert_non_null(strstr(text, "Root node"));
    free(text);
    test_pager_reboot(&pager, HEAP_BYTES);
    assert_int_equal(test_path(&pager, FS_LOOKUP, path).result, 0);
    for (int i = 0; i < 200; i++) {
        snprintf(path, sizeof path, "/d/another-name-%d", i);
        create(path, 0100644);
    }
    close_clean();
}

static void truncation_zeroes_what_it_cuts_off(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        uint8_t page[PAGE], zeros[PAGE] = {0};
        open_block_size(size);
        uint32_t inode = create("/file", 0100644);
        for (unsigned i = 0; i < 200; i++) {
            fill(page, i);
            assert_int_equal(test_write(&pager, inode, i, page, (i + 1) * PAGE), 0);
        }
        assert_int_equal(set_size(inode, 100 * PAGE + 300), 0);
        assert_int_equal(set_size(inode, 200 * PAGE), 0);
        fill(page, 100);
        memset(page + 300, 0, PAGE - 300);
        check_page(inode, 100, page);
        check_page(inode, 101, zeros);
        fill(page, 99);
        check_page(inode, 99, page);
        assert_int_equal(set_size(inode, 0), 0);
        check_page(inode, 0, zeros);
        close_clean();
    }
}

static void files_beyond_two_gibibytes_set_the_large_file_feature(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        uint8_t page[PAGE];
        char options[64];
        snprintf(options, sizeof options, "-t ext2 -b %u -O ^large_file", size);
        open_image(options, IMAGE_BYTES);
        uint32_t inode = create("/large", 0100644);
        uint64_t far = (3ull << 30) / PAGE;
        fill(page, 3);
        assert_int_equal(test_write(&pager, inode, far, page, (far + 1) * PAGE), 0);
        check_page(inode, far, page);
        char *text = test_debugfs(&pager, "features");
        free(text);
        assert_int_equal(test_shutdown(&pager), 0);
        text = test_debugfs(&pager, "features");
        assert_non_null(strstr(text, "large_file"));
        free(text);
        assert_int_equal(test_e2fsck(&pager, "-fn"), 0);
        test_pager_close(&pager);
    }
}

static void directories_can_be_moved_but_not_below_themselves(void **state)
{
    (void)state;
    open_block_size(1024);
    create("/a", 040755);
    create("/a/b", 040755);
    create("/c", 040755);
    assert_int_equal(test_two_paths(&pager, FS_RENAME, "/a", "/a/b/x").result, -EINVAL);
    assert_int_equal(test_two_paths(&pager, FS_RENAME, "/a/b", "/c/b").result, 0);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "/c/b/../../a").result, 0);
    assert_int_equal(test_path(&pager, FS_RMDIR, "/c").result, -ENOTEMPTY);
    assert_int_equal(test_two_paths(&pager, FS_RENAME, "/c/b", "/a").result, 0);
    assert_int_equal(test_path(&pager, FS_RMDIR, "/c").result, 0);
    assert_int_equal(test_path(&pager, FS_RMDIR, "/a").result, 0);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "/a").result, -ENOENT);
    close_clean();
}

static void symbolic_links_are_followed_up_to_a_limit(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        char target[300], longer[4096];
        open_block_size(size);
        uint32_t directory = create("/directory", 040755);
        uint32_t inode = create("/directory/file", 0100644);
        assert_int_equal(test_two_paths(&pager, FS_SYMLINK, "/fast", "directory/file").result, 0);
        strcpy(target, "/directory");
        for (int i = 0; i < 80; i++)
            strcat(target, "/.");
        assert_int_equal(test_two_paths(&pager, FS_SYMLINK, "/slow", target).result, 0);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/fast").inode, inode);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/slow").inode, directory);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/slow/file").inode, inode);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/fast/").result, -ENOTDIR);
        strcpy(test_slot(&pager, 0), "/slow");
        struct fs_completion link =
            test_call(&pager, (struct fs_request){.operation = FS_LOOKUP, .flags = FS_NO_FOLLOW});
        assert_int_equal(link.mode & 0170000, 0120000);
        struct fs_completion text =
            test_call(&pager, (struct fs_request){.operation = FS_READLINK, .inode = link.inode});
        assert_int_equal(text.result, strlen(target));
        assert_string_equal(test_slot(&pager, 0), target);
        assert_int_equal(test_two_paths(&pager, FS_SYMLINK, "/x", "/y").result, 0);
        assert_int_equal(test_two_paths(&pager, FS_SYMLINK, "/y", "/x").result, 0);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/x").result, -ELOOP);
        memset(longer, 'a', sizeof longer);
        longer[size < sizeof longer ? size : sizeof longer - 1] = '\0';
        if (size < sizeof longer)
            assert_int_equal(test_two_paths(&pager, FS_SYMLINK, "/long", longer).result,
                             -ENAMETOOLONG);
        assert_int_equal(test_path(&pager, FS_UNLINK, "/slow").result, 0);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/directory/file").result, 0);
        close_clean();
    }
}

static void a_directory_of_two_thousand_long_names_is_listed_completely(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        char path[512];
        char options[64];
        snprintf(options, sizeof options, "-t ext2 -b %u -N 4096", size);
        open_image(options, IMAGE_BYTES);
        uint32_t directory = create("/d", 040755);
        for (int i = 0; i < 2000; i++) {
            snprintf(path, sizeof path, "/d/%0*d", 10 + i % 245, i);
            create(path, 0100600);
        }
        static bool seen[2000];
        memset(seen, 0, sizeof seen);
        unsigned count = 0;
        uint64_t cookie = 0;
        for (;;) {
            struct fs_completion part = test_call(
                &pager, (struct fs_request){
                            .operation = FS_READ_DIRECTORY, .inode = directory, .offset = cookie});
            assert_true(part.result >= 0);
            if (part.result == 0)
                break;
            for (int at = 0; at < part.result;) {
                struct fs_directory_entry *entry = (void *)(test_slot(&pager, 0) + at);
                const char *name = (const char *)(entry + 1);
                assert_int_equal(strlen(name), entry->name_bytes);
                if (name[0] != '.') {
                    int number = atoi(name);
                    assert_false(seen[number]);
                    seen[number] = true;
                    assert_int_equal(entry->type, 1);
                    count++;
                }
                at += entry->record_bytes;
            }
            cookie = part.value;
        }
        assert_int_equal(count, 2000);
        struct fs_request little = {
            .operation = FS_READ_DIRECTORY, .inode = directory, .count = 24};
        assert_int_equal(test_call(&pager, little).result, 16); /* "." alone */
        little.count = 8;
        assert_int_equal(test_call(&pager, little).result, -EINVAL);
        for (int i = 0; i < 2000; i += 2) {
            snprintf(path, sizeof path, "/d/%0*d", 10 + i % 245, i);
            assert_int_equal(test_path(&pager, FS_UNLINK, path).result, 0);
        }
        close_clean();
    }
}

static void reserved_pages_can_be_written_on_a_full_disk(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        uint8_t page[PAGE];
        open_block_size(size);
        uint32_t promised = create("/promised", 0100644), greedy = create("/greedy", 0100644);
        struct fs_request reserve = {
            .operation = FS_RESERVE, .inode = promised, .offset = 5, .count = 600};
        assert_int_equal(test_call(&pager, reserve).result, 0);
        uint64_t left = free_pages();
        assert_int_equal(test_call(&pager, reserve).result, 0);
        assert_int_equal(free_pages(), left);
        reserve = (struct fs_request){
            .operation = FS_RESERVE, .inode = greedy, .count = (uint32_t)left + 1};
        assert_int_equal(test_call(&pager, reserve).result, -ENOSPC);
        assert_int_equal(free_pages(), left);

        unsigned written = 0;
        fill(page, 1);
        while (test_write(&pager, greedy, written, page, (written + 1) * PAGE) == 0)
            written++;
        assert_true(written > left - 100);
        for (unsigned i = 5; i < 605; i++) {
            fill(page, i);
            assert_int_equal(test_write(&pager, promised, i, page, (i + 1) * PAGE), 0);
        }
        check_page(promised, 604, page);
        /* Space that is on its way back counts. */
        assert_int_equal(test_path(&pager, FS_UNLINK, "/greedy").result, 0);
        assert_int_equal(release(greedy), 0);
        reserve = (struct fs_request){
            .operation = FS_RESERVE, .inode = promised, .offset = 700, .count = 500};
        assert_int_equal(test_call(&pager, reserve).result, 0);
        close_clean();
    }
}

static void what_was_synced_survives_a_power_cut(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        uint8_t page[PAGE];
        char path[64];
        open_block_size(size);
        create("/d", 040755);
        for (unsigned i = 0; i < 40; i++) {
            snprintf(path, sizeof path, "/d/file-%u", i);
            uint32_t inode = create(path, 0100644);
            for (unsigned j = 0; j < 20; j++) {
                fill(page, i * 100 + j);
                assert_int_equal(test_write(&pager, inode, j, page, (j + 1) * PAGE), 0);
            }
            if (i == 29)
                assert_int_equal(
                    test_call(&pager, (struct fs_request){.operation = FS_SYNC}).result, 0);
        }
        test_disk_cut_power(&pager.disk);
        assert_true(test_e2fsck(&pager, "-fy") <= 1);
        test_pager_reboot(&pager, HEAP_BYTES);
        for (unsigned i = 0; i < 30; i++) {
            snprintf(path, sizeof path, "/d/file-%u", i);
            struct fs_completion found = test_path(&pager, FS_LOOKUP, path);
            assert_int_equal(found.result, 0);
            assert_int_equal(found.size, 20 * PAGE);
            for (unsigned j = 0; j < 20; j++) {
                fill(page, i * 100 + j);
                check_page(found.inode, j, page);
            }
        }
        close_clean();
    }
}

static void after_a_power_cut_it_is_mounted_read_only_and_says_so(void **state)
{
    (void)state;
    open_block_size(4096);
    create("/file", 0100644);
    assert_int_equal(test_call(&pager, (struct fs_request){.operation = FS_SYNC}).result, 0);
    test_pager_reboot(&pager, HEAP_BYTES);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "/file").result, 0);
    assert_non_null(strstr(pager.diagnosis, "not shut down cleanly"));
    assert_int_equal(test_create(&pager, "/other", 0100644).result, -EROFS);
    test_pager_close(&pager);
}

static void a_new_block_whose_write_failed_is_not_shown(void **state)
{
    (void)state;
    uint8_t page[PAGE], zeros[PAGE] = {0};
    open_block_size(4096);
    uint32_t inode = create("/file", 0100644);
    uint64_t before = free_pages();
    assert_int_equal(test_call(&pager, (struct fs_request){.operation = FS_SYNC}).result, 0);
    fill(page, 9);
    pager.disk.error_per_mille = 1000;
    assert_int_equal(test_write(&pager, inode, 0, page, PAGE), -EIO);
    pager.disk.error_per_mille = 0;
    check_page(inode, 0, zeros);
    assert_int_equal(free_pages(), before);
    close_clean();
}

static void one_bad_sector_fails_one_page(void **state)
{
    (void)state;
    uint8_t page[PAGE];
    open_block_size(4096);
    uint32_t inode = create("/file", 0100644);
    static uint8_t frames[16][PAGE] __attribute__((aligned(PAGE)));
    for (unsigned i = 0; i < 16; i++) {
        fill(page, i);
        assert_int_equal(test_write(&pager, inode, i, page, (i + 1) * PAGE), 0);
    }
    char *text = test_debugfs(&pager, "stats"); /* the layout is ours to know: find page 5 */
    free(text);
    fill(page, 5);
    for (uint64_t block = 0; block < IMAGE_BYTES / PAGE; block++) {
        if (memcmp(pager.disk.bytes + block * PAGE, page, PAGE) == 0)
            pager.disk.fail_sector = block * 8 + 3;
    }
    assert_true(pager.disk.fail_sector != UINT64_MAX);
    uint64_t requests = pager.disk.requests, first = pager.next_cookie;
    for (unsigned i = 0; i < 16; i++)
        test_submit(&pager, (struct fs_request){.operation = FS_READ_PAGE,
                                                .inode = inode,
                                                .offset = i,
                                                .frame = (uint64_t)(uintptr_t)frames[i]});
    for (unsigned i = 0; i < 16; i++) {
        struct fs_completion completion = test_next(&pager);
        assert_int_equal(completion.result, completion.cookie - first == 5 ? -EIO : 0);
    }
    assert_true(pager.disk.requests - requests <= 17); /* merged first, then one by one */
    fill(page, 6);
    assert_memory_equal(frames[6], page, PAGE);
    pager.disk.fail_sector = UINT64_MAX;
    close_clean();
}

static void neighbouring_pages_become_one_request(void **state)
{
    (void)state;
    FOR_EACH_BLOCK_SIZE(size)
    {
        static uint8_t frames[48][PAGE] __attribute__((aligned(PAGE)));
        open_block_size(size);
        pager.disk.in_order = true;
        uint32_t inode = create("/file", 0100644);
        uint64_t requests = pager.disk.requests;
        for (unsigned i = 0; i < 48; i++)
            test_submit(&pager, (struct fs_request){.operation = FS_WRITE_PAGE,
                                                    .inode = inode,
                                                    .offset = i,
                                                    .frame = (uint64_t)(uintptr_t)frames[i],
                                                    .size = 48 * PAGE});
        for (unsigned i = 0; i < 48; i++)
            assert_int_equal(test_next(&pager).result, 0);
        assert_true(pager.disk.requests - requests <= 8);
        close_clean();
    }
}

static void without_a_disk_every_request_is_answered(void **state)
{
    (void)state;
    test_pager_open(&pager, NULL, 0, HEAP_BYTES, 1);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "/").result, -ENODEV);
    assert_int_equal(test_shutdown(&pager), -ENODEV);
    test_pager_close(&pager);
}

static void foreign_features_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *options, *word;
    } cases[] = {
        {"-t ext4 -O extents,^64bit,^flex_bg,^metadata_csum", "extents"},
        {"-t ext2 -O meta_bg,^resize_inode", "meta_bg"},
        {"-t ext2 -O flex_bg", "flex_bg"},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        open_image(cases[i].options, IMAGE_BYTES);
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/").result, -EUCLEAN);
        assert_non_null(strstr(pager.diagnosis, cases[i].word));
        assert_int_equal(test_path(&pager, FS_LOOKUP, "/").result, -EUCLEAN);
        test_pager_close(&pager);
    }
    open_image("-t ext2 -O uninit_bg", IMAGE_BYTES);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "/").result, 0);
    assert_int_equal(test_create(&pager, "/x", 0100644).result, -EROFS);
    assert_non_null(strstr(pager.diagnosis, "uninit_bg"));
    test_pager_close(&pager);
}

static void revision_0_and_ext3_images_are_served(void **state)
{
    (void)state;
    static const char *const options[] = {
        "-t ext2 -r 0", "-t ext3 -b 1024", "-t ext2 -I 128",
        "-t ext2 -O ^filetype,^sparse_super,^resize_inode -b 1024"};
    for (unsigned i = 0; i < 4; i++) {
        uint8_t page[PAGE];
        open_image(options[i], IMAGE_BYTES);
        uint32_t inode = create("/file", 0100644);
        create("/directory", 040755);
        fill(page, 1);
        assert_int_equal(test_write(&pager, inode, 0, page, PAGE), 0);
        assert_int_equal(test_write(&pager, inode, 600000, page, 600001ull * PAGE), 0);
        assert_int_equal(test_two_paths(&pager, FS_RENAME, "/file", "/directory/f").result, 0);
        close_clean();
    }
}

static void a_heap_too_small_is_an_error_not_a_crash(void **state)
{
    (void)state;
    uint8_t *image = test_make_image("-t ext2 -b 4096", IMAGE_BYTES);
    test_pager_open(&pager, image, IMAGE_BYTES, 600 << 10, 1);
    free(image);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "/").result, -ENOMEM);
    assert_non_null(strstr(pager.diagnosis, "heap too small"));
    test_pager_close(&pager);
}

static void bad_requests_are_answered(void **state)
{
    (void)state;
    open_block_size(1024);
    assert_int_equal(test_call(&pager, (struct fs_request){.operation = 0}).result, -ENOSYS);
    assert_int_equal(test_call(&pager, (struct fs_request){.operation = 999}).result, -ENOSYS);
    assert_int_equal(
        test_call(&pager, (struct fs_request){.operation = FS_LOOKUP, .slot = 63}).result, -EINVAL);
    assert_int_equal(
        test_call(&pager, (struct fs_request){.operation = FS_ATTRIBUTES, .inode = 0}).result,
        -EINVAL);
    assert_int_equal(
        test_call(&pager, (struct fs_request){.operation = FS_ATTRIBUTES, .inode = 7}).result,
        -EINVAL);
    assert_int_equal(
        test_call(&pager, (struct fs_request){.operation = FS_ATTRIBUTES, .inode = 100}).result,
        -ENOENT);
    assert_int_equal(
        test_call(&pager, (struct fs_request){.operation = FS_READ_PAGE, .inode = 2, .frame = PAGE})
            .result,
        -EISDIR);
    assert_int_equal(test_path(&pager, FS_LOOKUP, "").result, -ENOENT);
    assert_int_equal(test_path(&pager, FS_UNLINK, "/").result, -EISDIR);
    assert_int_equal(test_path(&pager, FS_RMDIR, "/").result, -EBUSY);
    assert_int_equal(test_path(&pager, FS_RMDIR, "/lost+found/.").result, -EBUSY);
    assert_int_equal(release(2), -EINVAL);
    memset(test_slot(&pager, 0), 'a', FS_NAME_SLOT_BYTES);
    assert_int_equal(test_call(&pager, (struct fs_request){.operation = FS_LOOKUP}).result,
                     -ENAMETOOLONG);
    char name[300] = "/";
    memset(name + 1, 'n', 256);
    assert_int_equal(test_create(&pager, name, 0100644).result, -ENAMETOOLONG);
    name[256] = '\0';
    assert_int_equal(test_create(&pager, name, 0100644).result, 0);
    uint32_t inode = create("/f", 0100644);
    assert_int_equal(set_size(inode, 1ull << 50), -EFBIG);
    assert_int_equal(set_size(2, 0), -EISDIR);
    close_clean();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_written_are_read_back_and_survive_a_clean_shutdown),
        cmocka_unit_test(a_short_file_uses_only_the_blocks_it_needs),
        cmocka_unit_test(unlinked_files_live_until_released_and_then_give_their_space_back),
        cmocka_unit_test(a_file_still_open_at_shutdown_but_without_a_name_is_freed),
        cmocka_unit_test(extended_attributes_of_a_removed_file_are_freed),
        cmocka_unit_test(an_indexed_directory_loses_its_index_when_it_changes),
        cmocka_unit_test(truncation_zeroes_what_it_cuts_off),
        cmocka_unit_test(files_beyond_two_gibibytes_set_the_large_file_feature),
        cmocka_unit_test(directories_can_be_moved_but_not_below_themselves),
        cmocka_unit_test(symbolic_links_are_followed_up_to_a_limit),
        cmocka_unit_test(a_directory_of_two_thousand_long_names_is_listed_completely),
        cmocka_unit_test(reserved_pages_can_be_written_on_a_full_disk),
        cmocka_unit_test(what_was_synced_survives_a_power_cut),
        cmocka_unit_test(after_a_power_cut_it_is_mounted_read_only_and_says_so),
        cmocka_unit_test(a_new_block_whose_write_failed_is_not_shown),
        cmocka_unit_test(one_bad_sector_fails_one_page),
        cmocka_unit_test(neighbouring_pages_become_one_request),
        cmocka_unit_test(without_a_disk_every_request_is_answered),
        cmocka_unit_test(foreign_features_are_refused_by_name),
        cmocka_unit_test(revision_0_and_ext3_images_are_served),
        cmocka_unit_test(a_heap_too_small_is_an_error_not_a_crash),
        cmocka_unit_test(bad_requests_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
