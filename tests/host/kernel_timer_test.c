/* Timers: whatever is set, moved and cancelled, the earliest is always first. */
#include "kernel_fake_machine.h"

enum { TIMERS = 200 };
static struct notification *timers[TIMERS];
static unsigned random_state;

static unsigned next_random(void)
{
    random_state = random_state * 1103515245 + 12345;
    return random_state >> 16 & 0x7fff;
}

static int set_up(void **state)
{
    int result = fake_set_up(state);
    random_state = 7;
    for (unsigned i = 0; i < TIMERS; i++) {
        uint64_t frame = fake_take_frame();
        timers[i] = (struct notification *)slab_take(frame, 0, OBJECT_NOTIFICATION);
    }
    return result;
}

static uint64_t earliest(void)
{
    uint64_t first = UINT64_MAX;
    for (unsigned i = 0; i < TIMERS; i++) {
        if (timers[i]->deadline != 0 && timers[i]->deadline < first)
            first = timers[i]->deadline;
    }
    return first;
}

/* The longest right path of a leftist heap of n nodes has at most log2(n + 1). */
static void assert_leftist(const struct notification *node)
{
    if (node == NULL)
        return;
    unsigned left = node->timer_left != NULL ? node->timer_left->timer_rank : 0;
    unsigned right = node->timer_right != NULL ? node->timer_right->timer_rank : 0;
    assert_true(left >= right);
    assert_int_equal(node->timer_rank, right + 1);
    for (unsigned side = 0; side < 2; side++) {
        const struct notification *child = side == 0 ? node->timer_left : node->timer_right;
        if (child == NULL)
            continue;
        assert_ptr_equal(child->timer_parent, node);
        assert_true(child->deadline >= node->deadline);
        assert_leftist(child);
    }
}

static void the_earliest_timer_is_first_whatever_happens(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5000; i++) {
        unsigned which = next_random() % TIMERS;
        timer_set(timers[which], next_random() % 4 == 0 ? 0 : 1 + next_random() % 1000, 1);
        uint64_t first = earliest();
        assert_int_equal(fake.timer, first == UINT64_MAX ? 0 : first);
        assert_leftist(this_scheduler()->timers);
    }
}

static void due_timers_are_raised_in_order_and_only_those(void **state)
{
    (void)state;
    for (unsigned i = 0; i < TIMERS; i++)
        timer_set(timers[i], 10 + next_random() % 500, 1ull << (i % 64));
    for (fake.nanoseconds = 1; fake.nanoseconds < 600; fake.nanoseconds += 3) {
        /* A bounded number an interrupt: the rest at once with the next. */
        do {
            timer_interrupt();
        } while (fake.timer != 0 && fake.timer <= fake.nanoseconds);
        for (unsigned i = 0; i < TIMERS; i++) {
            assert_true(timers[i]->deadline == 0 || timers[i]->deadline > fake.nanoseconds);
            if (timers[i]->deadline == 0)
                assert_int_equal(timers[i]->bits, 1ull << (i % 64));
            else
                assert_int_equal(timers[i]->bits, 0);
        }
    }
    assert_int_equal(fake.timer, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_earliest_timer_is_first_whatever_happens, set_up,
                                        fake_tear_down),
        cmocka_unit_test_setup_teardown(due_timers_are_raised_in_order_and_only_those, set_up,
                                        fake_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
