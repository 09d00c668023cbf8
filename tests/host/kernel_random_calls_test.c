/*
 * Random system calls, biased towards almost right ones, from several threads of two tasks.
 * Whatever they do, the frame-table invariant holds, and nothing trips ASan or UBSan.
 */
#include "debug.h"
#include "kernel_fake_machine.h"

enum { PLAYS = 150, EVENTS = 2000, VERIFY_EVERY = 16, HANDLES = 40, FRAMES = 64 };

static uint64_t random_state;
static unsigned calls_made, calls_done[SYS_COUNT]; /* done: without error */
static unsigned splits_done;
static uint64_t pool; /* the first of FRAMES frames that the calls play with */
static union {
    struct page_batch batch;
    struct object_create create;
    struct thread_registers registers;
} argument;
static struct page_operation operations[8];
static bool split_wanted[8];
static uint64_t tables[64];

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t random_below(uint64_t limit)
{
    return next_random() % limit;
}
static uint64_t random_frame(void)
{
    return pool + random_below(FRAMES) * PAGE_SIZE;
}
static uint64_t random_handle(void)
{
    return random_below(HANDLES);
}

static uint64_t random_address(void)
{
    const uint64_t bases[] = {0x400000, 0x100000000000, 0x7fffffe00000, USER_ADDRESS_LIMIT};
    return bases[random_below(4)] + random_below(4) * PAGE_SIZE + random_below(2) * LARGE_PAGE_SIZE;
}

static uint64_t random_descriptor(void)
{
    uint64_t descriptor = PAGE_PRESENT | (next_random() & (PAGE_WRITE | PAGE_EXECUTE));
    if (random_below(8) == 0)
        return descriptor | PAGE_LARGE | random_below(4) * LARGE_PAGE_SIZE;
    if (random_below(8) == 0)
        return PAGE_LARGE; /* a split */
    return descriptor | random_frame();
}

static uint64_t make_batch(uint64_t number)
{
    argument.batch = (struct page_batch){.operations = (uint64_t)operations,
                                         .table_frames = (uint64_t)tables,
                                         .count = (uint32_t)random_below(9),
                                         .authority = BOOT_HANDLE_MEMORY,
                                         .flags = number == SYS_UNMAP ? next_random() & 1 : 0};
    if (number == SYS_MAP)
        argument.batch.table_count = (uint32_t)random_below(6);
    for (unsigned i = 0; i < 6; i++)
        tables[i] = random_frame();
    for (unsigned i = 0; i < 8; i++)
        operations[i] = (struct page_operation){
            .address = random_address(),
            .page = number == SYS_MAP ? random_descriptor() : next_random() & 0x66,
            .task = random_below(4) ? BOOT_HANDLE_TASK : (uint32_t)random_handle()};
    for (unsigned i = 0; i < 8; i++) {
        split_wanted[i] = operations[i].page == PAGE_LARGE;
        if (operations[i].page & PAGE_LARGE && random_below(8) != 0)
            operations[i].address &= ~(LARGE_PAGE_SIZE - 1);
    }
    return (uint64_t)&argument.batch;
}

/* Of the type's own kind, mostly. */
static uint32_t random_parent(uint32_t type)
{
    if (random_below(4) == 0)
        return (uint32_t)random_handle();
    return type == OBJECT_IRQ     ? BOOT_HANDLE_IRQ
           : type == OBJECT_PORTS ? BOOT_HANDLE_PORTS
                                  : BOOT_HANDLE_TASK;
}

static uint64_t make_creation(void)
{
    uint32_t type = (uint32_t)random_below(9);
    argument.create =
        (struct object_create){.authority = BOOT_HANDLE_MEMORY,
                               .type = type,
                               .frames = {random_frame(), random_frame(), random_frame()},
                               .slot = (uint32_t)random_below(4),
                               .parent = random_parent(type),
                               .argument = random_below(2) ? IRQ_MSI : random_below(30)};
    return (uint64_t)&argument.create;
}

static void random_call(void)
{
    struct thread_registers *registers = &current_thread()->context.registers;
    uint64_t number = random_below(SYS_DEBUG);
    uint64_t rdi = random_handle(), rsi = random_below(12), rdx = random_handle();
    uint64_t r8 = random_below(3) ? random_frame() : RIGHT_ALL, r9 = 0, r10 = random_below(HANDLES);
    switch (number) {
    case SYS_MAP:
    case SYS_UNMAP:
    case SYS_PROTECT: rdi = make_batch(number); break;
    case SYS_OBJECT_CREATE: rdi = make_creation(); break;
    case SYS_OBJECT_DESTROY:
        if (random_below(4) != 0)
            number = SYS_NOTIFY; /* or nothing would live long */
        break;
    case SYS_CALL: rsi = MAKE_TAG(0, 6, random_below(3)); break;
    case SYS_REPLY:
    case SYS_REPLY_AND_WAIT: {
        struct thread *caller = fake_caller_of(current_thread()->task);
        rdi = caller != NULL && random_below(4) ? caller->reply_token : random_below(3);
        rsi = MAKE_TAG(random_below(5), 4, 0);
        rdx = random_descriptor();
        r8 = random_frame();
        r9 = random_frame();
        r10 = random_frame();
        registers->r14 = random_handle();
        break;
    }
    case SYS_THREAD:
        if (random_below(8) == 0)
            rsi = TASK_SET_FAULT_ENDPOINT + random_below(2); /* a foreign first task is a panic */
        argument.registers = (struct thread_registers){.rip = 0x400000};
        if (rsi == THREAD_SET_REGISTERS || rsi == THREAD_GET_REGISTERS || rsi == THREAD_INFO)
            rdx = (uint64_t)&argument;
        break;
    default: break;
    }
    /* A thread that blocks in its call still has the number where the status will be. */
    calls_made++;
    if (fake_call(number, rdi, rsi, rdx, r8, r9, r10) < KERNEL_OK)
        return;
    calls_done[number]++;
    for (unsigned i = 0; number == SYS_MAP && i < argument.batch.count; i++)
        splits_done += (operations[i].page & PAGE_LARGE) && operations[i].status == KERNEL_OK &&
                       split_wanted[i];
}

/* Faults too; the first task's own would end the system. */
static void random_event(void)
{
    struct thread *current = current_thread();
    fake.nanoseconds += random_below(2000000);
    if (current == NULL || random_below(16) == 0)
        timer_interrupt();
    else if (!current->task->first && random_below(4) == 0)
        user_fault(current, random_address(), FAULT_ACCESS_WRITE);
    else if (!current->task->first && random_below(4) == 0)
        user_exception(current, 13, 0);
    else
        random_call();
}

/* Everybody waits for somebody. False: the first thread was destroyed or killed. */
static bool wake_first_thread(void)
{
    struct thread *thread = fake_first_thread();
    if (thread->object.id == 0 || thread->killed)
        return false;
    thread_stop(thread, ERROR_DEAD);
    scheduler_make_ready(thread);
    scheduler_settle();
    return true;
}

static void play(uint64_t seed)
{
    random_state = seed * 0x9e3779b97f4a7c15ull + 1;
    fake_set_up(NULL);
    pool = fake.next_frame;
    fake.next_frame += FRAMES * PAGE_SIZE;
    int64_t other =
        fake_create(OBJECT_TASK, 0, 0, fake_take_frame(), fake_take_frame(), fake_take_frame(), 0);
    fake_make_thread((uint32_t)other);
    fake_make_thread(BOOT_HANDLE_TASK);
    for (unsigned i = 0; i < 6; i++) {
        uint32_t endpoint = fake_make(OBJECT_ENDPOINT);
        fake_make(OBJECT_NOTIFICATION);
        fake_call(SYS_HANDLE, endpoint, HANDLE_COPY, (uint64_t)other, RIGHT_ALL, 0, 0);
    }
    fake_call(SYS_HANDLE, BOOT_HANDLE_MEMORY, HANDLE_COPY, (uint64_t)other, RIGHT_ALL, 0, 0);
    fake_create(OBJECT_PORTS, BOOT_HANDLE_PORTS, 1 << 16, fake_take_frame(), 0, 0, 0);

    for (unsigned i = 0; i < EVENTS; i++) {
        if (current_thread() == NULL && !wake_first_thread())
            break;
        random_event();
        if (i % VERIFY_EVERY == 0)
            assert_int_equal(frame_table_verify(), 0);
    }
    fake_tear_down(NULL);
}

static void no_system_call_breaks_the_invariant(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= PLAYS; seed++)
        play(seed);
    /* Not vacuous: the calls go on, and each kind succeeds now and then. */
    assert_true(calls_made > PLAYS * EVENTS / 8);
    for (unsigned number = SYS_VERSION; number < SYS_DEBUG; number++) {
        if (calls_done[number] < PLAYS / 10)
            fail_msg("system call %u succeeded too seldom", number);
    }
    assert_true(splits_done > PLAYS / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_system_call_breaks_the_invariant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
