/*
 * Instructions and registers of x86-64 that C cannot say. Private to the machine layer and
 * boot; the core sees machine.h only. Numbers: Intel SDM volumes 3A and 4.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CR0_MONITOR_COPROCESSOR (1ull << 1)
#define CR0_EMULATION (1ull << 2)
#define CR0_TASK_SWITCHED (1ull << 3)
#define CR0_NUMERIC_ERROR (1ull << 5)
#define CR0_WRITE_PROTECT (1ull << 16)
#define CR0_ALIGNMENT_MASK (1ull << 18)

#define CR4_TIME_STAMP_DISABLE (1ull << 2)
#define CR4_GLOBAL_PAGES (1ull << 7)
#define CR4_PERFORMANCE_COUNTER (1ull << 8)
#define CR4_FXSAVE (1ull << 9)
#define CR4_SIMD_EXCEPTIONS (1ull << 10)
#define CR4_UMIP (1ull << 11)
#define CR4_FSGSBASE (1ull << 16)
#define CR4_PCID (1ull << 17)
#define CR4_XSAVE (1ull << 18)
#define CR4_SMEP (1ull << 20)
#define CR4_SMAP (1ull << 21)
#define CR4_PROTECTION_KEYS (1ull << 22)

#define CR3_KEEP_TRANSLATIONS (1ull << 63)
#define IDENTIFIER_BITS 12 /* of a PCID */
/* Among the bits of the generation, so that one comparison finds both reasons to be slow. */
#define IDENTIFIER_FLUSH_DUE (1ull << 63)

#define MSR_APIC_BASE 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SYSCALL (1ull << 0)
#define EFER_NO_EXECUTE (1ull << 11)

#define RFLAGS_RESERVED_ONE (1ull << 1)
#define RFLAGS_TRAP (1ull << 8)
#define RFLAGS_INTERRUPT (1ull << 9)
#define RFLAGS_DIRECTION (1ull << 10)
#define RFLAGS_IO_PRIVILEGE (3ull << 12)
#define RFLAGS_NESTED_TASK (1ull << 14)
#define RFLAGS_RESUME (1ull << 16)
#define RFLAGS_ALIGNMENT_CHECK (1ull << 18)
/* Carry, parity, adjust, zero, sign, trap, direction, overflow, alignment check, id. */
#define RFLAGS_USER 0x240dd5ull

#define VECTOR_DEBUG 1
#define VECTOR_NMI 2
#define VECTOR_BREAKPOINT 3
#define VECTOR_DEVICE_NOT_AVAILABLE 7
#define VECTOR_DOUBLE_FAULT 8
#define VECTOR_GENERAL_PROTECTION 13
#define VECTOR_PAGE_FAULT 14
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_EXCEPTIONS 32 /* vectors below are the CPU's exceptions */

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result result;
    __asm__("cpuid"
            : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
            : "a"(leaf), "c"(subleaf));
    return result;
}

static inline uint64_t read_msr(uint32_t msr)
{
    uint32_t low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void write_msr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

#define DEFINE_CONTROL_REGISTER(name)                                   \
    static inline uint64_t read_##name(void)                            \
    {                                                                   \
        uint64_t value;                                                 \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value));          \
        return value;                                                   \
    }                                                                   \
    static inline void write_##name(uint64_t value)                     \
    {                                                                   \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory"); \
    }

DEFINE_CONTROL_REGISTER(cr0)
DEFINE_CONTROL_REGISTER(cr2)
DEFINE_CONTROL_REGISTER(cr3)
DEFINE_CONTROL_REGISTER(cr4)

/* EAX of XCR0. */
static inline void write_xcr0(uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* RDPKRU and WRPKRU, by bytes: the compiler wants a target feature for the mnemonics. */
static inline uint32_t read_protection_keys(void)
{
    uint32_t value;
    __asm__ volatile(".byte 0x0f, 0x01, 0xee" : "=a"(value) : "c"(0) : "rdx");
    return value;
}

static inline void write_protection_keys(uint32_t value)
{
    __asm__ volatile(".byte 0x0f, 0x01, 0xef" : : "a"(value), "c"(0), "d"(0) : "memory");
}

static inline void invalidate_page(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void clear_task_switched(void)
{
    __asm__ volatile("clts" : : : "memory");
}
static inline void interrupts_disable(void)
{
    __asm__ volatile("cli" : : : "memory");
}
static inline void halt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}
static inline void cpu_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}
