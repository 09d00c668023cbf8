/* Message passing: who runs next, and who is told what when somebody is gone. */
#include "endpoint.h"
#include "kernel_fake_machine.h"

static uint32_t endpoint;

static struct thread *thread_at(uint32_t handle)
{
    return thread_of_object(handle_slot_at(fake_first_thread()->task, handle)->object);
}

/* The first thread gives way until `thread` runs. */
static void run_thread(struct thread *thread)
{
    for (unsigned i = 0; i < 8 && current_thread() != thread; i++)
        fake_call(SYS_THREAD, 0, THREAD_YIELD, 0, 0, 0, 0);
    assert_ptr_equal(current_thread(), thread);
}

static uint64_t token_of(struct thread *server)
{
    return server->context.registers.r14;
}

static void a_call_switches_straight_to_the_server_and_back(void **state)
{
    (void)state;
    endpoint = fake_make(OBJECT_ENDPOINT);
    struct thread *client = fake_first_thread();
    struct thread *server = thread_at(fake_make_thread(BOOT_HANDLE_TASK));
    run_thread(server);
    fake_call(SYS_WAIT, endpoint, 0, 0, 0, 0, 0);
    assert_ptr_equal(current_thread(), client);

    fake_call(SYS_CALL, endpoint, MAKE_TAG(3, 4, 0), 1, 2, 3, 4);
    assert_ptr_equal(current_thread(), server);
    assert_int_equal(server->context.registers.rsi, MAKE_TAG(3, 4, 0));
    assert_int_equal(server->context.registers.r10, 4);

    server->context.registers.r14 = endpoint;
    uint64_t token = client->reply_token;
    fake_call(SYS_REPLY_AND_WAIT, token, MAKE_TAG(9, 1, 0), 42, 0, 0, 0);
    assert_ptr_equal(current_thread(), client);
    assert_int_equal(client->context.registers.rdx, 42);
    assert_int_equal(client->context.registers.rax, KERNEL_OK);
    assert_int_equal(server->state, THREAD_RECEIVING);
    assert_int_equal(server->task->callers, 0);
}

static void a_more_urgent_thread_runs_before_the_answered_client(void **state)
{
    (void)state;
    endpoint = fake_make(OBJECT_ENDPOINT);
    struct thread *first = fake_first_thread();
    uint32_t client_handle = fake_make_thread(BOOT_HANDLE_TASK);
    struct thread *client = thread_at(client_handle);
    fake_call(SYS_THREAD, client_handle, THREAD_SET_PRIORITY, 5, 0, 0, 0);
    assert_ptr_equal(current_thread(), first);
    fake_call(SYS_WAIT, endpoint, 0, 0, 0, 0, 0); /* the first thread serves */
    assert_ptr_equal(current_thread(), client);
    fake_call(SYS_CALL, endpoint, 0, 0, 0, 0, 0);
    assert_ptr_equal(current_thread(), first);
    assert_int_equal(fake_call(SYS_REPLY, token_of(first), 0, 0, 0, 0, 0), KERNEL_OK);
    assert_ptr_equal(current_thread(), first); /* the client waits for its turn */
    assert_int_equal(client->state, THREAD_READY);
}

static void a_token_is_good_once_and_for_its_server(void **state)
{
    (void)state;
    endpoint = fake_make(OBJECT_ENDPOINT);
    struct thread *server = fake_first_thread();
    fake_make_thread(BOOT_HANDLE_TASK);
    fake_call(SYS_WAIT, endpoint, 0, 0, 0, 0, 0);
    struct thread *client = current_thread();
    fake_call(SYS_CALL, endpoint, 0, 0, 0, 0, 0);
    uint64_t token = token_of(server);
    assert_ptr_equal(reply_target(server, token), client);
    assert_null(reply_target(server, token + 1));
    assert_int_equal(fake_call(SYS_REPLY, token, 0, 0, 0, 0, 0), KERNEL_OK);
    assert_int_equal(fake_call(SYS_REPLY, token, 0, 0, 0, 0, 0), ERROR_TOKEN);

    /* Another task cannot answer either. */
    int64_t other =
        fake_create(OBJECT_TASK, 0, 0, fake_take_frame(), fake_take_frame(), fake_take_frame(), 0);
    struct thread *stranger = thread_at(fake_make_thread((uint32_t)other));
    fake_call(SYS_WAIT, endpoint, 0, 0, 0, 0, 0);
    while (current_thread() != client)
        fake_call(SYS_THREAD, 0, THREAD_YIELD, 0, 0, 0, 0);
    fake_call(SYS_CALL, endpoint, 0, 0, 0, 0, 0);
    assert_null(reply_target(stranger, token_of(server)));
}

static void time_slices_alternate_and_stop_when_nobody_waits(void **state)
{
    (void)state;
    struct thread *first = fake_first_thread();
    assert_int_equal(fake.timer, 0); /* tickless */
    uint32_t handle = fake_make_thread(BOOT_HANDLE_TASK);
    struct thread *second = thread_at(handle);
    assert_int_equal(fake.timer, fake.nanoseconds + TIME_SLICE_NANOSECONDS);
    for (unsigned i = 0; i < 6; i++) {
        fake.nanoseconds += TIME_SLICE_NANOSECONDS;
        timer_interrupt();
        assert_ptr_equal(current_thread(), i % 2 == 0 ? second : first);
    }
    assert_true(second->ticks >= 2 * TIME_SLICE_NANOSECONDS);
    assert_int_equal(fake_call(SYS_OBJECT_DESTROY, handle, 0, 0, 0, 0, 0), KERNEL_OK);
    fake.nanoseconds += TIME_SLICE_NANOSECONDS;
    timer_interrupt();
    assert_int_equal(fake.timer, 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, fake_set_up, fake_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_call_switches_straight_to_the_server_and_back),
        CASE(a_more_urgent_thread_runs_before_the_answered_client),
        CASE(a_token_is_good_once_and_for_its_server),
        CASE(time_slices_alternate_and_stop_when_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
