/*
 * What the kernel's hot paths cost, in instructions, the user's stubs included. The
 * time-stamp counter counts instructions when QEMU runs with `-icount shift=0,sleep=off`;
 * elsewhere the numbers are printed as ticks and nothing is required of them.
 */
#include <quire/boot_information.h>
#include <quire/format.h>
#include <quire/server.h>
#include <quire/system_call.h>
#include <stdbool.h>

#define EXIT_PORT 0xf4
#define SERIAL_PORT 0x3f8
#define SERIAL_LINE_STATUS 0x3fd
#define SERIAL_TRANSMIT_EMPTY 0x20
#define ROUNDS 256
#define BATCH 64
#define CLEAR_BATCH 512

#define CLIENT_CODE 0x500000ull
#define SHARED_PAGE 0x600000ull
#define FAULT_AREA 0x10000000ull
#define FAULT_MISSING_TABLES 3 /* words 1 to 3 of a FAULT_MAP reply */

#define LABEL_DONE 99

static const struct boot_information *boot = (const void *)BOOT_INFORMATION_ADDRESS;
static bool counts_instructions, failed;
static uint32_t endpoint, client_task;
static uint64_t *shared = (uint64_t *)SHARED_PAGE;

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

static uint64_t ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static void report(const char *what, uint64_t total, uint64_t count, uint64_t limit)
{
    char line[120];
    uint64_t each = (total + count / 2) / count;
    bool over = counts_instructions && each > limit;
    format_string(line, sizeof(line), "(costs) %s: %lu %s%s\n", what, each,
                  counts_instructions ? "instructions" : "ticks",
                  !counts_instructions ? ""
                  : over               ? ", TOO MANY"
                                       : ", ok");
    say(line);
    failed |= over;
}

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

static uint32_t create(enum object_type type, uint32_t parent)
{
    struct object_create request = {
        .authority = BOOT_HANDLE_MEMORY, .type = type, .parent = parent};
    unsigned frames = type == OBJECT_TASK ? 3 : 1;
    for (unsigned i = 0; i < frames; i++)
        request.frames[i] = take_frame();
    int64_t handle = sys_object_create(&request);
    if (handle < 0)
        say("(costs) cannot make an object\n");
    return (uint32_t)handle;
}

static struct page_operation operations[CLEAR_BATCH];

static struct page_batch batch_of(uint32_t count, uint64_t *tables, uint32_t table_count)
{
    return (struct page_batch){
        .operations = (uint64_t)operations,
        .table_frames = (uint64_t)tables,
        .count = count,
        .table_count = table_count,
        .authority = BOOT_HANDLE_MEMORY,
    };
}

static void map_one(uint32_t task, uint64_t address, uint64_t frame, uint64_t rights)
{
    uint64_t tables[3] = {take_frame(), take_frame(), take_frame()};
    operations[0] = (struct page_operation){
        .address = address, .page = frame | PAGE_PRESENT | rights, .task = task};
    struct page_batch batch = batch_of(1, tables, 3);
    if (sys_map(&batch) != 0 || operations[0].status != 0)
        say("(costs) cannot map a page\n");
}

/* ---------------------------------------------------------------- the client's program */

/* Both clients: shared[0] = ticks of ROUNDS rounds; then a call with LABEL_DONE. rbp: endpoint. */
#define CLIENT(name, setup, round)                                                               \
    extern const char name[], name##_end[];                                                      \
    __asm__(".section .rodata\n" #name ":\n"                                                     \
            "movl $256, %ebx\n" setup "rdtsc; shlq $32, %rdx; orq %rdx, %rax; movq %rax, %r15\n" \
            "1:\n" round "decl %ebx; jnz 1b\n"                                                   \
            "rdtsc; shlq $32, %rdx; orq %rdx, %rax; subq %r15, %rax\n"                           \
            "movl $0x600000, %ecx; movq %rax, (%rcx)\n"                                          \
            "movl $1, %eax; movl %ebp, %edi; movl $99, %esi; syscall\n"                          \
            "2: jmp 2b\n" #name "_end:\n.text\n")

CLIENT(calling_client, "",
       "movl $1, %eax; movl %ebp, %edi; movabsq $0x40000000001, %rsi; syscall\n");
CLIENT(faulting_client, "movl $0x10000000, %r14d\n", "movb $1, (%r14); addq $4096, %r14\n");

static void run_client(const char *code, const char *code_end)
{
    static uint64_t code_frame;
    if (code_frame == 0) {
        code_frame = take_frame();
        map_one(BOOT_HANDLE_TASK, CLIENT_CODE, code_frame, PAGE_WRITE);
        map_one(client_task, CLIENT_CODE, code_frame, PAGE_EXECUTE);
    }
    for (size_t i = 0; i < (size_t)(code_end - code); i++)
        ((char *)CLIENT_CODE)[i] = code[i];
    uint32_t thread = create(OBJECT_THREAD, client_task);
    int64_t handle = sys_handle_copy(endpoint, client_task, RIGHT_SEND, 0, 0);
    struct thread_registers registers = {.rip = CLIENT_CODE, .rbp = (uint64_t)handle};
    sys_thread_set_registers(thread, &registers);
    sys_thread_start(thread);
}

/* ---------------------------------------------------------------- measurements */

static void find_out_what_ticks_are(void)
{
    uint64_t start = ticks();
    __asm__ volatile("movl $100000, %%ecx\n1: decl %%ecx; jnz 1b" : : : "ecx", "cc");
    uint64_t length = ticks() - start;
    counts_instructions = length >= 200000 && length < 200200;
}

static void measure_null_call(void)
{
    uint64_t start = ticks();
    for (unsigned i = 0; i < ROUNDS; i++)
        sys_version();
    report("null system call", ticks() - start, ROUNDS, 120);
}

static void measure_call(void)
{
    run_client(calling_client, calling_client_end);
    struct message message = {0};
    sys_wait(endpoint, &message);
    while (TAG_LABEL(message.tag) != LABEL_DONE) {
        message.tag = MAKE_TAG(0, 4, 0);
        if (sys_reply_and_wait(message.reply_token, endpoint, &message) != 0)
            say("(costs) reply failed\n");
    }
    report("call and reply between tasks, 4 words", shared[0], ROUNDS, 400);
}

static void measure_fault(void)
{
    run_client(faulting_client, faulting_client_end);
    struct message message = {0};
    sys_wait(endpoint, &message);
    /* Frames first: the loop measures the kernel, not the list of frames. */
    uint64_t frame = take_frame();
    for (unsigned i = 1; i < ROUNDS; i++)
        take_frame();
    uint64_t tables[FAULT_MISSING_TABLES] = {take_frame(), take_frame(), take_frame()};
    while (TAG_LABEL(message.tag) != LABEL_DONE) {
        message.tag = MAKE_TAG(FAULT_MAP, 4, 0);
        message.words[0] = frame | PAGE_PRESENT | PAGE_WRITE;
        for (unsigned i = 0; i < FAULT_MISSING_TABLES; i++) {
            message.words[1 + i] = tables[i];
            tables[i] = 0;
        }
        frame += PAGE_SIZE;
        if (sys_reply_and_wait(message.reply_token, endpoint, &message) != 0)
            say("(costs) fault reply failed\n");
    }
    report("page fault, answered with a mapping", shared[0], ROUNDS, 900);
}

/* The pages that measure_fault() mapped. */
static void measure_batches(void)
{
    for (unsigned i = 0; i < CLEAR_BATCH; i++)
        operations[i] = (struct page_operation){.address = FAULT_AREA + i % ROUNDS * PAGE_SIZE,
                                                .page = PAGE_ACCESSED | PAGE_DIRTY,
                                                .task = client_task};
    struct page_batch batch = batch_of(CLEAR_BATCH, NULL, 0);
    uint64_t start = ticks();
    int64_t status = sys_protect(&batch);
    report("clear accessed and dirty, a page of a batch of 512", ticks() - start, CLEAR_BATCH, 25);

    for (unsigned i = 0; i < BATCH; i++)
        operations[i] =
            (struct page_operation){.address = FAULT_AREA + i * PAGE_SIZE, .task = client_task};
    batch = batch_of(BATCH, NULL, 0);
    start = ticks();
    status |= sys_unmap(&batch);
    report("unmap, a page of a batch of 64", ticks() - start, BATCH, 60);
    for (unsigned i = 0; i < BATCH; i++)
        status |= operations[i].status;

    for (unsigned i = 0; i < BATCH; i++)
        operations[i].page |= PAGE_PRESENT | PAGE_WRITE;
    start = ticks();
    status |= sys_map(&batch);
    report("map, a page of a batch of 64", ticks() - start, BATCH, 100);
    if (status != 0) {
        say("(costs) a batch failed\n");
        failed = true;
    }
}

_Noreturn void server_main(const struct server_start *start)
{
    (void)start;
    endpoint = create(OBJECT_ENDPOINT, 0);
    client_task = create(OBJECT_TASK, 0);
    sys_thread(client_task, TASK_SET_FAULT_ENDPOINT, endpoint, 0);
    uint64_t frame = take_frame();
    map_one(BOOT_HANDLE_TASK, SHARED_PAGE, frame, PAGE_WRITE);
    map_one(client_task, SHARED_PAGE, frame, PAGE_WRITE);

    find_out_what_ticks_are();
    measure_null_call();
    measure_call();
    measure_fault();
    measure_batches();
    for (;;)
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT32, EXIT_PORT, failed ? 1 : 0);
}
