/*
 * Faults and exceptions of a child, and pagers that answer them wrongly.
 */
#include "hostile.h"

#define STORE_ADDRESS 0x12345678000ull

static void wait_for_child(struct child *child, struct message *message, enum message_kind kind)
{
    EXPECT(sys_wait(child->fault_endpoint, message), KERNEL_OK);
    EXPECT(message->badge, CHILD_BADGE);
    EXPECT(TAG_KIND(message->tag), kind);
}

static void child_store(struct child *child, struct message *message)
{
    child_run(child,
              &(struct thread_registers){.rip = CHILD_STORE, .rax = STORE_ADDRESS + 8, .rbx = 42});
    wait_for_child(child, message, MESSAGE_FAULT);
    EXPECT(message->words[FAULT_ADDRESS], STORE_ADDRESS + 8);
    EXPECT(message->words[FAULT_ACCESS], FAULT_ACCESS_WRITE);
    EXPECT(message->words[FAULT_IP], CHILD_STORE);
}

static struct message map_answer(uint64_t descriptor, uint64_t table0, uint64_t table1,
                                 uint64_t table2)
{
    return (struct message){.tag = MAKE_TAG(FAULT_MAP, 4, 0),
                            .words = {descriptor, table0, table1, table2}};
}

static void a_fault_is_answered_with_a_mapping(void)
{
    struct child child;
    struct message message = {0};
    child_make(&child);
    EXPECT(sys_thread(child.thread, THREAD_SET_NAME, 0xabc, 0), KERNEL_OK);
    child_store(&child, &message);
    EXPECT(message.words[FAULT_THREAD], 0xabc);

    uint64_t frame = take_frame();
    struct message answer =
        map_answer(frame | PAGE_PRESENT | PAGE_WRITE, take_frame(), take_frame(), take_frame());
    EXPECT(sys_reply_and_wait(message.reply_token, child.fault_endpoint, &answer), KERNEL_OK);
    EXPECT(TAG_KIND(answer.tag), MESSAGE_EXCEPTION); /* the ud2 after the store */
    EXPECT(TAG_LABEL(answer.tag), 6);
    uint64_t *word = map_scratch(0, frame);
    EXPECT(word[1], 42);
    unmap_scratch(0);
    child_end(&child);
}

/* The child is stopped for good, the replier gets the error, nobody else notices. */
static void wrong_answer(struct message answer, int64_t error)
{
    struct child child;
    struct message message = {0};
    child_make(&child);
    child_store(&child, &message);
    EXPECT(sys_reply(message.reply_token, &answer), error);
    EXPECT(sys_reply(message.reply_token, &answer), ERROR_TOKEN);
    EXPECT(sys_thread_start(child.thread), ERROR_STATE);
    child_end(&child);
}

static void wrong_answers_stop_only_the_faulting_thread(void)
{
    uint64_t good = take_frame() | PAGE_PRESENT | PAGE_WRITE;
    wrong_answer(map_answer(good, 0, 0, 0), ERROR_NO_TABLE);
    wrong_answer(map_answer(0, 0, 0, 0), ERROR_ARGUMENT);
    wrong_answer(map_answer(good | PAGE_LARGE, 0, 0, 0), ERROR_ARGUMENT);
    wrong_answer(map_answer(boot->page_table_root | PAGE_PRESENT | PAGE_WRITE, take_frame(),
                            take_frame(), take_frame()),
                 ERROR_FRAME);
    uint64_t table = take_frame();
    wrong_answer(map_answer(good, table, table, table), ERROR_FRAME);
    wrong_answer(map_answer(good, take_frame() + 1, take_frame(), take_frame()), ERROR_ARGUMENT);
    wrong_answer((struct message){.tag = MAKE_TAG(77, 0, 0)}, ERROR_ARGUMENT);
    wrong_answer((struct message){.tag = MAKE_TAG(FAULT_MAP_BATCH, 1, 0), .words = {8}},
                 ERROR_ADDRESS);
    wrong_answer((struct message){.tag = MAKE_TAG(FAULT_KILL, 0, 0)}, KERNEL_OK);
}

static void a_retried_fault_comes_again(void)
{
    struct child child;
    struct message message = {0};
    child_make(&child);
    child_store(&child, &message);
    message.tag = MAKE_TAG(FAULT_RETRY, 0, 0);
    EXPECT(sys_reply_and_wait(message.reply_token, child.fault_endpoint, &message), KERNEL_OK);
    EXPECT(TAG_KIND(message.tag), MESSAGE_FAULT);
    EXPECT(message.words[FAULT_ADDRESS], STORE_ADDRESS + 8);
    child_end(&child);
}

static void a_child_cannot_touch_the_kernel(void)
{
    const uint64_t kernel[] = {0xffff800000000000ull, 0xffffffff80100000ull, UINT64_MAX - 7};
    for (unsigned i = 0; i < 3; i++) {
        struct child child;
        struct message message = {0};
        child_make(&child);
        child_run(&child, &(struct thread_registers){.rip = CHILD_STORE, .rax = kernel[i]});
        wait_for_child(&child, &message, MESSAGE_FAULT);
        struct message answer =
            map_answer(take_frame() | PAGE_PRESENT, take_frame(), take_frame(), take_frame());
        EXPECT(sys_reply(message.reply_token, &answer), ERROR_ARGUMENT);
        child_end(&child);
    }
}

static void an_exception_is_resumed_elsewhere(void)
{
    struct child child;
    struct message message = {0};
    struct thread_registers registers;
    child_make(&child);
    /* A system call that does not exist. */
    child_run(&child, &(struct thread_registers){.rip = CHILD_SYSTEM_CALL, .rax = 999, .rbx = 1});
    wait_for_child(&child, &message, MESSAGE_EXCEPTION);
    EXPECT(TAG_LABEL(message.tag), EXCEPTION_SYSTEM_CALL);
    EXPECT(message.words[EXCEPTION_RAX], 999);
    EXPECT(message.words[EXCEPTION_IP], CHILD_SYSTEM_CALL + 2);
    EXPECT(sys_thread(message.reply_token, THREAD_BY_TOKEN | THREAD_GET_REGISTERS,
                      (uint64_t)&registers, 0),
           KERNEL_OK);
    EXPECT(registers.rbx, 1);
    EXPECT(sys_thread(message.reply_token + 1, THREAD_BY_TOKEN | THREAD_GET_REGISTERS,
                      (uint64_t)&registers, 0),
           ERROR_TOKEN);
    EXPECT(sys_thread(message.reply_token, THREAD_BY_TOKEN | THREAD_START, 0, 0), ERROR_ARGUMENT);
    registers.rflags = ~0ull; /* interrupts off, I/O privilege: not for users */
    EXPECT(sys_thread(message.reply_token, THREAD_BY_TOKEN | THREAD_SET_REGISTERS,
                      (uint64_t)&registers, 0),
           KERNEL_OK);
    message.tag = MAKE_TAG(EXCEPTION_RESUME, 2, 0);
    message.words[0] = CHILD_SPIN;
    message.words[1] = 0;
    EXPECT(sys_reply(message.reply_token, &message), KERNEL_OK);
    let_others_run(); /* comes back only because the child can be interrupted */
    EXPECT(sys_thread_stop(child.thread), KERNEL_OK);
    EXPECT(sys_thread_get_registers(child.thread, &registers), KERNEL_OK);
    EXPECT(registers.rax > 0, true);
    EXPECT(registers.rflags & 0x3000, 0);
    child_end(&child);
}

static void a_wild_resumption_is_refused(void)
{
    struct child child;
    struct message message = {0};
    struct thread_registers registers = {.rip = 0x800000000000ull};
    child_make(&child);
    EXPECT(sys_thread_set_registers(child.thread, &registers), ERROR_ARGUMENT);
    registers = (struct thread_registers){.rip = CHILD_CODE, .fs_base = 0xffff800000000000ull};
    EXPECT(sys_thread_set_registers(child.thread, &registers), ERROR_ARGUMENT);
    EXPECT(sys_thread(child.thread, THREAD_SET_FS_BASE, 0x8000000000000000ull, 0), ERROR_ARGUMENT);
    child_run(&child, &(struct thread_registers){.rip = CHILD_SYSTEM_CALL + 2});
    wait_for_child(&child, &message, MESSAGE_EXCEPTION);
    message.tag = MAKE_TAG(EXCEPTION_RESUME, 2, 0);
    message.words[0] = 0xffffffff80100000ull;
    EXPECT(sys_reply(message.reply_token, &message), ERROR_ARGUMENT);
    child_end(&child);
}

static void a_foreign_task_makes_no_system_calls(void)
{
    struct child child;
    struct message message = {0};
    child_make(&child);
    EXPECT(sys_thread(child.task, TASK_SET_FOREIGN, 2, 0), ERROR_ARGUMENT);
    EXPECT(sys_thread(child.task, TASK_SET_FOREIGN, 1, 0), KERNEL_OK);
    child_run(&child, &(struct thread_registers){.rip = CHILD_SYSTEM_CALL, .rax = SYS_VERSION});
    wait_for_child(&child, &message, MESSAGE_EXCEPTION);
    EXPECT(TAG_LABEL(message.tag), EXCEPTION_SYSTEM_CALL);
    child_end(&child);
}

/* Nobody is there to hear it: the thread stops, with a line on the console. */
static void a_fault_without_a_pager_stops_the_thread(void)
{
    struct child child;
    struct thread_info info;
    child_make(&child);
    EXPECT(sys_thread(child.task, TASK_SET_FAULT_ENDPOINT, 0, 0), KERNEL_OK);
    child_run(&child, &(struct thread_registers){.rip = CHILD_STORE, .rax = STORE_ADDRESS});
    let_others_run();
    EXPECT(sys_thread(child.thread, THREAD_INFO, (uint64_t)&info, 0), KERNEL_OK);
    EXPECT(info.state, THREAD_STOPPED);
    EXPECT(sys_thread_start(child.thread), ERROR_STATE);
    child_end(&child);
}

static void a_big_task_dies_in_steps_and_leaves_nothing(void)
{
    enum { PAGES = 64 };
    struct child child;
    child_make(&child);
    uint64_t frame = take_frame();
    /* The same frame in as many leaf tables. */
    for (uint64_t i = 0; i < PAGES; i++)
        EXPECT(map_page_and_tables(child.task, STORE_ADDRESS + i * LARGE_PAGE_SIZE,
                                   frame | PAGE_PRESENT),
               KERNEL_OK);
    EXPECT(sys_object_destroy(child.task), ERROR_AGAIN);
    EXPECT(map_page(child.task, STORE_ADDRESS, frame | PAGE_PRESENT), ERROR_STATE);
    EXPECT(sys_thread_start(child.thread), ERROR_BAD_HANDLE);
    child_end(&child);

    /* Everything is free: the frames can be anything. */
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, child.code_frame, 0, 0, 0) > 0, true);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, child.task_frame, 0, 0, 0) > 0, true);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, child.thread_frame, 0, 0, 0) > 0, true);
    EXPECT(create(OBJECT_ENDPOINT, 0, 0, frame, 0, 0, 0) > 0, true);
}

/* What fork does: a copy of a blocked thread's state goes on in another task. */
static void a_threads_state_is_copied(void)
{
    struct child parent, child;
    struct message message = {0};
    child_make(&parent);
    child_make(&child);
    uint32_t endpoint = make_object(OBJECT_ENDPOINT);
    EXPECT(sys_handle_copy(endpoint, parent.task, RIGHT_ALL, 0, 0), 1);
    child_run(&parent, &(struct thread_registers){
                           .rip = CHILD_SYSTEM_CALL, .rax = SYS_CALL, .rdi = 1, .r15 = 15});
    EXPECT(sys_wait(endpoint, &message), KERNEL_OK);
    EXPECT(sys_thread(child.thread, THREAD_COPY_STATE, child.thread, 0), ERROR_STATE);
    EXPECT(sys_thread(child.thread, THREAD_COPY_STATE, BOOT_HANDLE_THREAD, 0), ERROR_STATE);
    EXPECT(sys_thread(child.thread, THREAD_COPY_STATE, parent.thread, 77), KERNEL_OK);
    EXPECT(sys_thread_start(child.thread), KERNEL_OK);
    wait_for_child(&child, &message, MESSAGE_EXCEPTION);
    EXPECT(message.words[EXCEPTION_RAX], 77);
    EXPECT(message.words[EXCEPTION_IP], CHILD_SYSTEM_CALL + 2);
    child_end(&child);
    child_end(&parent);
    EXPECT(destroy(endpoint), KERNEL_OK);
}

const struct hostile_test fault_tests[] = {
    {"a fault is answered with a mapping", a_fault_is_answered_with_a_mapping},
    {"wrong answers stop only the faulting thread", wrong_answers_stop_only_the_faulting_thread},
    {"a retried fault comes again", a_retried_fault_comes_again},
    {"a child cannot touch the kernel", a_child_cannot_touch_the_kernel},
    {"an exception is resumed elsewhere", an_exception_is_resumed_elsewhere},
    {"a wild resumption is refused", a_wild_resumption_is_refused},
    {"a foreign task makes no system calls", a_foreign_task_makes_no_system_calls},
    {"a fault without a pager stops the thread", a_fault_without_a_pager_stops_the_thread},
    {"a big task dies in steps and leaves nothing", a_big_task_dies_in_steps_and_leaves_nothing},
    {"a thread's state is copied", a_threads_state_is_copied},
    {NULL, NULL},
};
