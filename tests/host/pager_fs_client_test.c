/* The pager's end of the fs rings, against a well-behaved and a broken fs-server. */
#include "fs_client.h"
#include "pager_services_fake.h"

#include <errno.h>
#include <quire/ring.h>
#include <quire/server_start.h>
#include <string.h>

#define CALLS 1300

static _Alignas(4096) uint8_t area[FS_AREA_BYTES];
static struct ring submission, completion; /* the server's ends */
static struct fs_call calls[CALLS];
static unsigned done[CALLS];

static int setup(void **state)
{
    services_reset(state);
    memset(area, 0, sizeof area);
    fs_client_boot(area, 3);
    assert_true(ring_attach(&submission, area + FS_AREA_SUBMISSION, FS_RING_ENTRIES,
                            sizeof(struct fs_request)));
    assert_true(ring_attach(&completion, area + FS_AREA_COMPLETION, FS_RING_ENTRIES,
                            sizeof(struct fs_completion)));
    ring_prepare_sleep(&submission);
    memset(calls, 0, sizeof calls);
    memset(done, 0, sizeof done);
    return 0;
}

static void count_done(struct fs_call *call)
{
    done[call - calls]++;
}

static void submit(unsigned number)
{
    calls[number].request.inode = number;
    calls[number].done = count_done;
    fs_submit(&calls[number]);
}

static bool serve_one(struct fs_request *request)
{
    if (!ring_pop(&submission, request))
        return false;
    struct fs_completion answer = {.cookie = request->cookie, .result = (int32_t)request->inode};
    assert_true(ring_push(&completion, &answer));
    ring_publish(&completion);
    return true;
}

static void a_call_comes_back_with_its_own_completion(void **state)
{
    (void)state;
    struct fs_request request;
    submit(7);
    submit(8);
    assert_true(fs_client_busy());
    fs_client_flush();
    assert_int_equal(notifications_sent, 1);
    assert_true(serve_one(&request));
    assert_true(serve_one(&request));
    fs_client_interrupt();
    assert_int_equal(done[7], 1);
    assert_int_equal(done[8], 1);
    assert_int_equal(calls[7].completion.result, 7);
    assert_int_equal(calls[8].completion.result, 8);
    assert_false(fs_client_busy());
}

static void more_calls_than_the_ring_holds_wait_and_keep_their_order(void **state)
{
    (void)state;
    struct fs_request request;
    for (unsigned i = 0; i < CALLS; i++)
        submit(i);
    fs_client_flush();
    for (unsigned expected = 0; expected < CALLS;) {
        unsigned served = 0;
        while (served < 100 && serve_one(&request)) {
            assert_int_equal(request.inode, expected++);
            served++;
        }
        assert_true(served > 0);
        fs_client_interrupt();
        fs_client_flush();
    }
    for (unsigned i = 0; i < CALLS; i++)
        assert_int_equal(done[i], 1);
}

static void a_busy_server_is_not_notified(void **state)
{
    (void)state;
    submit(1);
    fs_client_flush();
    submit(2);
    fs_client_flush(); /* it has not said that it sleeps again */
    assert_int_equal(notifications_sent, 1);
}

static void a_made_up_completion_finds_nothing(void **state)
{
    (void)state;
    struct fs_request request;
    submit(1);
    fs_client_flush();
    assert_true(ring_pop(&submission, &request));
    uint64_t cookies[] = {request.cookie + 1, request.cookie + (1 << 16), UINT64_MAX,
                          FS_RING_ENTRIES};
    for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
        struct fs_completion answer = {.cookie = cookies[i]};
        ring_push(&completion, &answer);
    }
    struct fs_completion twice = {.cookie = request.cookie};
    ring_push(&completion, &twice);
    ring_push(&completion, &twice);
    ring_publish(&completion);
    fs_client_interrupt();
    assert_int_equal(done[1], 1);
    assert_int_equal(messages, 5);
}

static void a_dead_server_fails_what_is_in_flight_and_what_comes(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 600; i++)
        submit(i);
    fs_client_flush();
    fs_client_fail();
    assert_true(fs_client_failing());
    fs_client_flush();
    submit(600);
    fs_client_flush();
    for (unsigned i = 0; i <= 600; i++) {
        assert_int_equal(done[i], 1);
        assert_int_equal(calls[i].completion.result, -EIO);
    }
    assert_false(fs_client_busy());
}

static void the_servers_diagnosis_reaches_the_console(void **state)
{
    (void)state;
    struct fs_request request;
    submit(1);
    fs_client_flush();
    assert_true(ring_pop(&submission, &request));
    strcpy(fs_slot_memory(FS_DIAGNOSIS_SLOT), "ext2: bad block 7\n");
    struct fs_completion answer = {.cookie = request.cookie, .diagnosis = 1};
    ring_push(&completion, &answer);
    ring_publish(&completion);
    fs_client_interrupt();
    assert_string_equal(last_message, "fs-server: ext2: bad block 7");
}

static void slots_come_all_or_none(void **state)
{
    (void)state;
    uint16_t slots[FS_NAME_SLOTS], pair[2];
    struct address_space space = {.id = 1};
    struct test_request waiting;
    test_request_start(&waiting, &space);
    for (unsigned i = 0; i < FS_DIAGNOSIS_SLOT - 1; i++) {
        assert_true(fs_slots_take(1, &slots[i], &waiting.request.waiter));
        assert_true(slots[i] < FS_DIAGNOSIS_SLOT);
    }
    assert_false(fs_slots_take(2, pair, &waiting.request.waiter));
    fs_slots_give(1, &slots[3]);
    run_queue_drain();
    assert_int_equal(waiting.resumed, 1);
    assert_true(fs_slots_take(2, pair, &waiting.request.waiter));
    assert_int_not_equal(pair[0], pair[1]);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_comes_back_with_its_own_completion),
        TEST(more_calls_than_the_ring_holds_wait_and_keep_their_order),
        TEST(a_busy_server_is_not_notified),
        TEST(a_made_up_completion_finds_nothing),
        TEST(a_dead_server_fails_what_is_in_flight_and_what_comes),
        TEST(the_servers_diagnosis_reaches_the_console),
        TEST(slots_come_all_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
