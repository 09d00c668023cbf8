/*
 * Threads' registers and address spaces, as far as the machine keeps them.
 *
 * Address-space identifiers (PCID), where the CPU has them, keep translations of several
 * address spaces in the TLB. They are handed out in turn; when all 4095 are used up, the
 * whole TLB is flushed and a new generation begins, in which every space takes a new one.
 */
#include "fpu.h"
#include "machine.h"
#include "x86.h"

#define OFFSET(member) offsetof(struct machine_context, member)
_Static_assert(OFFSET(registers.rax) == 0 && OFFSET(registers.rbx) == 8 &&
                   OFFSET(registers.rcx) == 16 && OFFSET(registers.rdx) == 24 &&
                   OFFSET(registers.rsi) == 32 && OFFSET(registers.rdi) == 40 &&
                   OFFSET(registers.rbp) == 48 && OFFSET(registers.rsp) == 56 &&
                   OFFSET(registers.r8) == 64 && OFFSET(registers.r15) == 120 &&
                   OFFSET(registers.rip) == 128 && OFFSET(registers.rflags) == 136 &&
                   OFFSET(sysret_allowed) == 152,
               "context.inc");
_Static_assert(offsetof(struct cpu, self) == 0 && offsetof(struct cpu, current) == 8 &&
                   offsetof(struct cpu, kernel_stack_top) == 16 &&
                   offsetof(struct cpu, scratch) == 24,
               "context.inc");
_Static_assert((FAULT_ACCESS_PRESENT | FAULT_ACCESS_WRITE | FAULT_ACCESS_EXECUTE |
                FAULT_ACCESS_KEY) == 0x33,
               "context.inc passes the hardware's error-code bits on");
_Static_assert(USER_ADDRESS_LIMIT == 0x7ffffffff000, "context.inc");
_Static_assert(THREAD_FPU_OFFSET % 64 == 0, "XSAVE wants 64 bytes");

/* Linux's choice too: a thread starts with access to key 0 only and opens others itself. */
#define INITIAL_PROTECTION_KEYS 0x55555554u

#define IDENTIFIER_MASK ((1ull << IDENTIFIER_BITS) - 1)

extern uint64_t kernel_page_table_root; /* boot/paging.c */

static struct machine_context *context_of(struct thread *thread)
{
    return (struct machine_context *)thread;
}

void machine_context_initialize(struct thread *thread)
{
    *context_of(thread) = (struct machine_context){
        .registers.rflags = RFLAGS_RESERVED_ONE | RFLAGS_INTERRUPT,
        .protection_keys = INITIAL_PROTECTION_KEYS,
        .fpu_state = FPU_CLEAN,
    };
}

void machine_set_registers(struct thread *thread, const struct thread_registers *registers)
{
    struct machine_context *context = context_of(thread);
    uint64_t fs_base = context->registers.fs_base;
    context->registers = *registers;
    context->registers.fs_base = fs_base;
    context->registers.rflags =
        (registers->rflags & RFLAGS_USER) | RFLAGS_RESERVED_ONE | RFLAGS_INTERRUPT;
    context->sysret_allowed = 0;
    /* A base that is no user address is refused by THREAD_SET_FS_BASE and ignored here. */
    machine_set_fs_base(thread, registers->fs_base);
}

void machine_copy_state(struct thread *destination, struct thread *source)
{
    fpu_detach(source, true);
    fpu_detach(destination, false);
    struct machine_context *to = context_of(destination);
    *to = *context_of(source);
    to->sysret_allowed = 0;
    if (machine_features.protection_keys && source == current_thread())
        to->protection_keys = read_protection_keys();
    if (to->fpu_state == FPU_SAVED)
        memcpy((uint8_t *)destination + THREAD_FPU_OFFSET, (uint8_t *)source + THREAD_FPU_OFFSET,
               THREAD_FPU_BYTES);
}

bool machine_set_fs_base(struct thread *thread, uint64_t fs_base)
{
    if (fs_base >= USER_ADDRESS_LIMIT)
        return false;
    context_of(thread)->registers.fs_base = fs_base;
    if (thread == current_thread()) {
        this_cpu()->fs_base = fs_base;
        write_msr(MSR_FS_BASE, fs_base);
    }
    return true;
}

void machine_context_release(struct thread *thread)
{
    fpu_detach(thread, false);
}

void machine_address_space_initialize(struct machine_address_space *space, uint64_t root)
{
    const page_entry *kernel = physical_to_virtual(kernel_page_table_root);
    page_entry *table = physical_to_virtual(root);
    for (unsigned i = PAGE_TABLE_ENTRIES / 2; i < PAGE_TABLE_ENTRIES; i++)
        table[i] = kernel[i];
    *space = (struct machine_address_space){.root = root, .load_value = root};
}

void machine_address_space_release(struct machine_address_space *space)
{
    struct cpu *cpu = this_cpu();
    if (cpu->loaded_space == space) {
        cpu->loaded_space = NULL;
        write_cr3(kernel_page_table_root);
    }
    /* Its identifier is not used again in this generation, so what the TLB still holds
       under it cannot be reached. */
}

/* Two bits of PKRU for each key: no access, no writes. */
static bool key_forbids_writing(page_entry entry)
{
    unsigned key = page_entry_decode(entry) >> PAGE_KEY_SHIFT & 0xf;
    return machine_features.protection_keys && (read_protection_keys() >> 2 * key & 3) != 0;
}

void *machine_user_page(const struct machine_address_space *space, user_address address)
{
    if (address.value >= USER_ADDRESS_LIMIT)
        return NULL;
    uint64_t table = space->root;
    for (unsigned level = PAGE_TABLE_LEVELS - 1;; level--) {
        page_entry *entry =
            (page_entry *)physical_to_virtual(table) + page_table_index(address.value, level);
        if (!page_entry_present(*entry))
            return NULL;
        table = page_entry_frame(*entry);
        if (level != 0 && !page_entry_large(*entry))
            continue;
        uint64_t offset_mask = (1ull << (PAGE_SHIFT + 9 * level)) - 1;
        uint64_t physical = table | (address.value & offset_mask);
        if (!page_entry_writable(*entry) || !frame_is_ram(physical) || key_forbids_writing(*entry))
            return NULL;
        if ((~*entry & (PAGE_ACCESSED | PAGE_DIRTY)) != 0)
            page_entry_fetch_or(entry, PAGE_ACCESSED | PAGE_DIRTY);
        return physical_to_virtual(physical);
    }
}

/* A flip of CR4.PGE drops everything: global pages and all identifiers (SDM 3A, 4.10.4.1). */
static void flush_all(void)
{
    uint64_t cr4 = read_cr4();
    write_cr4(cr4 ^ CR4_GLOBAL_PAGES);
    write_cr4(cr4);
}

/* A flush is due, or the space has no identifier of the present generation. */
SLOW_PATH void machine_load_stale_space(struct machine_address_space *space)
{
    struct cpu *cpu = this_cpu();
    space->identifier &= ~IDENTIFIER_FLUSH_DUE;
    if ((space->identifier ^ cpu->next_identifier) >> IDENTIFIER_BITS != 0) {
        /* Number 0 in the low bits is the kernel's own root: the counter has wrapped into the
           next generation. */
        if ((cpu->next_identifier & IDENTIFIER_MASK) == 0) {
            flush_all();
            cpu->next_identifier++;
        }
        space->identifier = cpu->next_identifier++;
        space->load_value =
            space->root | (space->identifier & IDENTIFIER_MASK) | CR3_KEEP_TRANSLATIONS;
    }
    write_cr3(space->load_value & ~CR3_KEEP_TRANSLATIONS);
}
