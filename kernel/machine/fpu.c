/*
 * FPU state: see fpu.h. The area in the thread's frame has the standard XSAVE format, or
 * FXSAVE's on a CPU without XSAVE. PKRU is not part of it: protection keys must be right
 * whether or not the thread touches the FPU, so the switch moves them (context.c).
 */
#include "fpu.h"
#include "cpu.h"
#include "machine.h"

#define XSTATE_X87 (1ull << 0)
#define XSTATE_SSE (1ull << 1)
#define XSTATE_AVX (1ull << 2)
#define XSTATE_AVX512 (7ull << 5)

#define LEGACY_AREA_BYTES 512
#define XSAVE_HEADER_BYTES 64
#define LEGACY_CONTROL_WORD_OFFSET 0
#define LEGACY_MXCSR_OFFSET 24
#define INITIAL_CONTROL_WORD 0x37f /* all exceptions masked, extended precision */
#define INITIAL_MXCSR 0x1f80       /* all exceptions masked */

static bool use_xsave;
static uint64_t xstate_components;
static uint8_t clean_state[THREAD_FPU_BYTES] __attribute__((aligned(64)));

static struct machine_context *context_of(struct thread *thread)
{
    return (struct machine_context *)thread;
}

static void *area_of(struct thread *thread)
{
    return (uint8_t *)thread + THREAD_FPU_OFFSET;
}

void fpu_initialize(void)
{
    memcpy(clean_state + LEGACY_CONTROL_WORD_OFFSET, &(uint16_t){INITIAL_CONTROL_WORD}, 2);
    memcpy(clean_state + LEGACY_MXCSR_OFFSET, &(uint32_t){INITIAL_MXCSR}, 4);

    use_xsave = cpu_has(CPU_XSAVE);
    if (use_xsave) {
        struct cpuid_result supported = cpuid(0xd, 0);
        uint64_t available = (uint64_t)supported.edx << 32 | supported.eax;
        xstate_components = available & (XSTATE_X87 | XSTATE_SSE | XSTATE_AVX);
        if ((xstate_components & XSTATE_AVX) != 0 && (available & XSTATE_AVX512) == XSTATE_AVX512)
            xstate_components |= XSTATE_AVX512;
        write_xcr0(xstate_components);
        /* EBX: the size that the components now enabled need. */
        if (cpuid(0xd, 0).ebx > THREAD_FPU_BYTES) {
            xstate_components &= ~XSTATE_AVX512;
            write_xcr0(xstate_components);
        }
        KERNEL_ASSERT(cpuid(0xd, 0).ebx <= THREAD_FPU_BYTES);
    }
    fpu_arm_trap(true);
}

SLOW_PATH void fpu_arm_trap(bool trap)
{
    this_cpu()->fpu_trap_armed = trap;
    if (trap)
        write_cr0(read_cr0() | CR0_TASK_SWITCHED);
    else
        clear_task_switched();
}

static void save(void *area)
{
    if (use_xsave)
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(area), "a"((uint32_t)xstate_components), "d"(0)
                         : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void restore(const void *area)
{
    /* AMD CPUs restore the last-instruction pointers only when an exception is pending;
       FNINIT clears them, so that they do not leak from the thread before. */
    __asm__ volatile("fninit" : : : "memory");
    if (use_xsave)
        __asm__ volatile("xrstor64 (%0)"
                         :
                         : "r"(area), "a"((uint32_t)xstate_components), "d"(0)
                         : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

bool fpu_trap(struct thread *thread)
{
    struct cpu *cpu = this_cpu();
    if (!cpu->fpu_trap_armed)
        return false;

    fpu_arm_trap(false);
    if (cpu->fpu_owner != NULL) {
        save(area_of(cpu->fpu_owner));
        context_of(cpu->fpu_owner)->fpu_state = FPU_SAVED;
    }
    if (context_of(thread)->fpu_state == FPU_CLEAN) {
        /* XSAVE leaves most of the header as it finds it, and XRSTOR wants zeros there. */
        memset((uint8_t *)area_of(thread) + LEGACY_AREA_BYTES, 0, XSAVE_HEADER_BYTES);
        restore(clean_state);
    } else {
        restore(area_of(thread));
    }
    context_of(thread)->fpu_state = FPU_LIVE;
    cpu->fpu_owner = thread;
    return true;
}

void fpu_detach(struct thread *thread, bool save_state)
{
    struct cpu *cpu = this_cpu();
    if (cpu->fpu_owner != thread)
        return;

    if (save_state) {
        if (cpu->fpu_trap_armed)
            fpu_arm_trap(false);
        save(area_of(thread));
        context_of(thread)->fpu_state = FPU_SAVED;
    }
    cpu->fpu_owner = NULL;
    fpu_arm_trap(true);
}
