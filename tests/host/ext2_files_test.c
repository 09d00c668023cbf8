/* What the file-system server promises of files and their data, on every block size. */
#include "ext2_case.h"

#include <errno.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_written_are_read_back_and_survive_a_clean_shutdown),
        cmocka_unit_test(a_short_file_uses_only_the_blocks_it_needs),
        cmocka_unit_test(unlinked_files_live_until_released_and_then_give_their_space_back),
        cmocka_unit_test(a_file_still_open_at_shutdown_but_without_a_name_is_freed),
        cmocka_unit_test(extended_attributes_of_a_removed_file_are_freed),
        cmocka_unit_test(truncation_zeroes_what_it_cuts_off),
        cmocka_unit_test(files_beyond_two_gibibytes_set_the_large_file_feature),
        cmocka_unit_test(reserved_pages_can_be_written_on_a_full_disk),
        cmocka_unit_test(neighbouring_pages_become_one_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
