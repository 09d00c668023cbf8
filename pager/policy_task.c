/*
 * Making and ending tasks for policies: see policy_task.h.
 *
 * A task has the policy server's text and constants, which all share with the boot module, and
 * everything else for itself in wired frames. It has one handle, an endpoint to receive on: it
 * can reach nobody, and what it does to its memory it does to itself.
 *
 * Every frame of a task is in one chain, linked through the descriptors' index, so that its end
 * gives back what its beginning took, however far that got.
 */
#include "policy_task.h"
#include "address_space.h"
#include "frame_pool.h"
#include "kernel_interface.h"
#include "server_loader.h"
#include "services.h"

#include <quire/elf.h>
#include <quire/errno.h>
#include <string.h>

#define IMAGE_MIN 0x10000ull
#define STACK_PAGES 8
/* Pages mapped by one kernel call: they need at most a table of each level and a second leaf. */
#define BATCH 64
#define TABLES 4

static struct slab task_slab = SLAB_INITIALIZER(struct policy_task);
static struct policy_task *all;
static const uint8_t *file; /* the module; NULL: there is none */
static uint64_t file_physical;
static struct elf_image image;
static struct elf_page_range ranges[ELF_PAGES_MAX];
static uint32_t range_count;

/* ---------------------------------------------------------------- frames */

static void own(struct policy_task *task, uint64_t physical)
{
    page_of_physical(physical)->index = task->frames;
    task->frames = (uint32_t)(physical >> PAGE_SHIFT);
}

static uint64_t take_donation(struct policy_task *task, enum page_state state)
{
    uint64_t physical = donation_take(state);
    if (physical != 0)
        own(task, physical);
    return physical;
}

static uint64_t take_wired(struct policy_task *task)
{
    uint64_t physical = frames_allocate_wired(1, PAGE_SIZE);
    if (physical != 0)
        own(task, physical);
    return physical;
}

static void free_frames(struct policy_task *task)
{
    while (task->frames != 0) {
        struct page *page = &PAGES[task->frames];
        task->frames = page->index;
        if (page->state == PAGE_STATE_WIRED)
            frames_free_wired(page_physical(page), 1);
        else
            donation_return(page_physical(page));
    }
}

/* ---------------------------------------------------------------- memory */

/* Where the frames of a piece of memory come from. */
typedef uint64_t frame_source(struct policy_task *task, const void *context, uint64_t address);

static bool map_batch(struct policy_task *task, struct page_operation *operations, uint32_t count)
{
    uint64_t tables[TABLES];
    uint32_t taken = 0, left;
    while (taken < TABLES && (tables[taken] = donation_take(PAGE_STATE_TABLE)) != 0)
        taken++;
    left = taken;
    bool mapped = kernel_map(operations, count, tables, &left) == KERNEL_OK;
    for (uint32_t i = 0; i < taken; i++) {
        if (i < left)
            donation_return(tables[i]);
        else
            own(task, tables[i]);
    }
    for (uint32_t i = 0; i < count; i++)
        mapped = mapped && operations[i].status == KERNEL_OK;
    return mapped;
}

/* Pages from `address` to `end` of frames from `source`. false: no memory. */
static bool add_memory(struct policy_task *task, uint64_t address, uint64_t end, uint64_t rights,
                       frame_source *source, const void *context)
{
    static struct page_operation operations[BATCH];
    while (address < end) {
        uint32_t count = 0;
        for (; count < BATCH && address < end; address += PAGE_SIZE, count++) {
            uint64_t physical = source(task, context, address);
            if (physical == 0)
                return false;
            operations[count] = (struct page_operation){
                .address = address,
                .page = physical | rights | PAGE_PRESENT,
                .task = task->task,
            };
        }
        if (!map_batch(task, operations, count))
            return false;
    }
    return true;
}

static uint64_t zeroed_frame(struct policy_task *task, const void *context, uint64_t address)
{
    (void)context, (void)address;
    return take_wired(task);
}

/* Of a read-only range: the module's own frame. */
static uint64_t module_frame(struct policy_task *task, const void *context, uint64_t address)
{
    const struct elf_page_range *range = context;
    (void)task;
    return file_physical + range->file_offset + (address - range->address);
}

/* The bytes of a segment that lie in the page. */
static void copy_segment(const struct elf_segment *segment, uint64_t address, uint8_t *memory)
{
    uint64_t start = segment->address, end = segment->address + segment->file_bytes;
    if (start < address)
        start = address;
    if (end > address + PAGE_SIZE)
        end = address + PAGE_SIZE;
    if (start < end)
        memcpy(memory + (start - address), file + segment->file_offset + (start - segment->address),
               end - start);
}

static uint64_t image_copy(struct policy_task *task, const void *context, uint64_t address)
{
    (void)context;
    uint64_t physical = take_wired(task);
    if (physical == 0)
        return 0;
    for (uint32_t i = 0; i < image.segment_count; i++)
        copy_segment(&image.segments[i], address, window(physical));
    return physical;
}

static bool add_image(struct policy_task *task)
{
    for (uint32_t i = 0; i < range_count; i++) {
        const struct elf_page_range *range = &ranges[i];
        bool copied = (range->rights & ELF_WRITE) || range->pieces;
        uint64_t rights = (range->rights & ELF_WRITE ? PAGE_WRITE : 0) |
                          (range->rights & ELF_EXECUTE ? PAGE_EXECUTE : 0);
        if (!add_memory(task, range->address, range->address + range->length_bytes, rights,
                        copied ? image_copy : module_frame, range))
            return false;
    }
    return true;
}

static uint64_t area_frame(struct policy_task *task, const void *context, uint64_t address)
{
    (void)context, (void)address;
    uint64_t physical = take_wired(task);
    task->area = physical != 0 ? window(physical) : NULL;
    return physical;
}

static bool add_zeroed(struct policy_task *task, uint64_t address, uint64_t bytes)
{
    return add_memory(task, address, address + ((bytes + PAGE_SIZE - 1) & PAGE_MASK), PAGE_WRITE,
                      zeroed_frame, NULL);
}

bool policy_task_grow(struct policy_task *task, const struct policy_ops *ops, size_t frames)
{
    uint64_t bytes = policy_arena_offset(ops) + policy_arena_bytes(ops, frames);
    bytes = (bytes + PAGE_SIZE - 1) & PAGE_MASK;
    if (bytes <= task->memory_bytes)
        return true;
    /* What was added of a piece that then failed stays, and is not added again. */
    for (; task->memory_bytes < bytes; task->memory_bytes += PAGE_SIZE) {
        if (!add_zeroed(task, POLICY_TASK_MEMORY + task->memory_bytes, PAGE_SIZE))
            return false;
    }
    return true;
}

static bool add_all_memory(struct policy_task *task)
{
    return add_image(task) &&
           add_memory(task, POLICY_TASK_AREA, POLICY_TASK_AREA + PAGE_SIZE, PAGE_WRITE, area_frame,
                      NULL) &&
           add_zeroed(task, POLICY_TASK_STACK_TOP - STACK_PAGES * PAGE_SIZE,
                      STACK_PAGES * PAGE_SIZE) &&
           add_zeroed(task, POLICY_TASK_PAGES, frame_pool.frame_limit * sizeof(struct policy_page));
}

/* ---------------------------------------------------------------- kernel objects */

static uint32_t make_object(struct policy_task *task, struct object_create *create)
{
    create->authority = BOOT_HANDLE_MEMORY;
    create->frames[0] = take_donation(task, PAGE_STATE_OBJECT);
    int64_t handle = create->frames[0] != 0 ? handle_make_object(create) : ERROR_NO_SPACE;
    return handle > 0 ? (uint32_t)handle : 0;
}

static bool make_objects(struct policy_task *task)
{
    struct object_create create = {
        .type = OBJECT_TASK,
        .frames = {0, take_donation(task, PAGE_STATE_TABLE),
                   take_donation(task, PAGE_STATE_OBJECT)},
    };
    if (create.frames[1] == 0 || create.frames[2] == 0)
        return false;
    task->task = make_object(task, &create);
    if (task->task == 0)
        return false;
    create = (struct object_create){.type = OBJECT_THREAD, .parent = task->task};
    task->thread = make_object(task, &create);
    create = (struct object_create){.type = OBJECT_ENDPOINT};
    task->endpoint = make_object(task, &create);
    return task->thread != 0 && task->endpoint != 0;
}

static bool start(struct policy_task *task)
{
    struct thread_registers registers = {.rip = image.entry, .rsp = POLICY_TASK_STACK_TOP};
    return sys_handle_copy(task->endpoint, task->task, RIGHT_RECEIVE, 0, POLICY_TASK_ENDPOINT) >=
               0 &&
           watchdog_attach(task, task->task) == KERNEL_OK &&
           sys_thread_set_registers(task->thread, &registers) == KERNEL_OK &&
           sys_thread(task->thread, THREAD_SET_PRIORITY, PRIORITY_POLICY_TASK, 0) == KERNEL_OK &&
           sys_thread_start(task->thread) == KERNEL_OK;
}

static void destroy_object(uint32_t handle)
{
    while (handle != 0 && sys_object_destroy(handle) == ERROR_AGAIN)
        continue;
}

/* ---------------------------------------------------------------- life */

struct policy_task *policy_task_create(const struct policy_ops *ops, size_t frames, int32_t *error)
{
    *error = -ENODEV;
    if (file == NULL)
        return NULL;
    *error = -ENOMEM;
    struct policy_task *task = slab_allocate(&task_slab);
    if (task == NULL)
        return NULL;
    /* The watchdog sees the list at any time: whole before and after. */
    task->next = all;
    __atomic_store_n(&all, task, __ATOMIC_RELEASE);
    if (!make_objects(task) || !add_all_memory(task) || !policy_task_grow(task, ops, frames) ||
        !start(task)) {
        policy_task_destroy(task);
        return NULL;
    }
    *error = 0;
    return task;
}

void policy_task_destroy(struct policy_task *task)
{
    struct policy_task **link = &all;
    while (*link != task)
        link = &(*link)->next;
    __atomic_store_n(link, task->next, __ATOMIC_RELEASE);
    destroy_object(task->thread);
    destroy_object(task->task);
    destroy_object(task->endpoint);
    free_frames(task);
    slab_free(&task_slab, task);
}

void policy_task_end(struct policy_task *task, enum trace_containment reason)
{
    if (task->ended == 0)
        task->ended = reason;
    if (hook_guard.task != task)
        return;
    /* The pager's call ends with ERROR_DEAD; if it is not in the call, it looks before the next. */
    sys_thread_stop(BOOT_HANDLE_THREAD);
    sys_thread_start(BOOT_HANDLE_THREAD);
}

void policy_tasks_check(void)
{
    for (struct policy_task *task = __atomic_load_n(&all, __ATOMIC_ACQUIRE); task != NULL;
         task = task->next) {
        struct thread_info info;
        if (task == hook_guard.task || !task->was_called || task->ended != 0 ||
            sys_thread(task->thread, THREAD_INFO, (uint64_t)(uintptr_t)&info, 0) != KERNEL_OK ||
            info.state != THREAD_READY)
            continue;
        sys_thread_stop(task->thread);
        policy_task_end(task, TRACE_CONTAINED_LOOP);
    }
}

/* ---------------------------------------------------------------- boot */

static bool load(const struct boot_module *module)
{
    const uint8_t *bytes = window(module->start);
    enum elf_error error = elf_parse(bytes, module->length_bytes, module->length_bytes, IMAGE_MIN,
                                     POLICY_TASK_AREA, &image);
    if (error != ELF_OK || module->start % PAGE_SIZE != 0) {
        console_message("the boot module 'policy-server' cannot be loaded: %s",
                        error != ELF_OK ? elf_error_text(error) : "it is not page-aligned");
        return false;
    }
    range_count = elf_pages(&image, ranges);
    /* The last frame is mapped as it is: nothing but the module is in it. */
    uint64_t end = module->start + module->length_bytes;
    memset(window(end), 0, ((end + PAGE_SIZE - 1) & PAGE_MASK) - end);
    file_physical = module->start;
    file = bytes;
    return true;
}

void policy_task_boot(const struct boot_information *information)
{
    const struct boot_module *module = module_find(information, "policy-server");
    const char *option = option_text("policy-task");
    bool loaded = module != NULL && load(module);
    policy_task_default = loaded && option != NULL && strcmp(option, "no") != 0;
    if (option != NULL && !loaded)
        console_message("policy-task: there is no boot module 'policy-server'");

    /* The root group was made before there could be tasks. */
    struct policy_request request;
    struct group *root = group_by_id(0);
    const char *name = option_text("policy");
    if (name == NULL || policy_parse(name, strlen(name), &request) != 0) {
        name = group_counters(root)->policy;
        policy_parse(name, strlen(name), &request);
    }
    if (request.in_task && group_set_policy(root, name, strlen(name)) != 0)
        console_message("the policy of group 0 gets no task and stays in the pager");
}
