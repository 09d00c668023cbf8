/*
 * What the kernel's machine layer promises to user programs: registers, exceptions, FPU
 * state, time and interrupts. Runs as the first task; a second thread of the same task does
 * what must not hurt anybody.
 */
#include <quire/boot_information.h>
#include <quire/server.h>
#include <quire/system_call.h>
#include <stdbool.h>

#define EXIT_PORT 0xf4
#define SERIAL_PORT 0x3f8
#define SERIAL_LINE_STATUS 0x3fd
#define SERIAL_TRANSMIT_EMPTY 0x20
#define MILLISECOND 1000000ull

static const struct boot_information *boot = (const void *)BOOT_INFORMATION_ADDRESS;
static unsigned passed, failed;
static uint32_t endpoint, notification;
static uint8_t thread_stack[4096] __attribute__((aligned(16)));

/* Straight to the serial port: release kernels have no debug calls. */
static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((sys_port_in(BOOT_HANDLE_PORTS, PORT_IN8, SERIAL_LINE_STATUS) &
                SERIAL_TRANSMIT_EMPTY) == 0)
            ;
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, SERIAL_PORT, (uint8_t)*text);
    }
}

static void check(const char *promise, bool kept)
{
    say("(machine) ");
    say(promise);
    say(kept ? ": ok\n" : ": FAILED\n");
    if (kept)
        passed++;
    else
        failed++;
}

/* Frames from the largest free range, never given back. */
static uint64_t take_frame(void)
{
    static uint64_t next;
    const struct boot_range *ranges = (const void *)((const char *)boot + boot->ranges_offset);
    if (next == 0) {
        const struct boot_range *largest = &ranges[0];
        for (uint32_t i = 0; i < boot->range_count; i++)
            if (ranges[i].kind == BOOT_RANGE_FREE &&
                (largest->kind != BOOT_RANGE_FREE ||
                 ranges[i].length_bytes > largest->length_bytes))
                largest = &ranges[i];
        next = largest->start;
    }
    next += PAGE_SIZE;
    return next - PAGE_SIZE;
}

static int64_t create(enum object_type type, uint32_t parent, uint64_t argument)
{
    struct object_create request = {
        .authority = BOOT_HANDLE_MEMORY,
        .type = type,
        .frames = {take_frame()},
        .parent = parent,
        .argument = argument,
    };
    return sys_object_create(&request);
}

static uint32_t start_thread(void (*code)(void))
{
    int64_t thread = create(OBJECT_THREAD, BOOT_HANDLE_TASK, 0);
    struct thread_registers registers = {
        .rip = (uint64_t)code,
        .rsp = (uint64_t)thread_stack + sizeof(thread_stack) - 8,
    };
    if (thread < 0 || sys_thread_set_registers((uint32_t)thread, &registers) != 0 ||
        sys_thread_start((uint32_t)thread) != 0)
        check("a thread can be made", false);
    return (uint32_t)thread;
}

static bool map_page(uint64_t address, uint64_t rights)
{
    struct page_operation operation = {
        .address = address,
        .page = take_frame() | PAGE_PRESENT | rights,
        .task = BOOT_HANDLE_TASK,
    };
    uint64_t tables[3] = {take_frame(), take_frame(), take_frame()};
    struct page_batch batch = {
        .operations = (uint64_t)&operation,
        .table_frames = (uint64_t)tables,
        .count = 1,
        .table_count = 3,
        .authority = BOOT_HANDLE_MEMORY,
    };
    return sys_map(&batch) == 0 && operation.status == 0;
}

/* ---------------------------------------------------------------- registers */

static void test_registers(void)
{
    uint64_t kept;
    __asm__ volatile("movq $1, %%rbx; movq $2, %%rdi; movq $3, %%rsi; movq $4, %%r8\n\t"
                     "movq $5, %%r9; movq $6, %%r10; movq $7, %%r12; movq $8, %%r13\n\t"
                     "movq $9, %%r14; movq $10, %%r15; xorl %%eax, %%eax\n\t"
                     "stc; syscall\n\t"
                     "setc %%al; movzbl %%al, %%eax\n\t"
                     "addq %%rbx, %%rax; addq %%rdi, %%rax; addq %%rsi, %%rax\n\t"
                     "addq %%r8, %%rax; addq %%r9, %%rax; addq %%r10, %%rax\n\t"
                     "addq %%r12, %%rax; addq %%r13, %%rax; addq %%r14, %%rax\n\t"
                     "addq %%r15, %%rax"
                     : "=a"(kept)
                     :
                     : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13",
                       "r14", "r15", "memory", "cc");
    check("a system call keeps the registers and flags that it does not name", kept == 56);

    /* Alignment check would switch SMAP off, nested task would make IRET fault. */
    __asm__ volatile("pushfq; orq $0x44000, (%%rsp); popfq; movl $0, %%eax; syscall\n\t"
                     "pushfq; andq $~0x44000, (%%rsp); popfq"
                     :
                     :
                     : "rax", "rcx", "rdx", "r11", "memory", "cc");
    check("flags that a user sets do not reach the kernel", true);
}

static void test_user_pointers(void)
{
    static const uint64_t bad[] = {
        0xffff800000000000ull, 0xffffffff80200000ull,  0x0000800000000000ull, 0x8000000000000000ull,
        0xfffffffffffffff0ull, USER_ADDRESS_LIMIT - 8, 0x0000123400000000ull,
    };
    bool refused = true;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (system_call_plain(SYS_OBJECT_CREATE, bad[i], 0, 0, 0, 0, 0).status != ERROR_ADDRESS ||
            sys_thread_get_registers(BOOT_HANDLE_THREAD, (struct thread_registers *)bad[i]) ==
                KERNEL_OK)
            refused = false;
    check("a pointer to what is not the caller's memory is refused", refused);
    check("nothing lies where a system call would return to no address",
          !map_page(0x7ffffffff000, PAGE_WRITE | PAGE_EXECUTE));
}

/* ---------------------------------------------------------------- exceptions */

#define CODE(name, text)    \
    extern void name(void); \
    __asm__(".text\n" #name ":\n" text "\nud2\n")

CODE(divide_by_zero, "xorl %ecx, %ecx; movl $1, %eax; xorl %edx, %edx; divl %ecx");
CODE(breakpoint, "int3");
CODE(undefined, "ud2");
CODE(int_66, "int $0x42");
CODE(int_page_fault, "int $14");
CODE(int_double_fault, "int $8");
CODE(int_timer, "int $0x30");
CODE(halts, "hlt");
CODE(disables_interrupts, "cli");
CODE(writes_port, "movl $0xf4, %edx; outb %al, %dx");
CODE(writes_cr3, "movq %rax, %cr3");
CODE(reads_msr, "movl $0xc0000101, %ecx; rdmsr");
CODE(swaps_gs, "swapgs");
CODE(jumps_outside, "movabsq $0x8000000000000000, %rax; jmp *%rax");
CODE(loads_kernel_selector, "movl $0x10, %eax; movw %ax, %ds");
CODE(single_step, "pushfq; orq $0x100, (%rsp); popfq; nop; nop");
CODE(step_into_kernel, "xorl %eax, %eax; pushfq; orq $0x100, (%rsp); popfq; syscall; nop");

static void expect_one_of(const char *promise, void (*code)(void), uint32_t vector,
                          uint64_t error_code, uint64_t other_error_code)
{
    uint32_t thread = start_thread(code);
    struct message message = {0};
    int64_t status = sys_wait(endpoint, &message);
    check(promise, status == 0 && TAG_KIND(message.tag) == MESSAGE_EXCEPTION &&
                       TAG_LABEL(message.tag) == vector &&
                       (message.words[EXCEPTION_ERROR_CODE] == error_code ||
                        message.words[EXCEPTION_ERROR_CODE] == other_error_code));
    while (sys_object_destroy(thread) == ERROR_AGAIN)
        ;
}

static void expect_exception(const char *promise, void (*code)(void), uint32_t vector,
                             uint64_t error_code)
{
    expect_one_of(promise, code, vector, error_code, error_code);
}

/* The error code names the gate: 8 bytes each by the manual (SDM 3A, 6.13). QEMU 7.2 without
   KVM counts 16, the size of a gate in 64-bit mode. */
static void expect_refused_interrupt(const char *promise, void (*code)(void), uint32_t number)
{
    expect_one_of(promise, code, 13, number * 8 + 2, number * 16 + 2);
}

static void test_exceptions(void)
{
    expect_exception("division by zero is reported", divide_by_zero, 0, 0);
    expect_exception("a breakpoint is reported as one", breakpoint, 3, 0);
    expect_exception("an undefined instruction is reported", undefined, 6, 0);
    expect_refused_interrupt("int 0x42 is a protection fault that names it", int_66, 0x42);
    expect_refused_interrupt("a user cannot fake a page fault", int_page_fault, 14);
    expect_refused_interrupt("a user cannot fake a double fault", int_double_fault, 8);
    expect_refused_interrupt("a user cannot fake the timer", int_timer, 0x30);
    expect_exception("hlt is refused", halts, 13, 0);
    expect_exception("cli is refused", disables_interrupts, 13, 0);
    expect_exception("ports are refused without the kernel", writes_port, 13, 0);
    expect_exception("control registers are out of reach", writes_cr3, 13, 0);
    expect_exception("model-specific registers are out of reach", reads_msr, 13, 0);
    expect_exception("swapgs is refused", swaps_gs, 13, 0);
    expect_exception("kernel segments are refused", loads_kernel_selector, 13, 0x10);
    expect_exception("a jump to no address hurts the jumper only", jumps_outside, 13, 0);
    expect_exception("single-stepping is reported", single_step, 1, 0);
    expect_exception("single-stepping into a system call does not reach the kernel",
                     step_into_kernel, 1, 0);
}

/* ---------------------------------------------------------------- FPU */

static volatile uint64_t seen_xmm, seen_mxcsr_clean;
static volatile uint64_t thread_kept_xmm;

static void set_xmm(uint64_t value)
{
    __asm__ volatile("movq %0, %%xmm7; movq %0, %%xmm15" : : "r"(value));
}

static uint64_t get_xmm(void)
{
    uint64_t a, b;
    __asm__ volatile("movq %%xmm7, %0; movq %%xmm15, %1" : "=r"(a), "=r"(b));
    return a == b ? a : ~0ull;
}

static void fpu_thread(void)
{
    uint32_t mxcsr = 0;
    uint16_t control = 0, status = 0;
    seen_xmm = get_xmm();
    __asm__ volatile("stmxcsr %0; fnstcw %1; fnstsw %2" : "+m"(mxcsr), "+m"(control), "+m"(status));
    seen_mxcsr_clean = mxcsr == 0x1f80 && control == 0x37f && status == 0;
    set_xmm(0x7777);
    struct message message = {.tag = MAKE_TAG(1, 0, 0)};
    sys_call(endpoint, &message); /* main uses its own registers meanwhile */
    thread_kept_xmm = get_xmm();
    message.tag = MAKE_TAG(2, 0, 0);
    sys_call(endpoint, &message);
}

static void test_fpu(void)
{
    set_xmm(0x1234567890ull);
    __asm__ volatile("fldpi; fldpi");
    uint32_t loud = 0x1f00;
    __asm__ volatile("ldmxcsr %0" : : "m"(loud));
    uint32_t thread = start_thread(fpu_thread);
    struct message message = {0};
    sys_wait(endpoint, &message);
    check("a new thread starts with clean FPU registers", seen_xmm == 0 && seen_mxcsr_clean);
    check("a thread's FPU registers survive another thread's", get_xmm() == 0x1234567890ull);
    set_xmm(0x4242);
    message.tag = 0;
    sys_reply_and_wait(message.reply_token, endpoint, &message);
    check("each thread has its own FPU registers",
          thread_kept_xmm == 0x7777 && get_xmm() == 0x4242);

    int64_t copy = create(OBJECT_THREAD, BOOT_HANDLE_TASK, 0);
    check("a thread's state can be copied",
          sys_thread((uint64_t)copy, THREAD_COPY_STATE, thread, 0) == 0);
    while (sys_object_destroy(thread) == ERROR_AGAIN)
        ;
    while (sys_object_destroy((uint32_t)copy) == ERROR_AGAIN)
        ;
    check("FPU registers survive the end of another thread", get_xmm() == 0x4242);
}

/* ---------------------------------------------------------------- thread-local storage */

static uint64_t storage[2] = {111, 222};

static void fs_thread(void)
{
    uint64_t value;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(value));
    struct message message = {.tag = MAKE_TAG(value, 0, 0)};
    /* Clears the base without telling the kernel. */
    __asm__ volatile("movl $0x23, %%eax; movw %%ax, %%fs" : : : "eax");
    sys_call(endpoint, &message);
}

static void test_fs_base(void)
{
    sys_thread(BOOT_HANDLE_THREAD, THREAD_SET_FS_BASE, (uint64_t)&storage[0], 0);
    int64_t thread = create(OBJECT_THREAD, BOOT_HANDLE_TASK, 0);
    struct thread_registers registers = {
        .rip = (uint64_t)fs_thread,
        .rsp = (uint64_t)thread_stack + sizeof(thread_stack) - 8,
    };
    sys_thread_set_registers((uint32_t)thread, &registers);
    sys_thread((uint64_t)thread, THREAD_SET_FS_BASE, (uint64_t)&storage[1], 0);
    sys_thread_start((uint32_t)thread);
    struct message message = {0};
    sys_wait(endpoint, &message);
    uint64_t mine;
    __asm__ volatile("movq %%fs:0, %0" : "=r"(mine));
    check("each thread has its own FS base, whatever others load",
          mine == 111 && TAG_LABEL(message.tag) == 222);
    check("an FS base in the kernel's half is refused",
          sys_thread(BOOT_HANDLE_THREAD, THREAD_SET_FS_BASE, 0xffff800000000000ull, 0) != 0);
    while (sys_object_destroy((uint32_t)thread) == ERROR_AGAIN)
        ;
}

/* ---------------------------------------------------------------- time and interrupts */

static uint64_t wait_bits(void)
{
    struct message message = {0};
    if (sys_wait(0, &message) != 0 || TAG_KIND(message.tag) != MESSAGE_NOTIFICATION)
        return 0;
    return message.words[0];
}

static void test_time(void)
{
    uint64_t start = sys_clock_read();
    uint64_t due = start + 30 * MILLISECOND;
    sys_clock_arm(notification, 1, due);
    uint64_t bits = wait_bits();
    uint64_t end = sys_clock_read();
    check("a timer is not early", bits == 1 && end >= due);
    check("a timer is not a second late", end < due + 1000 * MILLISECOND);
    sys_clock_arm(notification, 2, sys_clock_read() - 1);
    check("a time that is past fires at once", wait_bits() == 2);
}

#define ISA_TIMER_INTERRUPT 2 /* where ACPI machines connect the 8254 */
#define TIMER_COMMAND 0x43
#define TIMER_CHANNEL_0 0x40

static void test_interrupt(void)
{
    int64_t irq = create(OBJECT_IRQ, BOOT_HANDLE_IRQ, ISA_TIMER_INTERRUPT);
    check("an interrupt line can be had once",
          irq > 0 && create(OBJECT_IRQ, BOOT_HANDLE_IRQ, ISA_TIMER_INTERRUPT) == ERROR_OCCUPIED);
    check("a line that no controller has is refused",
          create(OBJECT_IRQ, BOOT_HANDLE_IRQ, 5000) == ERROR_ARGUMENT);
    sys_irq_bind((uint32_t)irq, notification, 4);
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, TIMER_COMMAND, 0x30);
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, TIMER_CHANNEL_0, 0x00);
    sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT8, TIMER_CHANNEL_0, 0x10);
    sys_clock_arm(notification, 8, sys_clock_read() + 1000 * MILLISECOND);
    check("an interrupt reaches the task that bound it", wait_bits() == 4);
    sys_clock_arm(notification, 0, 0);
    sys_irq_acknowledge((uint32_t)irq);

    int64_t message = create(OBJECT_IRQ, BOOT_HANDLE_IRQ, IRQ_MSI);
    uint64_t address = 0;
    uint32_t data = 0;
    check("a message-signalled interrupt has an address and a vector",
          message > 0 && sys_irq_info((uint32_t)message, &address, &data) == 0 &&
              address >> 20 == 0xfee && data >= 0x20 && data < 0x100);
}

_Noreturn void server_main(const struct server_start *start)
{
    (void)start;
    endpoint = (uint32_t)create(OBJECT_ENDPOINT, 0, 0);
    notification = (uint32_t)create(OBJECT_NOTIFICATION, 0, 0);
    sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, notification, 0);
    sys_thread(BOOT_HANDLE_TASK, TASK_SET_EXCEPTION_ENDPOINT, endpoint, 0);

    test_registers();
    test_user_pointers();
    test_exceptions();
    test_fpu();
    test_fs_base();
    test_time();
    test_interrupt();

    say(failed == 0 ? "(machine) all passed\n" : "(machine) some FAILED\n");
    for (;;)
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT32, EXIT_PORT, failed == 0 ? 0 : 1);
}
