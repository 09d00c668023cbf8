/*
 * The end of the road: says what is wrong, shows registers, the calls that led here and the
 * last messages, and stops the machine. Uses nothing that may be broken by then: no
 * allocation, no locks, no core function but message_log_print().
 *
 * Under an emulator the outcome also goes to two ports that real machines leave unused: the
 * message to port 0xe9 where a debug console answers there, and PANIC_EXIT_VALUE to 0xf4,
 * which ends QEMU (-device isa-debug-exit) with status 127.
 */
#include "console.h"
#include "machine.h"
#include "trap.h"
#include "x86.h"

#define DEBUG_CONSOLE_PORT 0xe9 /* reads as its own number where it exists */
#define DEBUG_EXIT_PORT 0xf4
#define PANIC_EXIT_VALUE 0x3f

#define BACKTRACE_FRAMES_MAX 32
#define KERNEL_IMAGE_BASE 0xffffffff80000000ull

#define SYMBOL_TYPE(info) ((info)&0xf)
#define SYMBOL_UNTYPED 0 /* assembly labels */
#define SYMBOL_FUNCTION 2

static const struct elf_symbol *symbols;
static size_t symbol_count;
static const char *symbol_names;
static size_t symbol_names_bytes;
static unsigned panic_depth;

void panic_set_symbols(const struct elf_symbol *table, size_t count, const char *names,
                       size_t names_bytes)
{
    symbols = table;
    symbol_count = count;
    symbol_names = names;
    symbol_names_bytes = names_bytes;
}

static void debug_console_put(char character)
{
    port_out8(DEBUG_CONSOLE_PORT, (uint8_t)character);
}

/*
 * is_return: the address follows a call, which may be the last instruction of its function;
 * the byte before belongs to the caller for certain.
 */
static void print_code_address(uint64_t address, bool is_return)
{
    uint64_t inside = address - (is_return ? 1 : 0);
    const struct elf_symbol *best = NULL;
    for (size_t i = 0; i < symbol_count; i++) {
        const struct elf_symbol *symbol = &symbols[i];
        bool code = SYMBOL_TYPE(symbol->info) == SYMBOL_FUNCTION ||
                    (SYMBOL_TYPE(symbol->info) == SYMBOL_UNTYPED && symbol->section != 0);
        if (code && symbol->value <= inside && symbol->name < symbol_names_bytes &&
            symbol_names[symbol->name] != '\0' && symbol_names[symbol->name] != '.' &&
            (best == NULL || symbol->value > best->value))
            best = symbol;
    }
    if (best != NULL)
        print("  %016lx %s+0x%lx\n", address, symbol_names + best->name, address - best->value);
    else
        print("  %016lx\n", address);
}

/* Frame pointers are kept; the chain ends at the 0 that entry.asm puts in rbp. */
static void print_backtrace(uint64_t rip, uint64_t rbp)
{
    print("backtrace:\n");
    if (rip != 0)
        print_code_address(rip, false);
    for (unsigned i = 0; i < BACKTRACE_FRAMES_MAX; i++) {
        if (rbp < KERNEL_IMAGE_BASE || rbp % 8 != 0 || rbp > UINT64_MAX - 16)
            break;
        const uint64_t *frame = (const uint64_t *)rbp;
        if (frame[1] < KERNEL_IMAGE_BASE || frame[0] <= rbp) {
            if (frame[1] >= KERNEL_IMAGE_BASE)
                print_code_address(frame[1], true);
            break;
        }
        print_code_address(frame[1], true);
        rbp = frame[0];
    }
}

static void print_current_thread(void)
{
    /* Before cpu_initialize() there is no CPU structure to ask. */
    if (read_msr(MSR_GS_BASE) < DIRECT_MAP_BASE || current_thread() == NULL)
        return;
    const struct thread_registers *r =
        &((const struct machine_context *)current_thread())->registers;
    print("current thread %p:\n", (void *)current_thread());
    print("  rip %016lx rsp %016lx rax %016lx\n", r->rip, r->rsp, r->rax);
    print("  rdi %016lx rsi %016lx rdx %016lx\n", r->rdi, r->rsi, r->rdx);
}

static _Noreturn void stop_machine(void)
{
    port_out8(DEBUG_EXIT_PORT, PANIC_EXIT_VALUE);
    for (;;) {
        interrupts_disable();
        halt();
    }
}

static void panic_begin(const char *format, va_list arguments)
{
    interrupts_disable();
    console_silence(false);
    if (panic_depth++ > 0) {
        print("\npanic within a panic\n");
        stop_machine();
    }
    va_list again;
    va_copy(again, arguments);
    print("\nQuire kernel panic: ");
    format_text(console_put, format, arguments);
    print("\n");
    if (port_in8(DEBUG_CONSOLE_PORT) == DEBUG_CONSOLE_PORT) {
        for (const char *word = "panic "; *word != '\0'; word++)
            debug_console_put(*word);
        format_text(debug_console_put, format, again);
        debug_console_put('\n');
    }
    va_end(again);
}

static _Noreturn void panic_end(uint64_t rip, uint64_t rbp)
{
    print("cr0 %016lx cr2 %016lx cr3 %016lx cr4 %016lx\n", read_cr0(), read_cr2(), read_cr3(),
          read_cr4());
    print_current_thread();
    print_backtrace(rip, rbp);
    message_log_print();
    stop_machine();
}

void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    panic_begin(format, arguments);
    va_end(arguments);
    uint64_t rsp, rflags;
    __asm__ volatile("movq %%rsp, %0\n\tpushfq\n\tpopq %1" : "=r"(rsp), "=r"(rflags));
    print("rsp %016lx rbp %016lx flags %016lx\n", rsp, (uint64_t)__builtin_frame_address(0),
          rflags);
    panic_end(0, (uint64_t)__builtin_frame_address(0));
}

static void panic_begin_words(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    panic_begin(format, arguments);
    va_end(arguments);
}

void panic_trap(const struct trap_frame *f, const char *reason)
{
    panic_begin_words("%s in the kernel (vector %lu, error code 0x%lx) at %016lx", reason,
                      f->vector, f->error_code, f->rip);
    print("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    print("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    print("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", f->r8, f->r9, f->r10, f->r11);
    print("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", f->r12, f->r13, f->r14, f->r15);
    print("rip %016lx flags %016lx cs %lx ss %lx\n", f->rip, f->rflags, f->cs, f->ss);
    panic_end(f->rip, f->rbp);
}
