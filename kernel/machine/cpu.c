/*
 * Sets up one CPU: features by CPUID, control registers, SYSCALL registers. Every feature
 * is used only where CPUID has it; what Quire cannot do without is checked here and named
 * when it is missing.
 */
#include "cpu.h"
#include "fpu.h"
#include "machine.h"

struct machine_features machine_features;

static struct cpu boot_cpu;
extern uint8_t kernel_stack_top[]; /* boot/start.asm */
extern void syscall_entry(void);   /* entry.asm */

/* entry.asm and copy.asm leave a 3-byte NOP where CLAC or STAC goes. */
struct smap_patch {
    uint64_t address;
    uint8_t instruction[8];
};
extern const struct smap_patch smap_patches_start[], smap_patches_end[];

enum cpuid_register { EBX, ECX, EDX };

static const struct {
    uint32_t leaf;
    uint8_t reg, bit;
} feature_bits[] = {
    [CPU_PCID] = {1, ECX, 17},
    [CPU_X2APIC] = {1, ECX, 21},
    [CPU_TSC_DEADLINE] = {1, ECX, 24},
    [CPU_XSAVE] = {1, ECX, 26},
    [CPU_RDRAND] = {1, ECX, 30},
    [CPU_GLOBAL_PAGES] = {1, EDX, 13},
    [CPU_SMEP] = {7, EBX, 7},
    [CPU_SMAP] = {7, EBX, 20},
    [CPU_UMIP] = {7, ECX, 2},
    [CPU_PROTECTION_KEYS] = {7, ECX, 3},
    [CPU_NO_EXECUTE] = {0x80000001, EDX, 20},
    [CPU_GIGABYTE_PAGES] = {0x80000001, EDX, 26},
    [CPU_SYSCALL] = {0x80000001, EDX, 11},
};

bool cpu_has(enum cpu_feature feature)
{
    uint32_t leaf = feature_bits[feature].leaf;
    if (cpuid(leaf & 0x80000000, 0).eax < leaf)
        return false;
    struct cpuid_result result = cpuid(leaf, 0);
    uint32_t value = feature_bits[feature].reg == EBX   ? result.ebx
                     : feature_bits[feature].reg == ECX ? result.ecx
                                                        : result.edx;
    return (value >> feature_bits[feature].bit & 1) != 0;
}

/* Kernel text is read-only where it runs; the direct map has it writable. */
static void patch_smap_instructions(void)
{
    extern uint8_t kernel_image_start[];
    extern uint64_t kernel_physical_start;
    for (const struct smap_patch *patch = smap_patches_start; patch < smap_patches_end; patch++) {
        uint64_t offset = patch->address - (uint64_t)kernel_image_start;
        memcpy(physical_to_virtual(kernel_physical_start + offset), patch->instruction, 3);
    }
}

static uint64_t physical_address_limit(void)
{
    unsigned bits = 36;
    if (cpuid(0x80000000, 0).eax >= 0x80000008)
        bits = cpuid(0x80000008, 0).eax & 0xff;
    return 1ull << (bits > 52 ? 52 : bits);
}

static void set_control_registers(void)
{
    uint64_t cr0 = read_cr0() & ~(CR0_EMULATION | CR0_ALIGNMENT_MASK);
    write_cr0(cr0 | CR0_WRITE_PROTECT | CR0_MONITOR_COPROCESSOR | CR0_NUMERIC_ERROR);

    /* FSGSBASE stays off: a user who could set GS's base would make the kernel distrust it,
       and FS's base goes through THREAD_SET_FS_BASE. */
    uint64_t cr4 = read_cr4() & ~(CR4_FSGSBASE | CR4_TIME_STAMP_DISABLE | CR4_PERFORMANCE_COUNTER);
    cr4 |= CR4_FXSAVE | CR4_SIMD_EXCEPTIONS;
    static const struct {
        enum cpu_feature feature;
        uint64_t bit;
    } optional[] = {
        {CPU_GLOBAL_PAGES, CR4_GLOBAL_PAGES},
        {CPU_SMEP, CR4_SMEP},
        {CPU_SMAP, CR4_SMAP},
        {CPU_UMIP, CR4_UMIP},
        {CPU_XSAVE, CR4_XSAVE},
        {CPU_PROTECTION_KEYS, CR4_PROTECTION_KEYS},
        {CPU_PCID, CR4_PCID},
    };
    if (cpu_has(CPU_SMAP))
        patch_smap_instructions();
    for (unsigned i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
        if (cpu_has(optional[i].feature))
            cr4 |= optional[i].bit;
    write_cr4(cr4);

    machine_features.physical_address_limit = physical_address_limit();
    machine_features.protection_keys = cpu_has(CPU_PROTECTION_KEYS);
    machine_features.random = cpu_has(CPU_RDRAND);
}

static void enable_system_calls(void)
{
    write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SYSCALL | EFER_NO_EXECUTE);
    write_msr(MSR_STAR, (uint64_t)SELECTOR_KERNEL_CODE << 32 | (uint64_t)(SELECTOR_USER_DATA - 8)
                                                                   << 48);
    write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    write_msr(MSR_SYSCALL_MASK, RFLAGS_TRAP | RFLAGS_INTERRUPT | RFLAGS_DIRECTION |
                                    RFLAGS_IO_PRIVILEGE | RFLAGS_NESTED_TASK | RFLAGS_RESUME |
                                    RFLAGS_ALIGNMENT_CHECK);
}

void cpu_initialize(void)
{
    boot_cpu.self = &boot_cpu;
    boot_cpu.kernel_stack_top = (uint64_t)kernel_stack_top;
    descriptors_initialize(&boot_cpu);
    write_msr(MSR_GS_BASE, (uint64_t)&boot_cpu);
    write_msr(MSR_KERNEL_GS_BASE, 0);
    write_msr(MSR_FS_BASE, 0);

    if (!cpu_has(CPU_NO_EXECUTE) || !cpu_has(CPU_SYSCALL))
        panic("this CPU has no execute-disable (NX) or no SYSCALL, which Quire needs; "
              "a firmware setting may have turned NX off");
    set_control_registers();
    if (cpu_has(CPU_PCID))
        boot_cpu.next_identifier = 1 << IDENTIFIER_BITS | 1; /* PCID 0 is the kernel's own root */
    enable_system_calls();
    fpu_initialize();
}
