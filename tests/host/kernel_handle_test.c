/* Handle tables: every index is given out once, and a stale handle stays stale. */
#include "kernel_fake_machine.h"

static struct task *task(void)
{
    return fake_first_thread()->task;
}

static void any_free_index_is_found_until_the_table_is_full(void **state)
{
    (void)state;
    bool seen[HANDLES_PER_FRAME] = {[0] = true};
    struct object *object = handle_slot_at(task(), BOOT_HANDLE_MEMORY)->object;
    for (unsigned i = BOOT_HANDLE_TASK; i <= BOOT_HANDLE_IRQ; i++)
        seen[i] = true;
    uint32_t index;
    while ((index = handle_install(task(), object, RIGHT_ALL, 0)) != 0) {
        assert_true(index < HANDLES_PER_FRAME);
        assert_false(seen[index]);
        seen[index] = true;
    }
    for (unsigned i = 0; i < HANDLES_PER_FRAME; i++)
        assert_true(seen[i]);
}

static void the_free_list_survives_any_order(void **state)
{
    (void)state;
    struct object *object = handle_slot_at(task(), BOOT_HANDLE_MEMORY)->object;
    bool used[HANDLES_PER_FRAME] = {false};
    unsigned random = 1;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1103515245 + 12345;
        uint32_t index = 16 + random / 65536 % (HANDLES_PER_FRAME - 16);
        if (used[index]) {
            handle_close(task(), index);
            used[index] = false;
        } else if (handle_check_index(task(), index) == KERNEL_OK) {
            handle_install_at(task(), index, object, 0, 0);
            used[index] = true;
        }
        assert_int_equal(handle_check_index(task(), index),
                         used[index] ? ERROR_OCCUPIED : KERNEL_OK);
    }
}

static void the_table_grows_to_its_limit(void **state)
{
    (void)state;
    for (unsigned i = 1; i < HANDLE_TABLES_MAX; i++)
        assert_int_equal(fake_call(SYS_HANDLE, BOOT_HANDLE_TASK, HANDLE_GROW, BOOT_HANDLE_MEMORY,
                                   fake_take_frame(), 0, 0),
                         KERNEL_OK);
    assert_int_equal(fake_call(SYS_HANDLE, BOOT_HANDLE_TASK, HANDLE_GROW, BOOT_HANDLE_MEMORY,
                               fake_take_frame(), 0, 0),
                     ERROR_NO_SPACE);
    uint32_t last = HANDLE_TABLES_MAX * HANDLES_PER_FRAME - 1;
    assert_int_equal(handle_check_index(task(), last), KERNEL_OK);
    assert_int_equal(handle_check_index(task(), last + 1), ERROR_ARGUMENT);
}

static void a_handle_dies_with_its_object(void **state)
{
    (void)state;
    uint64_t slab = fake_take_frame();
    uint32_t first = (uint32_t)fake_create(OBJECT_NOTIFICATION, 0, 0, slab, 0, 0, 0);
    fake_call(SYS_HANDLE, first, HANDLE_COPY, 0, RIGHT_ALL, 0, 60);
    assert_int_equal(fake_call(SYS_NOTIFY, 60, 1, 0, 0, 0, 0), KERNEL_OK);
    assert_int_equal(fake_call(SYS_OBJECT_DESTROY, first, 0, 0, 0, 0, 0), KERNEL_OK);
    assert_int_equal(frame_type_at(slab), FRAME_FREE);
    assert_int_equal(fake_call(SYS_NOTIFY, 60, 1, 0, 0, 0, 0), ERROR_BAD_HANDLE);
    fake_create(OBJECT_NOTIFICATION, 0, 0, slab, 0, 0, 0);
    assert_int_equal(fake_call(SYS_NOTIFY, 60, 1, 0, 0, 0, 0), ERROR_BAD_HANDLE);
}

static void a_slab_is_free_with_its_last_object(void **state)
{
    (void)state;
    uint64_t slab = fake_take_frame();
    uint32_t handles[OBJECT_SLOTS];
    for (uint32_t i = 0; i < OBJECT_SLOTS; i++)
        handles[i] = (uint32_t)fake_create(OBJECT_ENDPOINT, 0, 0, slab, 0, 0, i);
    for (uint32_t i = 0; i < OBJECT_SLOTS; i++) {
        assert_int_equal(frame_type_at(slab), FRAME_OBJECT);
        assert_int_equal(fake_call(SYS_OBJECT_DESTROY, handles[i], 0, 0, 0, 0, 0), KERNEL_OK);
    }
    assert_int_equal(frame_type_at(slab), FRAME_FREE);
}

static void fault_replies_keep_their_authority_when_copies_go(void **state)
{
    (void)state;
    assert_int_equal(task()->authority_handle, BOOT_HANDLE_MEMORY);
    fake_call(SYS_HANDLE, BOOT_HANDLE_MEMORY, HANDLE_COPY, 0, RIGHT_ALL, 0, 70);
    fake_call(SYS_HANDLE, 70, HANDLE_CLOSE, 0, 0, 0, 0);
    assert_int_equal(task()->authority_handle, BOOT_HANDLE_MEMORY);
    fake_call(SYS_HANDLE, BOOT_HANDLE_MEMORY, HANDLE_CLOSE, 0, 0, 0, 0);
    assert_int_equal(task()->authority_handle, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_free_index_is_found_until_the_table_is_full,
                                        fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(the_free_list_survives_any_order, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(the_table_grows_to_its_limit, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(a_handle_dies_with_its_object, fake_set_up, fake_tear_down),
        cmocka_unit_test_setup_teardown(a_slab_is_free_with_its_last_object, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(fault_replies_keep_their_authority_when_copies_go,
                                        fake_set_up, fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
