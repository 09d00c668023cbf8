/* Descriptor tables and open files. */
#include "descriptor.h"
#include "file_object.h"
#include "pager_services_fake.h"
#include "services.h"

#include <errno.h>

#define ALL_DESCRIPTORS 32768

static unsigned files_held;

void file_object_hold(struct file_object *file)
{
    file->references++;
    files_held++;
}

void file_object_drop(struct file_object *file)
{
    assert_true(file->references > 0);
    file->references--;
    files_held--;
}

static struct file_object file;
static struct address_space parent, child;

static int setup(void **state)
{
    services_reset(state);
    file = (struct file_object){.inode = 12};
    parent = (struct address_space){.id = 1};
    child = (struct address_space){.id = 2};
    files_held = 0;
    assert_int_equal(descriptors_create(&parent), 0);
    return 0;
}

static int teardown(void **state)
{
    descriptors_destroy(&parent);
    descriptors_destroy(&child);
    assert_int_equal(files_held, 0);
    return services_check_leaks(state);
}

static int32_t open_one(struct address_space *space, uint32_t flags, bool close_on_exec)
{
    file_object_hold(&file);
    struct open_file *open = open_file_create(OPEN_KIND_FILE, &file, flags);
    assert_non_null(open);
    int32_t descriptor = descriptor_install(space, open, 0, close_on_exec);
    if (descriptor < 0)
        open_file_drop(open);
    return descriptor;
}

static void close_one(struct address_space *space, uint32_t descriptor)
{
    struct open_file *open = descriptor_take(space, descriptor);
    assert_non_null(open);
    open_file_drop(open);
}

static void a_program_begins_with_the_console_on_three_descriptors(void **state)
{
    (void)state;
    assert_true(open_file_reads(descriptor_find(&parent, 0)));
    assert_false(open_file_writes(descriptor_find(&parent, 0)));
    for (uint32_t i = 1; i <= 2; i++) {
        assert_true(open_file_writes(descriptor_find(&parent, i)));
        assert_false(open_file_reads(descriptor_find(&parent, i)));
    }
    assert_null(descriptor_find(&parent, 3));
    assert_null(descriptor_find(&parent, UINT64_MAX));
}

static void open_gives_the_lowest_free_descriptor(void **state)
{
    (void)state;
    for (int32_t i = 3; i < 200; i++)
        assert_int_equal(open_one(&parent, OPEN_READ, false), i);
    close_one(&parent, 130);
    close_one(&parent, 5);
    close_one(&parent, 70);
    assert_int_equal(open_one(&parent, OPEN_READ, false), 5);
    assert_int_equal(open_one(&parent, OPEN_READ, false), 70);
    assert_int_equal(open_one(&parent, OPEN_READ, false), 130);
    assert_int_equal(open_one(&parent, OPEN_READ, false), 200);
}

static void closing_twice_finds_nothing(void **state)
{
    (void)state;
    int32_t descriptor = open_one(&parent, OPEN_READ, false);
    close_one(&parent, (uint32_t)descriptor);
    assert_null(descriptor_take(&parent, (uint32_t)descriptor));
}

static void the_table_ends_with_emfile_and_recovers(void **state)
{
    (void)state;
    for (int32_t i = 3; i < ALL_DESCRIPTORS; i++)
        assert_int_equal(open_one(&parent, OPEN_READ, false), i);
    assert_int_equal(open_one(&parent, OPEN_READ, false), -EMFILE);
    close_one(&parent, 20000);
    assert_int_equal(open_one(&parent, OPEN_READ, false), 20000);
}

static void without_memory_open_fails_and_nothing_changes(void **state)
{
    (void)state;
    for (int32_t i = 3; i < 64; i++)
        open_one(&parent, OPEN_READ, false);
    file_object_hold(&file);
    struct open_file *open = open_file_create(OPEN_KIND_FILE, &file, OPEN_READ);
    allocations_left = 0;
    assert_int_equal(descriptor_install(&parent, open, 0, false), -ENOMEM);
    allocations_left = 1; /* the directory, not the leaf */
    assert_int_equal(descriptor_install(&parent, open, 0, false), -ENOMEM);
    allocations_left = -1;
    assert_int_equal(descriptor_install(&parent, open, 0, false), 64);
}

static void dup2_replaces_what_was_there(void **state)
{
    (void)state;
    uint32_t first = (uint32_t)open_one(&parent, OPEN_READ, false);
    uint32_t second = (uint32_t)open_one(&parent, OPEN_READ, false);
    struct open_file *open = descriptor_find(&parent, first), *old = NULL;
    open_file_hold(open);
    assert_int_equal(descriptor_replace(&parent, second, open, &old), second);
    assert_non_null(old);
    open_file_drop(old);
    assert_ptr_equal(descriptor_find(&parent, second), open);
    open_file_hold(open);
    assert_int_equal(descriptor_replace(&parent, 1000, open, &old), 1000);
    assert_null(old);
    assert_int_equal(descriptor_replace(&parent, ALL_DESCRIPTORS, open, &old), -EBADF);
}

static void fork_shares_positions(void **state)
{
    (void)state;
    uint32_t descriptor = (uint32_t)open_one(&parent, OPEN_READ, false);
    assert_int_equal(descriptors_fork(&parent, &child, 0), 0);
    assert_ptr_equal(descriptor_find(&parent, descriptor), descriptor_find(&child, descriptor));
    close_one(&parent, descriptor);
    assert_non_null(descriptor_find(&child, descriptor));
    assert_int_equal(file.references, 1);
}

static void fork_of_pintos_copies_positions(void **state)
{
    (void)state;
    uint32_t descriptor = (uint32_t)open_one(&parent, OPEN_READ_WRITE, false);
    descriptor_find(&parent, descriptor)->position = 77;
    assert_int_equal(descriptors_fork(&parent, &child, FORK_COPY_POSITIONS), 0);
    struct open_file *copy = descriptor_find(&child, descriptor);
    assert_ptr_not_equal(copy, descriptor_find(&parent, descriptor));
    assert_int_equal(copy->position, 77);
    copy->position = 5;
    assert_int_equal(descriptor_find(&parent, descriptor)->position, 77);
    assert_ptr_equal(descriptor_find(&child, 1), descriptor_find(&parent, 1));
}

static void a_fork_without_memory_leaves_nothing(void **state)
{
    (void)state;
    for (int32_t i = 3; i < 150; i++)
        open_one(&parent, OPEN_READ, false);
    for (int64_t allocations = 0;; allocations++) {
        uint64_t before = slab_objects_in_use;
        allocations_left = allocations;
        int32_t error = descriptors_fork(&parent, &child, FORK_COPY_POSITIONS);
        allocations_left = -1;
        if (error == 0)
            break;
        assert_int_equal(error, -ENOMEM);
        assert_int_equal(slab_objects_in_use, before);
        assert_null(child.descriptors);
    }
}

static void exec_closes_what_asked_for_it(void **state)
{
    (void)state;
    uint32_t stays = (uint32_t)open_one(&parent, OPEN_READ, false);
    uint32_t goes = (uint32_t)open_one(&parent, OPEN_READ, true);
    descriptors_close_on_exec(&parent);
    assert_non_null(descriptor_find(&parent, stays));
    assert_null(descriptor_find(&parent, goes));
    assert_int_equal(open_one(&parent, OPEN_READ, false), goes);
}

static void mmap_gets_only_files_it_may_have(void **state)
{
    (void)state;
    int32_t error;
    int32_t read = open_one(&parent, OPEN_READ, false);
    int32_t write = open_one(&parent, OPEN_WRITE, false);
    int32_t both = open_one(&parent, OPEN_READ_WRITE, false);
    assert_null(descriptor_file(&parent, -1, false, &error));
    assert_int_equal(error, -EBADF);
    assert_null(descriptor_file(&parent, 1, false, &error));
    assert_int_equal(error, -ENODEV);
    assert_null(descriptor_file(&parent, write, false, &error));
    assert_int_equal(error, -EACCES);
    assert_null(descriptor_file(&parent, read, true, &error));
    assert_int_equal(error, -EACCES);
    assert_ptr_equal(descriptor_file(&parent, both, true, &error), &file);
    file_object_drop(&file);
    file.executing = 1;
    assert_null(descriptor_file(&parent, both, true, &error));
    assert_int_equal(error, -ETXTBSY);
}

static void one_call_at_a_time_uses_the_position(void **state)
{
    (void)state;
    struct open_file *open =
        descriptor_find(&parent, (uint32_t)open_one(&parent, OPEN_READ, false));
    struct test_request first, second, third;
    test_request_start(&first, &parent);
    test_request_start(&second, &parent);
    test_request_start(&third, &parent);
    assert_true(open_file_position_take(open, &first.request));
    assert_true(open_file_position_take(open, &first.request));
    assert_false(open_file_position_take(open, &second.request));
    assert_false(open_file_position_take(open, &third.request));
    open_file_position_release(open, &second.request); /* not its own: nothing happens */
    run_queue_drain();
    assert_int_equal(second.resumed, 0);
    open_file_position_release(open, &first.request);
    run_queue_drain();
    assert_int_equal(second.resumed + third.resumed, 2);
}

static void the_last_close_tells_a_write_error_once(void **state)
{
    (void)state;
    uint32_t first = (uint32_t)open_one(&parent, OPEN_READ_WRITE, false);
    uint32_t second = (uint32_t)open_one(&parent, OPEN_READ_WRITE, false);
    file.write_error = -EIO;
    assert_int_equal(open_file_drop(descriptor_take(&parent, first)), -EIO);
    assert_int_equal(open_file_drop(descriptor_take(&parent, second)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_program_begins_with_the_console_on_three_descriptors),
        TEST(open_gives_the_lowest_free_descriptor),
        TEST(closing_twice_finds_nothing),
        TEST(the_table_ends_with_emfile_and_recovers),
        TEST(without_memory_open_fails_and_nothing_changes),
        TEST(dup2_replaces_what_was_there),
        TEST(fork_shares_positions),
        TEST(fork_of_pintos_copies_positions),
        TEST(a_fork_without_memory_leaves_nothing),
        TEST(exec_closes_what_asked_for_it),
        TEST(mmap_gets_only_files_it_may_have),
        TEST(one_call_at_a_time_uses_the_position),
        TEST(the_last_close_tells_a_write_error_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
