/*
 * SYS_DEBUG. Compiled into debug builds only.
 */
#include "debug.h"

#ifdef QUIRE_DEBUG

#define WRITE_MAX 1024

static int debug_write(uint64_t address, uint64_t length_bytes)
{
    char text[128];
    if (length_bytes > WRITE_MAX)
        return ERROR_ARGUMENT;
    while (length_bytes != 0) {
        size_t part = length_bytes < sizeof(text) ? length_bytes : sizeof(text);
        if (!copy_from_user(text, to_user_address(address), part))
            return ERROR_ADDRESS;
        print_bytes(text, part);
        address += part;
        length_bytes -= part;
    }
    return KERNEL_OK;
}

static uint64_t describe_frame(uint64_t physical)
{
    enum frame_type type = frame_type_at(physical);
    uint64_t count = frame_in_table(physical) ? frame_at(physical)->count : 0;
    return type | count << 8;
}

void system_debug(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    int status = KERNEL_OK;
    switch (registers->rdi) {
    case DEBUG_WRITE: status = debug_write(registers->rsi, registers->rdx); break;
    case DEBUG_FRAME: registers->rdx = describe_frame(registers->rsi); break;
    case DEBUG_CHECK: status = frame_table_verify() == 0 ? KERNEL_OK : ERROR_STATE; break;
    case DEBUG_PANIC: panic("asked for by thread %lu", (unsigned long)thread->object.birth);
    default: status = ERROR_ARGUMENT; break;
    }
    thread_set_status(thread, status);
}

#endif
