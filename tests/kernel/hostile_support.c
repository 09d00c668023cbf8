/*
 * What the hostile-caller tests share: frames, page operations, helpers and child tasks.
 */
#include "hostile.h"
#include <string.h>

/* ---------------------------------------------------------------- memory */

static const struct boot_range *largest_free_range(void)
{
    const struct boot_range *ranges =
        (const struct boot_range *)((const char *)boot + boot->ranges_offset);
    const struct boot_range *largest = NULL;
    for (uint32_t i = 0; i < boot->range_count; i++) {
        if (ranges[i].kind == BOOT_RANGE_FREE &&
            (largest == NULL || ranges[i].length_bytes > largest->length_bytes))
            largest = &ranges[i];
    }
    return largest;
}

/* Frames from the start of the range upwards, blocks from its end downwards. */
uint64_t take_frame(void)
{
    static uint64_t next;
    if (next == 0)
        next = largest_free_range()->start;
    next += PAGE_SIZE;
    return next - PAGE_SIZE;
}

uint64_t take_block(void)
{
    static uint64_t end;
    if (end == 0) {
        const struct boot_range *range = largest_free_range();
        end = (range->start + range->length_bytes) & ~(LARGE_PAGE_SIZE - 1);
    }
    end -= LARGE_PAGE_SIZE;
    return end;
}

static int64_t one_operation(int64_t (*call)(struct page_batch *), struct page_operation *operation,
                             uint64_t *tables, uint32_t table_count)
{
    struct page_batch batch = {
        .operations = (uint64_t)operation,
        .count = 1,
        .authority = BOOT_HANDLE_MEMORY,
        .table_frames = (uint64_t)tables,
        .table_count = table_count,
    };
    int64_t error = call(&batch);
    return error != KERNEL_OK ? error : operation->status;
}

int64_t map_page(uint32_t task, uint64_t address, uint64_t descriptor)
{
    struct page_operation operation = {.address = address, .page = descriptor, .task = task};
    return one_operation(sys_map, &operation, NULL, 0);
}

int64_t unmap_page(uint32_t task, uint64_t address, uint64_t *old)
{
    struct page_operation operation = {.address = address, .task = task};
    int64_t error = one_operation(sys_unmap, &operation, NULL, 0);
    if (old != NULL)
        *old = operation.page;
    return error;
}

int64_t protect_page(uint32_t task, uint64_t address, uint64_t clear, uint64_t *old)
{
    struct page_operation operation = {.address = address, .page = clear, .task = task};
    int64_t error = one_operation(sys_protect, &operation, NULL, 0);
    if (old != NULL)
        *old = operation.page;
    return error;
}

int64_t map_page_and_tables(uint32_t task, uint64_t address, uint64_t descriptor)
{
    int64_t error = map_page(task, address, descriptor);
    if (error != ERROR_NO_TABLE)
        return error;
    uint64_t tables[3] = {take_frame(), take_frame(), take_frame()};
    struct page_operation operation = {.address = address, .page = descriptor, .task = task};
    return one_operation(sys_map, &operation, tables, 3);
}

void *map_scratch(unsigned index, uint64_t frame)
{
    uint64_t address = SCRATCH_ADDRESS + index * PAGE_SIZE;
    EXPECT(map_page_and_tables(BOOT_HANDLE_TASK, address, frame | PAGE_PRESENT | PAGE_WRITE),
           KERNEL_OK);
    return (void *)address;
}

void unmap_scratch(unsigned index)
{
    EXPECT(unmap_page(BOOT_HANDLE_TASK, SCRATCH_ADDRESS + index * PAGE_SIZE, NULL), KERNEL_OK);
}

/* ---------------------------------------------------------------- objects */

int64_t create(enum object_type type, uint32_t parent, uint64_t argument, uint64_t frame0,
               uint64_t frame1, uint64_t frame2, uint32_t slot)
{
    struct object_create request = {
        .authority = BOOT_HANDLE_MEMORY,
        .type = type,
        .frames = {frame0, frame1, frame2},
        .slot = slot,
        .parent = parent,
        .argument = argument,
    };
    return sys_object_create(&request);
}

uint32_t make_object(enum object_type type)
{
    static uint64_t slab;
    static uint32_t slot = OBJECT_SLOTS;
    if (slot == OBJECT_SLOTS) {
        slab = take_frame();
        slot = 0;
    }
    int64_t handle = create(type, 0, 0, slab, 0, 0, slot++);
    EXPECT(handle > 0, true);
    return (uint32_t)handle;
}

int64_t destroy(uint32_t handle)
{
    int64_t status;
    do {
        status = sys_object_destroy(handle);
    } while (status == ERROR_AGAIN);
    return status;
}

/* ---------------------------------------------------------------- helpers */

void helper_start(struct helper *helper, void (*function)(void *argument), void *argument)
{
    struct thread_registers registers = {
        .rip = (uint64_t)function,
        .rdi = (uint64_t)argument,
        /* as after a call instruction */
        .rsp = (uint64_t)(helper->stack + sizeof(helper->stack)) - 8,
    };
    helper->thread = (uint32_t)create(OBJECT_THREAD, BOOT_HANDLE_TASK, 0, take_frame(), 0, 0, 0);
    EXPECT(sys_thread_set_registers(helper->thread, &registers), KERNEL_OK);
    EXPECT(sys_thread_start(helper->thread), KERNEL_OK);
}

void helper_end(struct helper *helper)
{
    EXPECT(destroy(helper->thread), KERNEL_OK);
}

_Noreturn void helper_rest(void)
{
    static uint32_t nobody;
    if (nobody == 0)
        nobody = make_object(OBJECT_ENDPOINT);
    for (;;)
        sys_wait(nobody, &(struct message){0});
}

void let_others_run(void)
{
    for (unsigned i = 0; i < 8; i++)
        sys_thread(0, THREAD_YIELD, 0, 0);
}

/* ---------------------------------------------------------------- children */

/* The code at CHILD_SYSTEM_CALL, CHILD_STORE and CHILD_SPIN. */
extern const uint8_t child_code[], child_code_end[];
__asm__(".pushsection .rodata\n"
        "child_code:\n"
        "    syscall\n    ud2\n"
        "    .balign 16\n"
        "    mov %rbx, (%rax)\n    ud2\n"
        "    .balign 16\n"
        "1:  inc %rax\n    jmp 1b\n"
        "child_code_end:\n"
        ".popsection\n");

void child_make(struct child *child)
{
    child->task_frame = take_frame();
    child->thread_frame = take_frame();
    child->code_frame = take_frame();
    child->task =
        (uint32_t)create(OBJECT_TASK, 0, 0, child->task_frame, take_frame(), take_frame(), 0);
    child->thread = (uint32_t)create(OBJECT_THREAD, child->task, 0, child->thread_frame, 0, 0, 0);
    EXPECT((int32_t)child->task > 0 && (int32_t)child->thread > 0, true);

    memcpy(map_scratch(0, child->code_frame), child_code, (size_t)(child_code_end - child_code));
    unmap_scratch(0);
    EXPECT(map_page_and_tables(child->task, CHILD_CODE,
                               child->code_frame | PAGE_PRESENT | PAGE_EXECUTE),
           KERNEL_OK);

    child->fault_endpoint = make_object(OBJECT_ENDPOINT);
    int64_t badged = sys_handle_copy(child->fault_endpoint, 0, RIGHT_ALL, CHILD_BADGE, 0);
    EXPECT(sys_thread(child->task, TASK_SET_FAULT_ENDPOINT, (uint64_t)badged, 0), KERNEL_OK);
    EXPECT(sys_thread(child->task, TASK_SET_EXCEPTION_ENDPOINT, (uint64_t)badged, 0), KERNEL_OK);
    EXPECT(sys_handle_close((uint32_t)badged), KERNEL_OK);
}

void child_run(struct child *child, const struct thread_registers *registers)
{
    EXPECT(sys_thread_set_registers(child->thread, registers), KERNEL_OK);
    EXPECT(sys_thread_start(child->thread), KERNEL_OK);
}

void child_end(struct child *child)
{
    EXPECT(destroy(child->task), KERNEL_OK);
    EXPECT(sys_object_destroy(child->thread), ERROR_BAD_HANDLE); /* went with its task */
    EXPECT(sys_handle_close(child->thread), KERNEL_OK);
    EXPECT(destroy(child->fault_endpoint), KERNEL_OK);
}
