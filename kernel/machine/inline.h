/*
 * The inline half of machine.h: what is on the path of every message. Not included on the
 * host, where a fake of the machine stands in.
 */
#pragma once

#include "x86.h"

static inline void *physical_to_virtual(uint64_t physical)
{
    return (void *)(physical + DIRECT_MAP_BASE);
}

static inline uint64_t virtual_to_physical(const void *pointer)
{
    return (uint64_t)pointer - DIRECT_MAP_BASE;
}

/* GS points at this CPU's struct cpu while the kernel runs. */
#define GS_CPU ((struct cpu __seg_gs *)0)

static inline struct cpu *this_cpu(void)
{
    return GS_CPU->self;
}
static inline struct thread *current_thread(void)
{
    return GS_CPU->current;
}
static inline struct scheduler *this_scheduler(void)
{
    return GS_CPU->scheduler;
}

/* The slow parts of the switch, in context.c and fpu.c. */
SLOW_PATH void machine_load_stale_space(struct machine_address_space *space);
/* Sets or clears CR0.TS and remembers which. */
SLOW_PATH void fpu_arm_trap(bool trap);

static inline void machine_load_address_space(struct machine_address_space *space)
{
    GS_CPU->loaded_space = space;
    if (__builtin_expect((space->identifier ^ GS_CPU->next_identifier) >> IDENTIFIER_BITS != 0, 0))
        machine_load_stale_space(space);
    else
        write_cr3(space->load_value);
}

/* PKRU is read back each time: the user writes it without telling the kernel. */
static inline void machine_switch_protection_keys(struct machine_context *previous,
                                                  struct machine_context *next)
{
    uint32_t keys = read_protection_keys();
    if (previous != NULL)
        previous->protection_keys = keys;
    if (next != NULL && next->protection_keys != keys)
        write_protection_keys(next->protection_keys);
}

static inline void machine_switch_to(struct thread *previous, struct thread *next,
                                     struct machine_address_space *space)
{
    GS_CPU->current = next;
    if (machine_features.protection_keys)
        machine_switch_protection_keys((struct machine_context *)previous,
                                       (struct machine_context *)next);
    if (next == NULL)
        return;

    /* A user can clear the base behind our back by loading FS with a selector, so equal
       values are no reason to skip the write. Zero cannot become anything else. */
    uint64_t fs_base = ((const struct machine_context *)next)->registers.fs_base;
    if ((fs_base | GS_CPU->fs_base) != 0) {
        GS_CPU->fs_base = fs_base;
        write_msr(MSR_FS_BASE, fs_base);
    }
    if (GS_CPU->loaded_space != space)
        machine_load_address_space(space);

    /* The trap is armed while another than the owner of the FPU runs. */
    const struct thread *owner = GS_CPU->fpu_owner;
    if (__builtin_expect(owner == previous || owner == next, 0))
        fpu_arm_trap(owner != next);
}

/* entry.asm's machine_resume, when it is known that there is a current thread. */
_Noreturn void resume_current(struct thread *current);
static inline void machine_resume_thread(struct thread *current)
{
    resume_current(current);
}

static inline void machine_flush_page(struct machine_address_space *space, uint64_t address)
{
    if (GS_CPU->loaded_space == space)
        invalidate_page(address);
    else
        space->identifier |= IDENTIFIER_FLUSH_DUE;
}

static inline void machine_flush_space(struct machine_address_space *space)
{
    if (GS_CPU->loaded_space == space)
        write_cr3(read_cr3()); /* bit 63 reads as 0: drops this PCID's translations */
    else
        space->identifier |= IDENTIFIER_FLUSH_DUE;
}

static inline uint64_t machine_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("rdtsc; shlq $32, %%rdx; orq %%rdx, %0" : "=a"(ticks) : : "rdx", "cc");
    return ticks;
}

#define DEFINE_PORT(bits, suffix)                                                        \
    static inline uint##bits##_t port_in##bits(uint16_t port)                            \
    {                                                                                    \
        uint##bits##_t value;                                                            \
        __asm__ volatile("in" #suffix " %1, %0" : "=a"(value) : "Nd"(port) : "memory");  \
        return value;                                                                    \
    }                                                                                    \
    static inline void port_out##bits(uint16_t port, uint##bits##_t value)               \
    {                                                                                    \
        __asm__ volatile("out" #suffix " %0, %1" : : "a"(value), "Nd"(port) : "memory"); \
    }

DEFINE_PORT(8, b)
DEFINE_PORT(16, w)
DEFINE_PORT(32, l)
