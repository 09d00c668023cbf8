/*
 * What the kernel's hot paths cost, in instructions, the user's stubs included: lines
 * `row NAME N`, which `quire bench` reads. The time-stamp counter counts instructions when QEMU
 * runs with `-icount shift=0,sleep=off`; elsewhere the numbers are ticks, and nothing is required
 * of them.
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
#define PAGES PAGE_BATCH_MAX
#define NO_LIMIT UINT64_MAX

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

static void report(const char *row, uint64_t total, uint64_t count, uint64_t limit)
{
    char line[120];
    uint64_t each = (total + count / 2) / count;
    format_string(line, sizeof(line), "row %s %lu\n", row, each);
    say(line);
    if (counts_instructions && each > limit) {
        format_string(line, sizeof(line), "(costs) %s: more than %lu instructions\n", row, limit);
        say(line);
        failed = true;
    }
}

static __attribute__((noinline, cold)) void complain(const char *what)
{
    say("(costs) cannot ");
    say(what);
    say("\n");
    failed = true;
}

/* Inline: some of it is measured. */
static inline void require(bool good, const char *what)
{
    if (!good)
        complain(what);
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
    require(handle >= 0, "make an object");
    return (uint32_t)handle;
}

static struct page_operation operations[PAGES];

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
    require(sys_map(&batch) == 0 && operations[0].status == 0, "map a page");
}

/* ---------------------------------------------------------------- the client's program */

/*
 * shared[0] = ticks of ROUNDS rounds; then a call with LABEL_DONE. At the start ebp is the
 * endpoint and r12d, r13d what the client needs besides.
 */
#define CLIENT(name, setup, round)                                                               \
    extern const char name[], name##_end[];                                                      \
    __asm__(".section .rodata\n" #name ":\n"                                                     \
            "movl $256, %ebx\n" setup "rdtsc; shlq $32, %rdx; orq %rdx, %rax; movq %rax, %r15\n" \
            "1:\n" round "decl %ebx; jnz 1b\n"                                                   \
            "rdtsc; shlq $32, %rdx; orq %rdx, %rax; subq %r15, %rax\n"                           \
            "movl $0x600000, %ecx; movq %rax, (%rcx)\n"                                          \
            "movl $1, %eax; movl %ebp, %edi; movl $99, %esi; syscall\n"                          \
            "2: jmp 2b\n" #name "_end:\n.text\n")

#define CALL_ROUND(tag, words) "movl $1, %eax; movl %ebp, %edi; " tag words "; syscall\n"
#define FOUR_WORDS "; movl %ebx, %edx; movl %ebx, %r8d; movl %ebx, %r9d; movl %ebx, %r10d"
CLIENT(calling_client_0, "", CALL_ROUND("movl $1, %esi", ""));
CLIENT(calling_client_4, "", CALL_ROUND("movabsq $0x40000000001, %rsi", FOUR_WORDS));
CLIENT(calling_client_6, "",
       CALL_ROUND("movabsq $0x60000000001, %rsi",
                  FOUR_WORDS "; movl %ebx, %r12d; movl %ebx, %r13d"));
CLIENT(faulting_client, "movl $0x10000000, %r14d\n", "movb $1, (%r14); addq $4096, %r14\n");
CLIENT(yielding_client, "", "movl $12, %eax; xorl %edi, %edi; movl $10, %esi; syscall\n");
/* Raises the notification r12d and waits for its own. A wait leaves no register but rsp free. */
CLIENT(notifying_client, "movq %r12, %rsp\n",
       "movl $5, %eax; movl %esp, %edi; movl $1, %esi; syscall\n"
       "movl $3, %eax; xorl %edi, %edi; syscall\n");

/* The thread; r12 is what its r12 will be. */
static uint32_t make_client(const char *code, const char *code_end, uint64_t r12)
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
    struct thread_registers registers = {.rip = CLIENT_CODE, .rbp = (uint64_t)handle, .r12 = r12};
    sys_thread_set_registers(thread, &registers);
    return thread;
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
    report("null_syscall", ticks() - start, ROUNDS, 120);
}

static void measure_call(const char *row, const char *code, const char *code_end, unsigned words,
                         uint64_t limit)
{
    sys_thread_start(make_client(code, code_end, 0));
    struct message message = {0};
    sys_wait(endpoint, &message);
    while (TAG_LABEL(message.tag) != LABEL_DONE) {
        message.tag = MAKE_TAG(0, words, 0);
        require(sys_reply_and_wait(message.reply_token, endpoint, &message) == 0, "reply");
    }
    report(row, shared[0], ROUNDS, limit);
}

static void measure_notification(void)
{
    uint32_t own = create(OBJECT_NOTIFICATION, 0), client = create(OBJECT_NOTIFICATION, 0);
    int64_t own_in_client = sys_handle_copy(own, client_task, RIGHT_SEND, 0, 0);
    sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, own, 0);
    uint32_t thread = make_client(notifying_client, notifying_client_end, (uint64_t)own_in_client);
    sys_thread(thread, THREAD_BIND_NOTIFICATION, client, 0);
    sys_thread_start(thread);
    struct message message = {0};
    for (;;) {
        sys_wait(endpoint, &message);
        if (TAG_KIND(message.tag) != MESSAGE_NOTIFICATION)
            break;
        sys_notify(client, 1);
    }
    require(TAG_LABEL(message.tag) == LABEL_DONE, "finish the notifications");
    sys_thread(BOOT_HANDLE_THREAD, THREAD_BIND_NOTIFICATION, 0, 0);
    report("notification_round_trip", shared[0], ROUNDS, NO_LIMIT);
}

/* Both yield: two switches a round. */
static void measure_switch(void)
{
    sys_thread_start(make_client(yielding_client, yielding_client_end, 0));
    struct message message = {0};
    shared[0] = 0;
    while (*(volatile uint64_t *)&shared[0] == 0)
        sys_thread(0, THREAD_YIELD, 0, 0);
    sys_wait(endpoint, &message);
    report("thread_switch", shared[0], 2ull * ROUNDS, NO_LIMIT);
}

static uint64_t first_page; /* PAGES frames */

static void measure_fault(void)
{
    sys_thread_start(make_client(faulting_client, faulting_client_end, 0));
    struct message message = {0};
    sys_wait(endpoint, &message);
    uint64_t frame = first_page;
    uint64_t tables[FAULT_MISSING_TABLES] = {take_frame(), take_frame(), take_frame()};
    while (TAG_LABEL(message.tag) != LABEL_DONE) {
        message.tag = MAKE_TAG(FAULT_MAP, 4, 0);
        message.words[0] = frame | PAGE_PRESENT | PAGE_WRITE;
        for (unsigned i = 0; i < FAULT_MISSING_TABLES; i++) {
            message.words[1 + i] = tables[i];
            tables[i] = 0;
        }
        frame += PAGE_SIZE;
        require(sys_reply_and_wait(message.reply_token, endpoint, &message) == 0, "map by reply");
    }
    report("fault_empty_pager", shared[0], ROUNDS, 900);
}

/* Ticks of `call` for the first `pages` pages of the fault area, in batches. */
static uint64_t run_batches(int64_t (*call)(struct page_batch *), unsigned pages,
                            unsigned batch_size, uint64_t descriptor)
{
    uint64_t total = 0;
    for (unsigned first = 0; first < pages; first += batch_size) {
        for (unsigned i = 0; i < batch_size; i++)
            operations[i] = (struct page_operation){
                .address = FAULT_AREA + (first + i) * PAGE_SIZE,
                .page = descriptor + (call == sys_map ? first_page + (first + i) * PAGE_SIZE : 0),
                .task = client_task};
        struct page_batch batch = batch_of(batch_size, NULL, 0);
        uint64_t start = ticks();
        int64_t status = call(&batch);
        total += ticks() - start;
        for (unsigned i = 0; i < batch_size; i++)
            status |= operations[i].status;
        require(status == 0, "do a batch");
    }
    return total;
}

static void measure_batches(void)
{
    static const struct {
        const char *clear_row, *unmap_row;
        unsigned size;
        uint64_t clear_limit, unmap_limit;
    } sizes[] = {
        {"clear_bits_batch1_per_page", "unmap_batch1_per_page", 1, NO_LIMIT, NO_LIMIT},
        {"clear_bits_batch16_per_page", "unmap_batch16_per_page", 16, NO_LIMIT, NO_LIMIT},
        {"clear_bits_batch64_per_page", "unmap_batch64_per_page", 64, NO_LIMIT, 60},
        {"clear_bits_batch512_per_page", "unmap_batch512_per_page", 512, 25, NO_LIMIT},
    };
    const uint64_t used = PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY;
    run_batches(sys_unmap, ROUNDS, 64, 0); /* what measure_fault() mapped */
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint64_t total = run_batches(sys_map, PAGES, 64, used);
        if (i == 0)
            report("map_batch64_per_page", total, PAGES, 100);
        total = run_batches(sys_protect, PAGES, sizes[i].size, PAGE_ACCESSED | PAGE_DIRTY);
        report(sizes[i].clear_row, total, PAGES, sizes[i].clear_limit);
        total = run_batches(sys_unmap, PAGES, sizes[i].size, 0);
        report(sizes[i].unmap_row, total, PAGES, sizes[i].unmap_limit);
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
    measure_call("ipc_round_trip_0w", calling_client_0, calling_client_0_end, 0, 400);
    measure_call("ipc_round_trip_4w", calling_client_4, calling_client_4_end, 4, 400);
    measure_call("ipc_round_trip_6w", calling_client_6, calling_client_6_end, 6, NO_LIMIT);
    measure_notification();
    measure_switch();
    first_page = take_frame();
    for (unsigned i = 1; i < PAGES; i++)
        take_frame();
    measure_fault();
    measure_batches();
    for (;;)
        sys_port_out(BOOT_HANDLE_PORTS, PORT_OUT32, EXIT_PORT, failed ? 1 : 0);
}
