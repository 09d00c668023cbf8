/*
 * I/O APICs: which one has a global system interrupt, with what polarity and trigger. The
 * answers are looked up in the MADT each time, so any number of controllers will do.
 */
#include "acpi.h"
#include "apic.h"
#include "machine.h"

#define IO_APIC_SELECT 0
#define IO_APIC_WINDOW 4 /* in 32-bit words */
#define IO_APIC_VERSION 1
#define IO_APIC_REDIRECTION(pin) (0x10 + 2 * (pin))

#define REDIRECTION_ACTIVE_LOW (1u << 13)
#define REDIRECTION_LEVEL (1u << 15)
#define REDIRECTION_MASKED (1u << 16)
#define REDIRECTION_DESTINATION_SHIFT 24

#define ISA_INTERRUPTS 16

/* MADT flags of an override; other values mean the ISA default, edge and high. */
#define OVERRIDE_POLARITY(flags) ((flags)&3u)
#define OVERRIDE_TRIGGER(flags) ((flags) >> 2 & 3u)
#define OVERRIDE_LOW_OR_LEVEL 3

static uint32_t read_register(volatile uint32_t *registers, uint32_t index)
{
    registers[IO_APIC_SELECT] = index;
    return registers[IO_APIC_WINDOW];
}

static void write_register(volatile uint32_t *registers, uint32_t index, uint32_t value)
{
    registers[IO_APIC_SELECT] = index;
    registers[IO_APIC_WINDOW] = value;
}

static uint32_t line_count(volatile uint32_t *registers)
{
    return (read_register(registers, IO_APIC_VERSION) >> 16 & 0xff) + 1;
}

void io_apic_initialize(void)
{
    const struct madt_io_apic *controller = NULL;
    while ((controller = madt_next(MADT_IO_APIC, sizeof(*controller), controller)) != NULL) {
        volatile uint32_t *registers = physical_to_virtual(controller->address);
        for (uint32_t pin = 0, pins = line_count(registers); pin < pins; pin++)
            write_register(registers, IO_APIC_REDIRECTION(pin), REDIRECTION_MASKED);
    }
}

static void find_trigger(uint32_t interrupt, struct io_apic_line *line)
{
    /* ISA lines are edge-triggered and active high, PCI lines level-triggered and low. */
    line->level_triggered = line->active_low = interrupt >= ISA_INTERRUPTS;
    const struct madt_source_override *override = NULL;
    while ((override = madt_next(MADT_SOURCE_OVERRIDE, sizeof(*override), override)) != NULL) {
        if (override->interrupt != interrupt)
            continue;
        line->active_low = OVERRIDE_POLARITY(override->flags) == OVERRIDE_LOW_OR_LEVEL;
        line->level_triggered = OVERRIDE_TRIGGER(override->flags) == OVERRIDE_LOW_OR_LEVEL;
        return;
    }
}

bool io_apic_find_line(uint32_t interrupt, struct io_apic_line *line)
{
    const struct madt_io_apic *controller = NULL;
    while ((controller = madt_next(MADT_IO_APIC, sizeof(*controller), controller)) != NULL) {
        volatile uint32_t *registers = physical_to_virtual(controller->address);
        if (interrupt < controller->first_interrupt ||
            interrupt - controller->first_interrupt >= line_count(registers))
            continue;
        line->registers = registers;
        line->pin = interrupt - controller->first_interrupt;
        find_trigger(interrupt, line);
        return true;
    }
    return false;
}

void io_apic_route(const struct io_apic_line *line, uint8_t vector)
{
    uint32_t low = vector | REDIRECTION_MASKED;
    if (line->level_triggered)
        low |= REDIRECTION_LEVEL;
    if (line->active_low)
        low |= REDIRECTION_ACTIVE_LOW;
    write_register(line->registers, IO_APIC_REDIRECTION(line->pin), low);
    write_register(line->registers, IO_APIC_REDIRECTION(line->pin) + 1,
                   local_apic_identifier() << REDIRECTION_DESTINATION_SHIFT);
}

void io_apic_mask(const struct io_apic_line *line, bool masked)
{
    uint32_t low = read_register(line->registers, IO_APIC_REDIRECTION(line->pin));
    low = masked ? low | REDIRECTION_MASKED : low & ~REDIRECTION_MASKED;
    write_register(line->registers, IO_APIC_REDIRECTION(line->pin), low);
}

bool io_apic_is_at(uint64_t frame)
{
    const struct madt_io_apic *controller = NULL;
    while ((controller = madt_next(MADT_IO_APIC, sizeof(*controller), controller)) != NULL)
        if ((controller->address & PAGE_FRAME_MASK) == frame)
            return true;
    return false;
}
