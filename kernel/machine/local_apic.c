/*
 * The local APIC: x2APIC registers (MSRs) where the CPU has them, else memory-mapped.
 * Offsets are those of the memory-mapped form. SDM volume 3A, chapter 11.
 */
#include "acpi.h"
#include "apic.h"
#include "cpu.h"
#include "machine.h"
#include "x86.h"

#define APIC_IDENTIFIER 0x20
#define APIC_TASK_PRIORITY 0x80
#define APIC_END_OF_INTERRUPT 0xb0
#define APIC_SPURIOUS 0xf0
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_SPURIOUS_ENABLE 0x100
#define APIC_LVT_NMI 0x400

#define APIC_BASE_ENABLE (1ull << 11)
#define APIC_BASE_X2APIC (1ull << 10)
#define X2APIC_MSR_BASE 0x800

static bool use_x2apic;
static uint64_t register_frame; /* physical; also with x2APIC, messages are written there */
static volatile uint32_t *registers;

uint32_t local_apic_read(uint32_t offset)
{
    return use_x2apic ? (uint32_t)read_msr(X2APIC_MSR_BASE + (offset >> 4)) : registers[offset / 4];
}

void local_apic_write(uint32_t offset, uint32_t value)
{
    if (use_x2apic)
        write_msr(X2APIC_MSR_BASE + (offset >> 4), value);
    else
        registers[offset / 4] = value;
}

uint32_t local_apic_identifier(void)
{
    uint32_t value = local_apic_read(APIC_IDENTIFIER);
    return use_x2apic ? value : value >> 24;
}

void local_apic_end_of_interrupt(void)
{
    local_apic_write(APIC_END_OF_INTERRUPT, 0);
}

bool local_apic_is_at(uint64_t frame)
{
    return frame == register_frame;
}

void local_apic_initialize(void)
{
    uint64_t base = read_msr(MSR_APIC_BASE);
    register_frame = madt_local_apic_address();
    if (register_frame == 0)
        register_frame = base & PAGE_FRAME_MASK;
    registers = physical_to_virtual(register_frame);
    use_x2apic = cpu_has(CPU_X2APIC);
    write_msr(MSR_APIC_BASE, base | APIC_BASE_ENABLE);
    if (use_x2apic)
        write_msr(MSR_APIC_BASE, base | APIC_BASE_ENABLE | APIC_BASE_X2APIC);

    local_apic_write(APIC_TASK_PRIORITY, 0);
    local_apic_write(APIC_LVT_TIMER, APIC_LVT_MASKED);
    local_apic_write(APIC_LVT_LINT0, APIC_LVT_MASKED); /* the 8259s */
    local_apic_write(APIC_LVT_LINT1, APIC_LVT_NMI);
    local_apic_write(APIC_LVT_ERROR, APIC_LVT_MASKED);
    local_apic_write(APIC_SPURIOUS, APIC_SPURIOUS_ENABLE | VECTOR_SPURIOUS);
}
