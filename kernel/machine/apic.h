/* The interrupt controllers and the clock, as far as machine files need each other. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 8259 masked, local APIC on, I/O APIC lines masked. */
void interrupts_initialize(void);
/* Frequencies; the clock starts at 0. After interrupts_initialize(). */
void time_initialize(void);

#define VECTOR_LEGACY_BASE 0x20 /* the 8259s, masked; only spurious ones arrive */
#define VECTOR_TIMER 0x30
#define VECTOR_DEVICE_FIRST 0x40
#define VECTOR_DEVICE_LAST 0xef
#define VECTOR_SPURIOUS 0xff

#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE 0x3e0
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_MASKED (1u << 16)
#define APIC_LVT_TSC_DEADLINE (2u << 17)

uint32_t local_apic_read(uint32_t offset);
void local_apic_write(uint32_t offset, uint32_t value);
uint32_t local_apic_identifier(void);
void local_apic_initialize(void);
void local_apic_end_of_interrupt(void);
bool local_apic_is_at(uint64_t frame);

/* One line of an I/O APIC. */
struct io_apic_line {
    volatile uint32_t *registers;
    uint32_t pin;
    bool level_triggered, active_low;
};

void io_apic_initialize(void);
/* False: no I/O APIC has it. */
bool io_apic_find_line(uint32_t global_system_interrupt, struct io_apic_line *line);
/* Masked. */
void io_apic_route(const struct io_apic_line *line, uint8_t vector);
void io_apic_mask(const struct io_apic_line *line, bool masked);
bool io_apic_is_at(uint64_t frame);
