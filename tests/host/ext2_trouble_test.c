/* What the file-system server promises when power, sectors, memory or requests are bad, and of other images. */
#include "ext2_case.h"

#include <errno.h>

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
        cmocka_unit_test(what_was_synced_survives_a_power_cut),
        cmocka_unit_test(after_a_power_cut_it_is_mounted_read_only_and_says_so),
        cmocka_unit_test(a_new_block_whose_write_failed_is_not_shown),
        cmocka_unit_test(one_bad_sector_fails_one_page),
        cmocka_unit_test(without_a_disk_every_request_is_answered),
        cmocka_unit_test(foreign_features_are_refused_by_name),
        cmocka_unit_test(revision_0_and_ext3_images_are_served),
        cmocka_unit_test(a_heap_too_small_is_an_error_not_a_crash),
        cmocka_unit_test(bad_requests_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
