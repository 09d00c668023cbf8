/*
 * The inline half of machine.h: what is on the path of every message. Not included on the
 * host, where a fake of the machine stands in.
 */
#pragma once

#include "fpu.h"
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

/* Slow parts of the switch, in context.c. */
void machine_load_identified_space(struct machine_address_space *space);

static inline void machine_load_address_space(struct machine_address_space *space)
{
    GS_CPU->loaded_space = space;
    if (machine_features.address_space_identifiers) {
        machine_load_identified_space(space);
    } else {
        write_cr3(space->root); /* which flushes */
        space->flush_needed = 0;
    }
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

static inline void machine_switch_to(struct thread *thread, struct machine_address_space *space)
{
    struct thread *previous = GS_CPU->current;
    GS_CPU->current = thread;
    if (machine_features.protection_keys)
        machine_switch_protection_keys((struct machine_context *)previous,
                                       (struct machine_context *)thread);
    if (thread == NULL)
        return;

    const struct machine_context *context = (const struct machine_context *)thread;
    /* A user can clear the base behind our back by loading FS with a selector, so equal
       values are no reason to skip the write. Zero cannot become anything else. */
    uint64_t fs_base = context->registers.fs_base;
    if ((fs_base | GS_CPU->fs_base) != 0) {
        GS_CPU->fs_base = fs_base;
        write_msr(MSR_FS_BASE, fs_base);
    }
    if (GS_CPU->loaded_space != space)
        machine_load_address_space(space);

    bool trap = GS_CPU->fpu_owner != thread;
    if (trap != GS_CPU->fpu_trap_armed)
        fpu_arm_trap(trap);
}

static inline void machine_flush_page(struct machine_address_space *space, uint64_t address)
{
    if (GS_CPU->loaded_space == space)
        invalidate_page(address);
    else
        space->flush_needed = 1;
}

static inline void machine_flush_space(struct machine_address_space *space)
{
    if (GS_CPU->loaded_space == space)
        write_cr3(read_cr3()); /* bit 63 reads as 0: drops this PCID's translations */
    else
        space->flush_needed = 1;
}

static inline uint64_t machine_ticks(void)
{
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
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
