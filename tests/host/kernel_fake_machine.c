#include "kernel_fake_machine.h"
#include "debug.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_machine fake;
struct machine_features machine_features = {
    .physical_address_limit = 1ull << 40,
    .tsc_hertz = 1000000000,
};

static uint8_t *arena;
static struct cpu cpu;

/* ---------------------------------------------------------------- the machine */

void *physical_to_virtual(uint64_t physical)
{
    assert_true(physical < ARENA_BYTES);
    return arena + physical;
}

uint64_t virtual_to_physical(const void *pointer)
{
    return (uint64_t)((const uint8_t *)pointer - arena);
}

static bool readable(uint64_t address, size_t length_bytes)
{
    return address >= FAKE_UNREADABLE_BELOW && address < USER_ADDRESS_LIMIT &&
           length_bytes <= USER_ADDRESS_LIMIT - address;
}

bool copy_from_user(void *destination, user_address source, size_t length_bytes)
{
    if (!readable(source.value, length_bytes))
        return length_bytes == 0;
    memcpy(destination, (const void *)(uintptr_t)source.value, length_bytes);
    return true;
}

bool copy_to_user(user_address destination, const void *source, size_t length_bytes)
{
    if (!readable(destination.value, length_bytes))
        return length_bytes == 0;
    memcpy((void *)(uintptr_t)destination.value, source, length_bytes);
    return true;
}

void machine_context_initialize(struct thread *thread)
{
    thread->context = (struct machine_context){0};
}

void machine_set_registers(struct thread *thread, const struct thread_registers *registers)
{
    thread->context.registers = *registers;
}

void machine_copy_state(struct thread *destination, struct thread *source)
{
    destination->context = source->context;
}

bool machine_set_fs_base(struct thread *thread, uint64_t fs_base)
{
    if (fs_base >= USER_ADDRESS_LIMIT)
        return false;
    thread->context.registers.fs_base = fs_base;
    return true;
}

void machine_context_release(struct thread *thread)
{
    (void)thread;
}

void machine_address_space_initialize(struct machine_address_space *space, uint64_t root)
{
    *space = (struct machine_address_space){.root = root};
}

void machine_address_space_release(struct machine_address_space *space)
{
    if (cpu.loaded_space == space)
        cpu.loaded_space = NULL;
}

void *machine_user_page(const struct machine_address_space *space, user_address address)
{
    (void)space;
    return readable(address.value, 1) ? (void *)(uintptr_t)address.value : NULL;
}

void machine_flush_page(struct machine_address_space *space, uint64_t address)
{
    (void)space;
    (void)address;
    fake.page_flushes++;
}

void machine_flush_space(struct machine_address_space *space)
{
    (void)space;
    fake.space_flushes++;
}

struct cpu *this_cpu(void)
{
    return &cpu;
}
struct thread *current_thread(void)
{
    return cpu.current;
}

struct scheduler *this_scheduler(void)
{
    return cpu.scheduler;
}

void machine_switch_to(struct thread *previous, struct thread *next,
                       struct machine_address_space *space)
{
    assert_ptr_equal(previous, cpu.current);
    cpu.current = next;
    if (next != NULL)
        cpu.loaded_space = space;
}

void machine_resume_thread(struct thread *current)
{
    assert_ptr_equal(current, cpu.current);
}

bool machine_is_private_device(uint64_t physical)
{
    return physical >> 12 == 0xfee00;
}

static bool vector_taken[INTERRUPT_VECTORS];
int machine_interrupt_allocate_line(uint32_t line)
{
    if (line >= 24)
        return ERROR_ARGUMENT;
    if (vector_taken[32 + line])
        return ERROR_OCCUPIED;
    vector_taken[32 + line] = true;
    return (int)(32 + line);
}

int machine_interrupt_allocate_message(void)
{
    for (int vector = 64; vector < 80; vector++) {
        if (!vector_taken[vector]) {
            vector_taken[vector] = true;
            return vector;
        }
    }
    return ERROR_NO_SPACE;
}

void machine_interrupt_release(int vector)
{
    vector_taken[vector] = false;
}
void machine_interrupt_mask(int vector)
{
    (void)vector;
}
void machine_interrupt_unmask(int vector)
{
    (void)vector;
}
bool machine_interrupt_is_level(int vector)
{
    return vector < 64;
}
void machine_interrupt_message(int vector, uint64_t *address, uint32_t *data)
{
    *address = 0xfee00000;
    *data = (uint32_t)vector;
}

uint64_t machine_ticks(void)
{
    return fake.nanoseconds;
}
uint64_t machine_nanoseconds(void)
{
    return fake.nanoseconds;
}
void machine_timer_arm(uint64_t absolute_nanoseconds)
{
    fake.timer = absolute_nanoseconds;
}
void machine_timer_disarm(void)
{
    fake.timer = 0;
}

#define FAKE_PORT(bits)                                      \
    uint##bits##_t port_in##bits(uint16_t port)              \
    {                                                        \
        return (uint##bits##_t)port;                         \
    }                                                        \
    void port_out##bits(uint16_t port, uint##bits##_t value) \
    {                                                        \
        (void)port;                                          \
        (void)value;                                         \
    }
FAKE_PORT(8)
FAKE_PORT(16)
FAKE_PORT(32)

/* Silent, but a broken invariant is worth reading. */
void print(const char *format, ...)
{
    va_list arguments;
    if (strncmp(format, "frame table", 11) != 0)
        return;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

void print_bytes(const char *bytes, size_t length_bytes)
{
    (void)bytes;
    (void)length_bytes;
}

void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    abort();
}

/* ---------------------------------------------------------------- the fixture */

static struct thread *first_thread;
static void *frame_table_memory;

struct thread *fake_first_thread(void)
{
    return first_thread;
}

uint64_t fake_take_frame(void)
{
    fake.next_frame += PAGE_SIZE;
    return fake.next_frame - PAGE_SIZE;
}

int fake_set_up(void **state)
{
    (void)state;
    arena = aligned_alloc(LARGE_PAGE_SIZE, ARENA_BYTES);
    frame_table_memory = malloc(frame_table_bytes(ARENA_BYTES));
    memset(arena, 0xa5, ARENA_BYTES);
    memset(vector_taken, 0, sizeof(vector_taken));
    cpu = (struct cpu){0};
    fake = (struct fake_machine){.nanoseconds = 1, .next_frame = PAGE_SIZE};

    frame_table_initialize(frame_table_memory, ARENA_BYTES);
    frame_table_set_range(0, ARENA_BYTES, FRAME_FREE);
    frame_table_set_range(0, PAGE_SIZE, FRAME_RESERVED);
    core_initialize();
    struct first_task_frames frames = {fake_take_frame(), fake_take_frame(), fake_take_frame(),
                                       fake_take_frame(), fake_take_frame()};
    first_thread = first_task_create(&frames);
    first_task_start(first_thread, 0x400000, 0);
    return 0;
}

int fake_tear_down(void **state)
{
    (void)state;
    assert_int_equal(frame_table_verify(), 0);
    free(frame_table_memory);
    free(arena);
    return 0;
}

struct thread *fake_caller_of(const struct task *task)
{
    for (uint64_t frame = 0; frame < ARENA_BYTES && task->callers != 0; frame += PAGE_SIZE) {
        struct thread *thread = physical_to_virtual(frame);
        if (frame_at(frame)->tag == FRAME_TAG(FRAME_OBJECT, OBJECT_FRAME_THREAD) &&
            thread->state == THREAD_AWAITING_REPLY && thread->server == task)
            return thread;
    }
    return NULL;
}

int64_t fake_call(uint64_t number, uint64_t rdi, uint64_t rsi, uint64_t rdx, uint64_t r8,
                  uint64_t r9, uint64_t r10)
{
    struct thread *thread = cpu.current;
    struct thread_registers *registers = &thread->context.registers;
    registers->rax = number;
    registers->rdi = rdi;
    registers->rsi = rsi;
    registers->rdx = rdx;
    registers->r8 = r8;
    registers->r9 = r9;
    registers->r10 = r10;
    system_call(thread);
    return (int64_t)registers->rax;
}

int64_t fake_create(enum object_type type, uint32_t parent, uint64_t argument, uint64_t frame0,
                    uint64_t frame1, uint64_t frame2, uint32_t slot)
{
    struct object_create request = {.authority = BOOT_HANDLE_MEMORY,
                                    .type = type,
                                    .frames = {frame0, frame1, frame2},
                                    .slot = slot,
                                    .parent = parent,
                                    .argument = argument};
    int64_t status = fake_call(SYS_OBJECT_CREATE, (uint64_t)&request, 0, 0, 0, 0, 0);
    return status != KERNEL_OK ? status : (int64_t)first_thread->context.registers.rdx;
}

uint32_t fake_make(enum object_type type)
{
    int64_t handle = fake_create(type, 0, 0, fake_take_frame(), 0, 0, 0);
    assert_true(handle > 0);
    return (uint32_t)handle;
}

uint32_t fake_make_thread(uint32_t task)
{
    int64_t handle = fake_create(OBJECT_THREAD, task, 0, fake_take_frame(), 0, 0, 0);
    assert_true(handle > 0);
    assert_int_equal(fake_call(SYS_THREAD, (uint64_t)handle, THREAD_START, 0, 0, 0, 0), KERNEL_OK);
    return (uint32_t)handle;
}
