/* The frame table alone: each transition, and each refusal. */
#include "kernel_fake_machine.h"

#define BLOCK LARGE_PAGE_SIZE
#define FRAME (BLOCK + 5 * PAGE_SIZE)

static void a_frame_is_user_while_something_maps_it(void **state)
{
    (void)state;
    page_entry extra;
    assert_int_equal(frame_check_map(FRAME, true, &extra), KERNEL_OK);
    frame_count_map(FRAME, extra);
    frame_count_map(FRAME, extra);
    assert_int_equal(frame_type_at(FRAME), FRAME_USER);
    frame_count_unmap(FRAME);
    assert_int_equal(frame_type_at(FRAME), FRAME_USER);
    frame_count_unmap(FRAME);
    assert_int_equal(frame_type_at(FRAME), FRAME_FREE);
}

static void a_full_mapping_count_is_refused_not_wrapped(void **state)
{
    (void)state;
    page_entry extra;
    frame_at(FRAME)->tag = FRAME_USER;
    frame_at(FRAME)->count = UINT32_MAX;
    assert_int_equal(frame_check_map(FRAME, false, &extra), ERROR_NO_SPACE);
    frame_at(FRAME)->tag = FRAME_FREE;
    frame_at(FRAME)->count = 0;
}

static void only_a_free_unwindowed_frame_is_donated(void **state)
{
    (void)state;
    assert_int_equal(frame_check_donation(FRAME), KERNEL_OK);
    assert_int_equal(frame_check_donation(FRAME + 1), ERROR_ARGUMENT);
    assert_int_equal(frame_check_donation(0), ERROR_FRAME); /* reserved */
    assert_int_equal(frame_check_donation(ARENA_BYTES), ERROR_FRAME);
    frame_count_map(FRAME, 0);
    assert_int_equal(frame_check_donation(FRAME), ERROR_FRAME);
    frame_count_unmap(FRAME);
    frame_count_window(BLOCK, true);
    assert_int_equal(frame_check_donation(FRAME), ERROR_FRAME);
    frame_uncount_window(BLOCK, true);
    frame_count_window(BLOCK, false);
    assert_int_equal(frame_check_donation(FRAME), KERNEL_OK);
}

static void a_donated_frame_is_zeroed_and_unmappable(void **state)
{
    (void)state;
    page_entry extra;
    const uint8_t *bytes = frame_donate(FRAME, FRAME_PAGE_TABLE, 0);
    for (unsigned i = 0; i < PAGE_SIZE; i++)
        assert_int_equal(bytes[i], 0);
    assert_int_equal(frame_check_map(FRAME, true, &extra), ERROR_FRAME);
    assert_int_equal(frame_check_map(FRAME, false, &extra), KERNEL_OK);
    assert_true(extra & ENTRY_UNCOUNTED);
    assert_int_equal(frame_check_window(BLOCK, true), ERROR_FRAME);
    assert_int_equal(frame_check_window(BLOCK, false), KERNEL_OK);
    frame_give_back(FRAME);
    assert_int_equal(frame_check_window(BLOCK, true), KERNEL_OK);
}

static void reserved_frames_keep_writable_windows_away(void **state)
{
    (void)state;
    page_entry extra;
    assert_int_equal(frame_check_window(0, true), ERROR_FRAME);
    assert_int_equal(frame_check_map(0, false, &extra), ERROR_FRAME);
}

static void devices_are_mapped_uncached_but_not_the_private_ones(void **state)
{
    (void)state;
    page_entry extra;
    assert_int_equal(frame_check_map(0xd0000000, true, &extra), KERNEL_OK);
    assert_true(page_entry_decode(extra) & PAGE_UNCACHED);
    assert_int_equal(frame_check_map(0xfee00000, true, &extra), ERROR_FRAME);
    assert_int_equal(frame_check_window(0xfee00000, true), ERROR_FRAME);
    assert_int_equal(frame_check_map(1ull << 41, true, &extra), ERROR_FRAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_frame_is_user_while_something_maps_it, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(a_full_mapping_count_is_refused_not_wrapped, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(only_a_free_unwindowed_frame_is_donated, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(a_donated_frame_is_zeroed_and_unmappable, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(reserved_frames_keep_writable_windows_away, fake_set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(devices_are_mapped_uncached_but_not_the_private_ones,
                                        fake_set_up, fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
