/* What the file-system server promises of names. */
#include "ext2_case.h"

#include <errno.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_indexed_directory_loses_its_index_when_it_changes),
        cmocka_unit_test(directories_can_be_moved_but_not_below_themselves),
        cmocka_unit_test(symbolic_links_are_followed_up_to_a_limit),
        cmocka_unit_test(a_directory_of_two_thousand_long_names_is_listed_completely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
