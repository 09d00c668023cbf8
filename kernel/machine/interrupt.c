/*
 * Device interrupts: which vector belongs to which line or message, and their arrival.
 *
 *      level-triggered line:  arrives -> masked, acknowledged -> core -> driver
 *                             driver's acknowledgement -> unmasked
 *      edge, message:         arrives -> acknowledged -> core -> driver
 */
#include "apic.h"
#include "machine.h"
#include "trap.h"

enum vector_use { VECTOR_UNUSED = 0, VECTOR_LINE, VECTOR_MESSAGE };

static struct {
    enum vector_use use;
    uint32_t global_system_interrupt;
    struct io_apic_line line;
} vectors[INTERRUPT_VECTORS];

#define LEGACY_COMMAND_1 0x20
#define LEGACY_DATA_1 0x21
#define LEGACY_COMMAND_2 0xa0
#define LEGACY_DATA_2 0xa1
#define LEGACY_INITIALIZE 0x11
#define LEGACY_MODE_8086 0x01

#define MESSAGE_ADDRESS 0xfee00000ull
#define MESSAGE_DESTINATION_SHIFT 12

/* Masked lines of an 8259 can still raise spurious interrupts, so its vectors are moved away
   from the CPU's exceptions first. */
static void legacy_controllers_mask(void)
{
    port_out8(LEGACY_COMMAND_1, LEGACY_INITIALIZE);
    port_out8(LEGACY_COMMAND_2, LEGACY_INITIALIZE);
    port_out8(LEGACY_DATA_1, VECTOR_LEGACY_BASE);
    port_out8(LEGACY_DATA_2, VECTOR_LEGACY_BASE + 8);
    port_out8(LEGACY_DATA_1, 1 << 2); /* the second controller hangs on line 2 */
    port_out8(LEGACY_DATA_2, 2);
    port_out8(LEGACY_DATA_1, LEGACY_MODE_8086);
    port_out8(LEGACY_DATA_2, LEGACY_MODE_8086);
    port_out8(LEGACY_DATA_1, 0xff);
    port_out8(LEGACY_DATA_2, 0xff);
}

void interrupts_initialize(void)
{
    legacy_controllers_mask();
    local_apic_initialize();
    io_apic_initialize();
}

bool machine_is_private_device(uint64_t physical)
{
    uint64_t frame = physical & PAGE_FRAME_MASK;
    return local_apic_is_at(frame) || io_apic_is_at(frame);
}

static int free_vector(void)
{
    for (int vector = VECTOR_DEVICE_FIRST; vector <= VECTOR_DEVICE_LAST; vector++)
        if (vectors[vector].use == VECTOR_UNUSED)
            return vector;
    return ERROR_NO_SPACE;
}

int machine_interrupt_allocate_line(uint32_t global_system_interrupt)
{
    struct io_apic_line line;
    if (!io_apic_find_line(global_system_interrupt, &line))
        return ERROR_ARGUMENT;
    for (int vector = VECTOR_DEVICE_FIRST; vector <= VECTOR_DEVICE_LAST; vector++)
        if (vectors[vector].use == VECTOR_LINE &&
            vectors[vector].global_system_interrupt == global_system_interrupt)
            return ERROR_OCCUPIED;
    int vector = free_vector();
    if (vector < 0)
        return vector;

    vectors[vector].use = VECTOR_LINE;
    vectors[vector].global_system_interrupt = global_system_interrupt;
    vectors[vector].line = line;
    io_apic_route(&line, (uint8_t)vector);
    return vector;
}

int machine_interrupt_allocate_message(void)
{
    int vector = free_vector();
    if (vector >= 0)
        vectors[vector].use = VECTOR_MESSAGE;
    return vector;
}

void machine_interrupt_release(int vector)
{
    machine_interrupt_mask(vector);
    vectors[vector].use = VECTOR_UNUSED;
}

void machine_interrupt_mask(int vector)
{
    if (vectors[vector].use == VECTOR_LINE)
        io_apic_mask(&vectors[vector].line, true);
}

void machine_interrupt_unmask(int vector)
{
    if (vectors[vector].use == VECTOR_LINE)
        io_apic_mask(&vectors[vector].line, false);
}

bool machine_interrupt_is_level(int vector)
{
    return vectors[vector].use == VECTOR_LINE && vectors[vector].line.level_triggered;
}

void machine_interrupt_message(int vector, uint64_t *address, uint32_t *data)
{
    *address = MESSAGE_ADDRESS | (uint64_t)local_apic_identifier() << MESSAGE_DESTINATION_SHIFT;
    *data = (uint32_t)vector;
}

void interrupt(uint32_t vector)
{
    if (vector == VECTOR_TIMER) {
        local_apic_end_of_interrupt();
        timer_interrupt();
    } else if (vector >= VECTOR_DEVICE_FIRST && vector <= VECTOR_DEVICE_LAST) {
        /* Masked before it is acknowledged, or a line that is still up would come again. */
        if (machine_interrupt_is_level((int)vector))
            machine_interrupt_mask((int)vector);
        local_apic_end_of_interrupt();
        /* One that was under way when its vector was released has no owner. */
        if (vectors[vector].use != VECTOR_UNUSED)
            device_interrupt((int)vector);
    }
    /* Else spurious, which is not acknowledged (SDM 3A, 11.9). */
}
