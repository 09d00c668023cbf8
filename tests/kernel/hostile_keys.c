/*
 * Protection keys: faults that they cause, whose they are, and that the kernel obeys them. On a CPU
 * without them, that no mapping has one.
 */
#include "hostile.h"

#define KEY(number) ((uint64_t)(number) << PAGE_KEY_SHIFT)
#define CHILD_PAGE 0x12345678000ull
/* Two bits a key: no access, no writes. A thread begins with key 0 only. */
#define RIGHTS_AT_START 0x55555554u
#define RIGHTS_ALL 0u
#define RIGHTS_READ_KEY_1 0x55555558u
#define RIGHTS_A 0xaaaaaaa8u
#define RIGHTS_B 0x55555550u

static bool keys_here(void)
{
    return boot->cpu_features & BOOT_CPU_PROTECTION_KEYS;
}

/* RDPKRU and WRPKRU by bytes. */
static uint32_t rights(void)
{
    uint32_t value;
    __asm__ volatile(".byte 0x0f, 0x01, 0xee" : "=a"(value) : "c"(0) : "rdx");
    return value;
}

static void set_rights(uint32_t value)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xef" : : "a"(value), "c"(0), "d"(0) : "memory");
}

/* ---------------------------------------------------------------- faults */

static void a_mapping_has_a_key_only_where_the_cpu_has_them(void)
{
    uint64_t frame = take_frame(), old = 0;
    uint64_t descriptor = frame | PAGE_PRESENT | PAGE_WRITE | KEY(15);
    EXPECT(map_page_and_tables(BOOT_HANDLE_TASK, SCRATCH_ADDRESS, descriptor),
           keys_here() ? KERNEL_OK : ERROR_ARGUMENT);
    if (!keys_here())
        return;
    EXPECT(unmap_page(BOOT_HANDLE_TASK, SCRATCH_ADDRESS, &old), KERNEL_OK);
    EXPECT(old, descriptor);
}

static void a_store_against_a_key_is_reported_as_such(void)
{
    struct child child;
    struct message message = {0};
    if (!keys_here())
        return;
    child_make(&child);
    uint64_t frame = take_frame();
    EXPECT(map_page_and_tables(child.task, CHILD_PAGE, frame | PAGE_PRESENT | PAGE_WRITE | KEY(1)),
           KERNEL_OK);
    child_run(&child,
              &(struct thread_registers){.rip = CHILD_STORE, .rax = CHILD_PAGE + 8, .rbx = 42});
    set_rights(RIGHTS_ALL); /* of this thread, not of the child */
    EXPECT(sys_wait(child.fault_endpoint, &message), KERNEL_OK);
    EXPECT(rights(), RIGHTS_ALL);
    EXPECT(TAG_KIND(message.tag), MESSAGE_FAULT);
    EXPECT(message.words[FAULT_ADDRESS], CHILD_PAGE + 8);
    EXPECT(message.words[FAULT_ACCESS],
           FAULT_ACCESS_PRESENT | FAULT_ACCESS_WRITE | FAULT_ACCESS_KEY);

    /* With key 0 the same store is done. */
    struct message answer = {.tag = MAKE_TAG(FAULT_MAP, 4, 0),
                             .words = {frame | PAGE_PRESENT | PAGE_WRITE}};
    EXPECT(sys_reply_and_wait(message.reply_token, child.fault_endpoint, &answer), KERNEL_OK);
    EXPECT(TAG_KIND(answer.tag), MESSAGE_EXCEPTION);
    uint64_t *word = map_scratch(0, frame);
    EXPECT(word[1], 42);
    unmap_scratch(0);
    set_rights(RIGHTS_AT_START);
    child_end(&child);
}

/* ---------------------------------------------------------------- whose they are */

struct key_job {
    uint32_t endpoint, at_start, mine, after_call;
    struct message message;
    volatile uint64_t turns, wrong;
    volatile bool done;
};

static void call_with_rights(void *argument)
{
    struct key_job *job = argument;
    job->at_start = rights();
    set_rights(job->mine);
    sys_call(job->endpoint, &job->message);
    job->after_call = rights();
    job->done = true;
    helper_rest();
}

static void a_threads_rights_stay_with_it_in_a_call(void)
{
    static struct helper helper;
    if (!keys_here())
        return;
    struct key_job job = {.endpoint = make_object(OBJECT_ENDPOINT), .mine = RIGHTS_A};
    struct message message = {0};
    set_rights(RIGHTS_B);
    helper_start(&helper, call_with_rights, &job);
    EXPECT(sys_wait(job.endpoint, &message), KERNEL_OK);
    EXPECT(rights(), RIGHTS_B);
    EXPECT(sys_reply(message.reply_token, &message), KERNEL_OK);
    let_others_run();
    EXPECT(rights(), RIGHTS_B);
    EXPECT(job.done, true);
    EXPECT(job.at_start, RIGHTS_AT_START);
    EXPECT(job.after_call, RIGHTS_A);
    set_rights(RIGHTS_AT_START);
    helper_end(&helper);
    EXPECT(destroy(job.endpoint), KERNEL_OK);
}

static void spin_with_rights(void *argument)
{
    struct key_job *job = argument;
    set_rights(job->mine);
    while (!job->done) {
        job->turns++;
        job->wrong += rights() != job->mine;
    }
    helper_rest();
}

/* The spinner never blocks: each change of threads is the timer's. */
static void a_threads_rights_stay_with_it_when_it_is_interrupted(void)
{
    static struct helper helper;
    if (!keys_here())
        return;
    struct key_job job = {.mine = RIGHTS_A};
    set_rights(RIGHTS_B);
    helper_start(&helper, spin_with_rights, &job);
    for (unsigned i = 0; i < 4; i++) {
        let_others_run();
        EXPECT(rights(), RIGHTS_B);
    }
    job.done = true;
    let_others_run();
    EXPECT(job.turns > 0, true);
    EXPECT(job.wrong, 0);
    set_rights(RIGHTS_AT_START);
    helper_end(&helper);
}

/* ---------------------------------------------------------------- the kernel's own stores */

static void the_kernel_writes_nothing_that_the_caller_may_not(void)
{
    enum { OPERATIONS = 32 }; /* more than the kernel copies */
    if (!keys_here())
        return;
    uint64_t frame = take_frame();
    EXPECT(map_page_and_tables(BOOT_HANDLE_TASK, SCRATCH_ADDRESS,
                               frame | PAGE_PRESENT | PAGE_WRITE | KEY(1)),
           KERNEL_OK);
    set_rights(RIGHTS_ALL);
    struct page_operation *operations = (struct page_operation *)SCRATCH_ADDRESS;
    for (unsigned i = 0; i < OPERATIONS; i++)
        operations[i] = (struct page_operation){.address = FRESH_ADDRESS, .task = BOOT_HANDLE_TASK};
    struct page_batch batch = {
        .operations = SCRATCH_ADDRESS, .count = OPERATIONS, .authority = BOOT_HANDLE_MEMORY};
    EXPECT(sys_unmap(&batch), KERNEL_OK);
    EXPECT(sys_thread(BOOT_HANDLE_THREAD, THREAD_INFO, SCRATCH_ADDRESS, 0), KERNEL_OK);
    set_rights(RIGHTS_READ_KEY_1);
    EXPECT(sys_unmap(&batch), ERROR_ADDRESS);
    EXPECT(sys_thread(BOOT_HANDLE_THREAD, THREAD_INFO, SCRATCH_ADDRESS, 0), ERROR_ADDRESS);
    set_rights(RIGHTS_AT_START);
    EXPECT(sys_unmap(&batch), ERROR_ADDRESS);
    EXPECT(unmap_page(BOOT_HANDLE_TASK, SCRATCH_ADDRESS, NULL), KERNEL_OK);
}

const struct hostile_test key_tests[] = {
    {"a mapping has a key only where the CPU has them",
     a_mapping_has_a_key_only_where_the_cpu_has_them},
    {"a store against a key is reported as such", a_store_against_a_key_is_reported_as_such},
    {"a thread's rights stay with it in a call", a_threads_rights_stay_with_it_in_a_call},
    {"a thread's rights stay with it when it is interrupted",
     a_threads_rights_stay_with_it_when_it_is_interrupted},
    {"the kernel writes nothing that the caller may not",
     the_kernel_writes_nothing_that_the_caller_may_not},
    {NULL, NULL},
};
