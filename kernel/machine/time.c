/*
 * The clock is the CPU's time-stamp counter; the alarm is the local APIC's timer, one shot,
 * in TSC-deadline mode where the CPU has it.
 *
 * Frequencies come from the CPU or the hypervisor where one tells, else they are measured
 * against channel 2 of the 8254 timer, both counters over the same interval.
 */
#include "apic.h"
#include "cpu.h"
#include "machine.h"
#include "x86.h"

#define NANOSECONDS_PER_SECOND 1000000000ull

#define TIMER8254_HERTZ 1193182ull
#define TIMER8254_CHANNEL_2 0x42
#define TIMER8254_COMMAND 0x43
#define TIMER8254_CHANNEL_2_ONE_SHOT 0xb0 /* both bytes, mode 0, binary */
#define SPEAKER_PORT 0x61
#define SPEAKER_GATE 0x01
#define SPEAKER_ON 0x02
#define SPEAKER_OUTPUT 0x20

#define CALIBRATION_TICKS (TIMER8254_HERTZ / 50) /* 20 ms */
#define CALIBRATION_POLLS_MAX 100000000u         /* far more than a second of port reads */

#define CPUID_HYPERVISOR 0x40000000u
#define CPUID_HYPERVISOR_FREQUENCIES 0x40000010u
#define CPUID_1_ECX_HYPERVISOR (1u << 31)
#define CPUID_TSC_RATIO 0x15

#define APIC_DIVIDE_BY_16 0x3

/* Fixed point: nanoseconds a tick with 32 fraction bits, ticks a nanosecond with 30. */
#define NANOSECONDS_FRACTION 32
#define TICKS_FRACTION 30

static uint64_t boot_ticks;
static uint64_t nanoseconds_per_tick;
static uint64_t ticks_per_nanosecond;
static bool use_deadline;
static uint64_t apic_hertz; /* after the divider */
static uint64_t timer_span_nanoseconds = 3600 * NANOSECONDS_PER_SECOND;

static uint64_t multiply_shift(uint64_t value, uint64_t factor, unsigned shift)
{
    return (uint64_t)((unsigned __int128)value * factor >> shift);
}

uint64_t machine_ticks_from_nanoseconds(uint64_t nanoseconds)
{
    return multiply_shift(nanoseconds, ticks_per_nanosecond, TICKS_FRACTION);
}

uint64_t machine_nanoseconds(void)
{
    return multiply_shift(machine_ticks() - boot_ticks, nanoseconds_per_tick, NANOSECONDS_FRACTION);
}

/* 0: neither the CPU nor a hypervisor tells. */
static uint64_t tsc_hertz_told(void)
{
    if ((cpuid(1, 0).ecx & CPUID_1_ECX_HYPERVISOR) != 0 &&
        cpuid(CPUID_HYPERVISOR, 0).eax >= CPUID_HYPERVISOR_FREQUENCIES)
        return cpuid(CPUID_HYPERVISOR_FREQUENCIES, 0).eax * 1000ull;
    if (cpuid(0, 0).eax >= CPUID_TSC_RATIO) {
        struct cpuid_result ratio = cpuid(CPUID_TSC_RATIO, 0);
        if (ratio.eax != 0 && ratio.ebx != 0 && ratio.ecx != 0)
            return (uint64_t)ratio.ecx * ratio.ebx / ratio.eax;
    }
    return 0;
}

/* Counts of the TSC and of the APIC timer during CALIBRATION_TICKS of the 8254. */
static void measure(uint64_t *tsc_count, uint32_t *apic_count)
{
    port_out8(SPEAKER_PORT, (port_in8(SPEAKER_PORT) & ~SPEAKER_ON) | SPEAKER_GATE);
    port_out8(TIMER8254_COMMAND, TIMER8254_CHANNEL_2_ONE_SHOT);
    port_out8(TIMER8254_CHANNEL_2, CALIBRATION_TICKS & 0xff);
    local_apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
    port_out8(TIMER8254_CHANNEL_2, CALIBRATION_TICKS >> 8); /* starts it */
    uint32_t apic_start = local_apic_read(APIC_TIMER_CURRENT);
    uint64_t tsc_start = machine_ticks();

    for (uint32_t polls = 0; (port_in8(SPEAKER_PORT) & SPEAKER_OUTPUT) == 0; polls++)
        if (polls == CALIBRATION_POLLS_MAX)
            panic("the 8254 timer does not run, and neither CPU nor hypervisor tells the "
                  "frequency of the time-stamp counter");
    *tsc_count = machine_ticks() - tsc_start;
    *apic_count = apic_start - local_apic_read(APIC_TIMER_CURRENT);
    local_apic_write(APIC_TIMER_INITIAL, 0);
}

void time_initialize(void)
{
    local_apic_write(APIC_TIMER_DIVIDE, APIC_DIVIDE_BY_16);
    use_deadline = cpu_has(CPU_TSC_DEADLINE);
    uint64_t tsc_hertz = tsc_hertz_told();
    if (tsc_hertz == 0 || !use_deadline) {
        uint64_t tsc_count;
        uint32_t apic_count;
        measure(&tsc_count, &apic_count);
        apic_hertz = apic_count * TIMER8254_HERTZ / CALIBRATION_TICKS;
        if (!use_deadline)
            timer_span_nanoseconds = UINT32_MAX / apic_hertz * NANOSECONDS_PER_SECOND;
        if (tsc_hertz == 0)
            tsc_hertz = tsc_count * TIMER8254_HERTZ / CALIBRATION_TICKS;
    }
    local_apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (use_deadline ? APIC_LVT_TSC_DEADLINE : 0));
    nanoseconds_per_tick = (NANOSECONDS_PER_SECOND << NANOSECONDS_FRACTION) / tsc_hertz;
    ticks_per_nanosecond = (tsc_hertz << TICKS_FRACTION) / NANOSECONDS_PER_SECOND;
    machine_features.tsc_hertz = tsc_hertz;
    boot_ticks = machine_ticks();
}

void machine_timer_arm(uint64_t absolute_nanoseconds)
{
    uint64_t now = machine_nanoseconds();
    uint64_t delay = absolute_nanoseconds > now ? absolute_nanoseconds - now : 0;
    /* A longer delay than the timer spans ends early, and the core arms again. */
    if (delay > timer_span_nanoseconds)
        delay = timer_span_nanoseconds;
    if (use_deadline)
        write_msr(MSR_TSC_DEADLINE, machine_ticks() + machine_ticks_from_nanoseconds(delay) + 1);
    else
        local_apic_write(APIC_TIMER_INITIAL,
                         (uint32_t)(delay * apic_hertz / NANOSECONDS_PER_SECOND + 1));
}

void machine_timer_disarm(void)
{
    if (use_deadline)
        write_msr(MSR_TSC_DEADLINE, 0);
    else
        local_apic_write(APIC_TIMER_INITIAL, 0);
}
