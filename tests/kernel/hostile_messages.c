/*
 * Attacks with messages: wrong tokens, dead peers, circles, handles that may not travel.
 */
#include "hostile.h"

static struct helper helpers[3];

/* ---------------------------------------------------------------- helpers' jobs */

/* A call, its message and its outcome, made by a helper. */
struct call_job {
    uint32_t endpoint;
    struct message message;
    int64_t status;
    bool done;
};

static void make_call(void *argument)
{
    struct call_job *job = argument;
    job->status = sys_call(job->endpoint, &job->message);
    job->done = true;
    helper_rest();
}

static void make_wait(void *argument)
{
    struct call_job *job = argument;
    job->status = sys_wait(job->endpoint, &job->message);
    job->done = true;
    helper_rest();
}

/* ---------------------------------------------------------------- tests */

static void a_message_arrives_whole(void)
{
    struct call_job job = {.endpoint = make_object(OBJECT_ENDPOINT)};
    uint32_t endpoint = job.endpoint;
    job.endpoint = (uint32_t)sys_handle_copy(endpoint, 0, RIGHT_SEND, 0x1234, 0);
    job.message.tag = MAKE_TAG(7, 6, 0) | (uint64_t)MESSAGE_FAULT << 32; /* a lie */
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        job.message.words[i] = 100 + i;
    helper_start(&helpers[0], make_call, &job);

    struct message message = {0};
    EXPECT(sys_wait(endpoint, &message), KERNEL_OK);
    EXPECT(message.badge, 0x1234);
    EXPECT(TAG_LABEL(message.tag), 7);
    EXPECT(TAG_KIND(message.tag), MESSAGE_CALL);
    for (unsigned i = 0; i < MESSAGE_WORDS; i++)
        EXPECT(message.words[i], 100 + i);
    message.tag = MAKE_TAG(8, 1, 0);
    message.words[5] = 55;
    EXPECT(sys_reply(message.reply_token, &message), KERNEL_OK);
    let_others_run();
    EXPECT(job.done, true);
    EXPECT(job.status, KERNEL_OK);
    EXPECT(TAG_LABEL(job.message.tag), 8);
    EXPECT(job.message.words[5], 55);
    helper_end(&helpers[0]);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

static void wrong_tokens_answer_nobody(void)
{
    struct call_job job = {.endpoint = make_object(OBJECT_ENDPOINT)};
    helper_start(&helpers[0], make_call, &job);
    struct message message = {0};
    EXPECT(sys_wait(job.endpoint, &message), KERNEL_OK);
    uint64_t token = message.reply_token;
    const uint64_t wrong[] = {0,
                              1,
                              token + 1,
                              token - 1,
                              token ^ 1ull << 63,
                              token + (1ull << 32),
                              boot->page_table_root >> PAGE_SHIFT << 32 | 1,
                              UINT64_MAX,
                              0xffffffff00000000ull};
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        EXPECT(sys_reply(wrong[i], &message), ERROR_TOKEN);
    EXPECT(sys_reply_and_wait(token + 1, job.endpoint, &message), ERROR_TOKEN);
    EXPECT(sys_reply(token, &message), KERNEL_OK);
    EXPECT(sys_reply(token, &message), ERROR_TOKEN); /* once only */
    let_others_run();
    EXPECT(job.done, true);
    helper_end(&helpers[0]);
    EXPECT(sys_reply(token, &message), ERROR_TOKEN); /* its frame is free now */
    EXPECT(destroy(job.endpoint), KERNEL_OK);
}

static void a_stopped_callers_token_is_stale(void)
{
    struct call_job job = {.endpoint = make_object(OBJECT_ENDPOINT)};
    helper_start(&helpers[0], make_call, &job);
    struct message message = {0};
    EXPECT(sys_wait(job.endpoint, &message), KERNEL_OK);
    EXPECT(sys_thread_stop(helpers[0].thread), KERNEL_OK);
    EXPECT(sys_reply(message.reply_token, &message), ERROR_TOKEN);
    EXPECT(sys_thread_start(helpers[0].thread), KERNEL_OK);
    let_others_run();
    EXPECT(job.done, true);
    EXPECT(job.status, ERROR_DEAD);
    helper_end(&helpers[0]);
    EXPECT(destroy(job.endpoint), KERNEL_OK);
}

static void a_destroyed_endpoint_lets_its_senders_go(void)
{
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    struct call_job jobs[3] = {
        {.endpoint = endpoint}, {.endpoint = endpoint}, {.endpoint = endpoint}};
    for (unsigned i = 0; i < 3; i++)
        helper_start(&helpers[i], make_call, &jobs[i]);
    let_others_run();
    EXPECT(destroy(endpoint), KERNEL_OK);
    let_others_run();
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(jobs[i].done, true);
        EXPECT(jobs[i].status, ERROR_DEAD);
        helper_end(&helpers[i]);
    }
}

static void a_destroyed_endpoint_lets_its_receivers_go(void)
{
    struct call_job job = {.endpoint = make_object(OBJECT_ENDPOINT)};
    helper_start(&helpers[0], make_wait, &job);
    let_others_run();
    EXPECT(destroy(job.endpoint), KERNEL_OK);
    let_others_run();
    EXPECT(job.done, true);
    EXPECT(job.status, ERROR_BAD_HANDLE);
    helper_end(&helpers[0]);
}

/* A sender in the middle of a queue ends; the others stay in order. */
static void a_queue_survives_the_end_of_a_sender(void)
{
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    struct call_job jobs[3] = {
        {.endpoint = endpoint}, {.endpoint = endpoint}, {.endpoint = endpoint}};
    for (unsigned i = 0; i < 3; i++) {
        jobs[i].message.words[0] = i;
        helper_start(&helpers[i], make_call, &jobs[i]);
        let_others_run();
    }
    helper_end(&helpers[1]);
    struct message message = {0};
    EXPECT(sys_wait(endpoint, &message), KERNEL_OK);
    EXPECT(message.words[0], 0);
    EXPECT(sys_reply_and_wait(message.reply_token, endpoint, &message), KERNEL_OK);
    EXPECT(message.words[0], 2);
    EXPECT(sys_reply(message.reply_token, &message), KERNEL_OK);
    let_others_run();
    helper_end(&helpers[0]);
    helper_end(&helpers[2]);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

/* The server takes the call and dies before it answers. */
static void a_dead_servers_callers_are_told(void)
{
    struct child child;
    struct call_job job = {.endpoint = make_object(OBJECT_ENDPOINT)};
    child_make(&child);
    EXPECT(sys_handle_copy(job.endpoint, child.task, RIGHT_ALL, 0, 0), 1);
    child_run(&child,
              &(struct thread_registers){.rip = CHILD_SYSTEM_CALL, .rax = SYS_WAIT, .rdi = 1});
    helper_start(&helpers[0], make_call, &job);
    let_others_run();
    EXPECT(job.done, false);
    child_end(&child);
    let_others_run();
    EXPECT(job.done, true);
    EXPECT(job.status, ERROR_DEAD);
    helper_end(&helpers[0]);
    EXPECT(destroy(job.endpoint), KERNEL_OK);
}

/* Debug builds print a line about this one. */
static void two_tasks_that_call_each_other_harm_only_themselves(void)
{
    struct child child;
    struct call_job job = {.endpoint = make_object(OBJECT_ENDPOINT)};
    uint32_t ours = make_object(OBJECT_ENDPOINT);
    struct message message = {0};
    child_make(&child);
    EXPECT(sys_handle_copy(job.endpoint, child.task, RIGHT_ALL, 0, 0), 1);
    EXPECT(sys_handle_copy(ours, child.task, RIGHT_ALL, 0, 0), 2);

    /* The child is its endpoint's server: it received once. */
    child_run(&child,
              &(struct thread_registers){.rip = CHILD_SYSTEM_CALL, .rax = SYS_WAIT, .rdi = 1});
    let_others_run();
    EXPECT(sys_thread_stop(child.thread), KERNEL_OK);
    child_run(&child,
              &(struct thread_registers){.rip = CHILD_SYSTEM_CALL, .rax = SYS_CALL, .rdi = 2});
    EXPECT(sys_wait(ours, &message), KERNEL_OK);
    helper_start(&helpers[0], make_call, &job); /* up, while the child waits for us */
    let_others_run();
    EXPECT(job.done, false);
    child_end(&child);
    EXPECT(sys_reply(message.reply_token, &message), ERROR_TOKEN);
    EXPECT(destroy(job.endpoint), KERNEL_OK);
    let_others_run();
    EXPECT(job.status, ERROR_DEAD);
    helper_end(&helpers[0]);
    EXPECT(destroy(ours), KERNEL_OK);
}

static void only_permitted_handles_travel(void)
{
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    uint32_t weak = (uint32_t)sys_handle_copy(endpoint, 0, RIGHT_SEND, 0, 0);
    struct message message = {.tag = MAKE_TAG(0, 0, 1), .words = {[5] = weak}};
    EXPECT(sys_call(endpoint, &message), ERROR_RIGHTS);
    message = (struct message){.tag = MAKE_TAG(0, 0, 1), .words = {[5] = 12345}};
    EXPECT(sys_call(endpoint, &message), ERROR_BAD_HANDLE);
    message = (struct message){.tag = MAKE_TAG(0, 0, 5)};
    EXPECT(sys_call(endpoint, &message), ERROR_ARGUMENT);
    message = (struct message){.tag = MAKE_TAG(0, 0, 15)};
    EXPECT(sys_call(endpoint, &message), ERROR_ARGUMENT);

    struct call_job job = {.endpoint = endpoint};
    job.message.tag = MAKE_TAG(0, 0, 2);
    job.message.words[4] = (uint32_t)sys_handle_copy(endpoint, 0, RIGHT_SEND | RIGHT_COPY, 9, 0);
    job.message.words[5] = BOOT_HANDLE_MEMORY;
    helper_start(&helpers[0], make_call, &job);
    EXPECT(sys_wait(endpoint, &message), KERNEL_OK);
    EXPECT(sys_handle_info((uint32_t)message.words[4]), OBJECT_ENDPOINT | (RIGHT_SEND | RIGHT_COPY)
                                                                              << 8);
    EXPECT(sys_handle_info((uint32_t)message.words[5]), OBJECT_MEMORY | RIGHT_ALL << 8);
    EXPECT(sys_handle_close((uint32_t)message.words[5]), KERNEL_OK);
    helper_end(&helpers[0]);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

/* The wait of the thread that a notification is bound to ends with its bits. */
static void notifications_end_waits(void)
{
    uint32_t notification = make_object(OBJECT_NOTIFICATION);
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    struct message message = {0};
    EXPECT(sys_wait(0, &message), ERROR_STATE); /* nothing is bound: it would sleep for ever */
    EXPECT(sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, notification, 0), KERNEL_OK);
    EXPECT(sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, notification, 0),
           ERROR_OCCUPIED);
    EXPECT(sys_notify(notification, 5), KERNEL_OK);
    EXPECT(sys_notify(notification, 8), KERNEL_OK);
    EXPECT(sys_wait(endpoint, &message), KERNEL_OK);
    EXPECT(TAG_KIND(message.tag), MESSAGE_NOTIFICATION);
    EXPECT(message.words[0], 13);

    uint64_t start = sys_clock_read();
    EXPECT(sys_clock_arm(notification, 2, start + 3000000), KERNEL_OK);
    EXPECT(sys_wait(endpoint, &message), KERNEL_OK);
    EXPECT(message.words[0], 2);
    EXPECT(sys_clock_read() >= start + 3000000, true);
    EXPECT(sys_clock_arm(notification, 4, 1), KERNEL_OK); /* long past */
    EXPECT(sys_wait(0, &message), KERNEL_OK);
    EXPECT(message.words[0], 4);
    EXPECT(sys_clock_arm(notification, 4, UINT64_MAX), KERNEL_OK);
    EXPECT(destroy(notification), KERNEL_OK); /* with its timer armed */
    EXPECT(sys_wait(0, &message), ERROR_STATE);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

/* Many timers at once come in the order of their deadlines. */
static void timers_come_in_order(void)
{
    enum { TIMERS = 12 };
    uint32_t timers[TIMERS];
    struct call_job job = {.endpoint = 0};
    uint64_t now = sys_clock_read();
    for (unsigned i = 0; i < TIMERS; i++) {
        timers[i] = make_object(OBJECT_NOTIFICATION);
        EXPECT(sys_clock_arm(timers[i], 1, now + 1000000 * (1 + (i * 7) % TIMERS)), KERNEL_OK);
    }
    for (unsigned turn = 0; turn < TIMERS; turn++) {
        unsigned due = 0;
        while ((due * 7) % TIMERS != turn)
            due++;
        EXPECT(sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, timers[due], 0), KERNEL_OK);
        EXPECT(sys_wait(0, &job.message), KERNEL_OK);
        EXPECT(sys_clock_read() >= now + 1000000 * (1 + turn), true);
        EXPECT(destroy(timers[due]), KERNEL_OK);
    }
}

/* ---------------------------------------------------------------- scheduling */

static volatile uint64_t spins[2];

static void spin(void *argument)
{
    volatile uint64_t *counter = argument;
    for (;;)
        ++*counter;
}

/* Neither gives up the processor of its own will; both must get on, and so must we. */
static void a_spinning_thread_holds_nobody_up(void)
{
    uint32_t notification = make_object(OBJECT_NOTIFICATION);
    struct message message = {0};
    EXPECT(sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, notification, 0), KERNEL_OK);
    helper_start(&helpers[0], spin, (void *)&spins[0]);
    helper_start(&helpers[1], spin, (void *)&spins[1]);
    EXPECT(sys_thread(helpers[0].thread, THREAD_SET_PRIORITY, 4, 0), KERNEL_OK);
    EXPECT(sys_thread(helpers[1].thread, THREAD_SET_PRIORITY, 4, 0), KERNEL_OK);
    EXPECT(sys_thread(helpers[1].thread, THREAD_SET_PRIORITY, 32, 0), ERROR_ARGUMENT);
    EXPECT(sys_clock_arm(notification, 1, sys_clock_read() + 60000000), KERNEL_OK);
    EXPECT(sys_wait(0, &message), KERNEL_OK);
    EXPECT(spins[0] > 0 && spins[1] > 0, true);
    helper_end(&helpers[0]);
    helper_end(&helpers[1]);
    EXPECT(destroy(notification), KERNEL_OK);
}

const struct hostile_test message_tests[] = {
    {"a message arrives whole", a_message_arrives_whole},
    {"wrong tokens answer nobody", wrong_tokens_answer_nobody},
    {"a stopped caller's token is stale", a_stopped_callers_token_is_stale},
    {"a destroyed endpoint lets its senders go", a_destroyed_endpoint_lets_its_senders_go},
    {"a destroyed endpoint lets its receivers go", a_destroyed_endpoint_lets_its_receivers_go},
    {"a queue survives the end of a sender", a_queue_survives_the_end_of_a_sender},
    {"a dead server's callers are told", a_dead_servers_callers_are_told},
    {"two tasks that call each other harm only themselves",
     two_tasks_that_call_each_other_harm_only_themselves},
    {"only permitted handles travel", only_permitted_handles_travel},
    {"notifications end waits", notifications_end_waits},
    {"timers come in order", timers_come_in_order},
    {"a spinning thread holds nobody up", a_spinning_thread_holds_nobody_up},
    {NULL, NULL},
};
