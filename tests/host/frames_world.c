/*
 * See frames_world.h.
 */
#include "frames_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PROGRAMS_MAX 8

struct disk world_disk;
struct file_object world_file;
bool world_hold_file_writes;
uint64_t world_file_writes;
uint32_t world_file_order[WORLD_PAGES];

static struct program *programs[PROGRAMS_MAX + 1]; /* by id */
static struct address_space *first_space;
static struct page *file_pages[WORLD_PAGES];

/* ---------------------------------------------------------------- address spaces */

struct address_space *address_space_first(void)
{
    return first_space;
}

struct address_space *address_space_by_id(uint32_t id)
{
    assert_true(id <= PROGRAMS_MAX && programs[id] != NULL);
    return &programs[id]->space;
}

uint64_t address_space_anonymous_pages(const struct address_space *space)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < WORLD_PAGES; i++) {
        const struct anonymous *anonymous = &programs[space->id]->pages[i];
        count += anonymous->page != NULL || anonymous->slot != 0;
    }
    return count;
}

struct program *program_begin(struct group *group)
{
    uint32_t id = 1;
    while (programs[id] != NULL)
        id++;
    assert_true(id <= PROGRAMS_MAX);
    struct program *program = calloc(1, sizeof *program);
    struct object_create create = {.authority = BOOT_HANDLE_MEMORY, .type = OBJECT_TASK};
    for (int i = 0; i < 3; i++) {
        create.frames[i] = donation_take(i == 1 ? PAGE_STATE_TABLE : PAGE_STATE_OBJECT);
        assert_int_not_equal(create.frames[i], 0);
        program->space.object_frames[i] = create.frames[i];
    }
    int64_t task = sys_object_create(&create);
    assert_true(task > 0);
    program->space.id = id;
    program->space.task = (uint32_t)task;
    program->space.root_table = create.frames[1];
    program->space.group = group;
    program->space.next = first_space;
    first_space = &program->space;
    for (uint64_t i = 0; i < WORLD_PAGES; i++)
        program->pages[i].index = i;
    programs[id] = program;
    group_add_space(group);
    return program;
}

void program_end(struct program *program)
{
    for (uint64_t i = 0; i < WORLD_PAGES; i++) {
        struct anonymous *anonymous = &program->pages[i];
        if (anonymous->page != NULL) {
            page_unmap_all(anonymous->page);
            page_release(anonymous->page, POLICY_EXITED);
        }
        if (anonymous->slot != 0)
            swap_slot_free(anonymous->slot);
    }
    assert_int_equal(sys_object_destroy(program->space.task), KERNEL_OK);
    page_tables_release(&program->space);
    for (int i = 0; i < 3; i++)
        donation_return(program->space.object_frames[i]);
    struct address_space **link = &first_space;
    while (*link != &program->space)
        link = &(*link)->next;
    *link = program->space.next;
    group_remove_space(program->space.group);
    programs[program->space.id] = NULL;
    free(program);
}

/* ---------------------------------------------------------------- owners of pages */

void anonymous_evicted(struct page *page, uint32_t cookie, uint64_t evicted_at)
{
    struct anonymous *anonymous = page->owner.anonymous;
    assert_ptr_equal(anonymous->page, page);
    anonymous->page = NULL;
    anonymous->cookie = cookie;
    anonymous->evicted_at = evicted_at;
    anonymous->evicted = true;
}

uint32_t anonymous_slot(const struct page *page)
{
    return page->owner.anonymous->slot;
}

void anonymous_set_slot(struct page *page, uint32_t slot)
{
    page->owner.anonymous->slot = slot;
}

uint64_t page_identity(const struct page *page, uint64_t *index, enum policy_kind *kind)
{
    bool file = page->flags & PAGE_IS_FILE;
    *index = file ? page->index : page->owner.anonymous->index;
    *kind = file ? POLICY_SHARED_FILE : POLICY_ANONYMOUS;
    return file;
}

/* ---------------------------------------------------------------- accesses */

struct sleeper {
    struct waiter waiter;
    bool awake;
};

static void wake(struct waiter *waiter, int32_t result)
{
    (void)result;
    ((struct sleeper *)waiter)->awake = true;
}

static void sleep_until_awake(struct sleeper *sleeper)
{
    for (int rounds = 0; !sleeper->awake; rounds++) {
        assert_true(rounds < 1000);
        world_settle();
    }
    sleeper->awake = false;
}

static void read_done(struct page *page, int32_t result)
{
    assert_int_equal(result, 0);
    page_io_end(page, result);
}

/* true: the page is resident; false: the program was killed while it waited. */
static bool make_resident(struct program *program, uint64_t index)
{
    struct sleeper sleeper = {.waiter = {.resume = wake}};
    struct anonymous *anonymous = &program->pages[index];
    struct group *group = program->space.group;
    struct page *page;
    for (;;) {
        int32_t error;
        if (program->space.dying)
            return false;
        page = page_allocate(group, &sleeper.waiter, &error);
        if (page != NULL)
            break;
        assert_int_equal(error, 0);
        sleep_until_awake(&sleeper);
    }
    page->owner.anonymous = anonymous;
    struct policy_insert_info info = {.cookie = anonymous->cookie};
    enum policy_insert_why why = POLICY_DEMAND;
    if (anonymous->evicted) {
        why = POLICY_REFAULT;
        info.refault_distance = group_eviction_clock(group) - anonymous->evicted_at;
    }
    if (anonymous->slot != 0) {
        assert_non_null(page_io_begin(page));
        swap_read(anonymous->slot, page, read_done);
        page_wait(page, &sleeper.waiter);
        sleep_until_awake(&sleeper);
    } else {
        memset(page_contents(page), 0, PAGE_SIZE);
    }
    anonymous->page = page;
    page_insert(page, why, &info);
    return true;
}

bool program_access(struct program *program, uint64_t index, bool write)
{
    uint64_t address = address_of(index), tables[3];
    struct anonymous *anonymous = &program->pages[index];
    if (fake_touch(program->space.task, address, write))
        return false;
    bool minor = anonymous->page != NULL;
    if (!minor && !make_resident(program, index))
        return true;
    struct page *page = anonymous->page;
    assert_true(page_table_supply(&program->space, address, tables));
    assert_true(mapping_add(page, &program->space, address));
    if (minor)
        page_reference(page, POLICY_SOFT);
    assert_int_equal(fake_reply_map(program->space.task, address,
                                    page_physical(page) | PAGE_PRESENT | PAGE_WRITE, tables),
                     KERNEL_OK);
    assert_true(fake_touch(program->space.task, address, write));
    if (background_needed)
        background_work();
    return true;
}

uint64_t *program_memory(struct program *program, uint64_t index)
{
    return fake_memory(program->space.task, address_of(index));
}

/* ---------------------------------------------------------------- the swap disk */

static bool disk_submit(struct block_device *device, struct block_request *request)
{
    struct disk *disk = (struct disk *)device;
    uint32_t queued = 0;
    for (struct block_request *other = disk->first; other != NULL; other = other->next)
        queued++;
    if (queued == device->queue_depth)
        return false;
    assert_true(request->segment_count <= device->segments_max);
    request->next = NULL;
    if (disk->first == NULL)
        disk->first = request;
    else
        disk->last->next = request;
    disk->last = request;
    disk->requests++;
    disk->segments += request->segment_count;
    return true;
}

static void disk_kick(struct block_device *device)
{
    (void)device;
}

static uint32_t disk_poll(struct block_device *device)
{
    struct disk *disk = (struct disk *)device;
    uint32_t count = 0;
    struct block_request *request = disk->hold ? NULL : disk->first;
    if (request != NULL)
        disk->first = disk->last = NULL;
    while (request != NULL) {
        struct block_request *next = request->next;
        uint8_t *place = disk->bytes + request->sector * BLOCK_SECTOR_BYTES;
        request->result = request->operation == BLOCK_WRITE && disk->fail_writes ? -5 : 0;
        for (uint32_t i = 0; i < request->segment_count && request->result == 0; i++) {
            uint8_t *memory = window(request->segments[i].physical);
            uint32_t length = request->segments[i].length_bytes;
            assert_true(place + length <= disk->bytes + device->sectors * BLOCK_SECTOR_BYTES);
            if (request->operation == BLOCK_WRITE)
                memcpy(place, memory, length);
            else
                memcpy(memory, place, length);
            place += length;
        }
        request->done(request);
        request = next;
        count++;
    }
    return count;
}

static const struct block_device_operations disk_operations = {disk_submit, disk_kick, disk_poll};

struct block_device *block_device_open(const struct disk_description *description,
                                       struct dma_memory *memory, uint32_t notification,
                                       uint64_t bits, uint32_t irq,
                                       void *(*physical_to_virtual)(uint64_t), int *error)
{
    (void)memory, (void)notification, (void)bits, (void)irq, (void)physical_to_virtual;
    world_disk.bytes = (uint8_t *)(uintptr_t)description->ram_address;
    world_disk.device.sectors = description->ram_bytes / BLOCK_SECTOR_BYTES;
    *error = 0;
    return &world_disk.device;
}

uint64_t block_device_dma_bytes(const struct disk_description *description)
{
    (void)description;
    return PAGE_SIZE;
}

void disk_complete(void)
{
    swap_interrupt();
}

/* ---------------------------------------------------------------- the file */

static struct page *writing[WORLD_PAGES];
static void (*writing_done)(struct page *page, int32_t result);
static uint32_t writing_count;

void file_evicted(struct page *page, uint32_t cookie, uint64_t evicted_at)
{
    (void)cookie, (void)evicted_at;
    assert_ptr_equal(file_pages[page->index], page);
    file_pages[page->index] = NULL;
}

void file_write_page(struct page *page, void (*done)(struct page *page, int32_t result))
{
    writing[writing_count++] = page;
    writing_done = done;
}

void file_complete(void)
{
    uint32_t count = writing_count;
    struct page *batch[WORLD_PAGES];
    memcpy(batch, writing, count * sizeof *batch);
    writing_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        world_file_order[world_file_writes++] = batch[i]->index;
        writing_done(batch[i], 0);
    }
}

void file_page_dirty(struct page *page)
{
    if (page->flags & PAGE_IS_DIRTY)
        return;
    page->flags |= PAGE_IS_DIRTY;
    world_file.dirty++;
    writeback_note_dirty();
}

void file_page_clean(struct page *page)
{
    if (!(page->flags & PAGE_IS_DIRTY))
        return;
    page->flags &= (uint8_t)~PAGE_IS_DIRTY;
    world_file.dirty--;
}

struct page *file_page_next_dirty(struct file_object *file, uint64_t *index, uint64_t last)
{
    assert_ptr_equal(file, &world_file);
    for (; *index <= last && *index < WORLD_PAGES; ++*index) {
        if (file_pages[*index] != NULL && (file_pages[*index]->flags & PAGE_IS_DIRTY))
            return file_pages[*index];
    }
    return NULL;
}

struct file_object *file_object_first(void)
{
    return &world_file;
}

void file_object_hold(struct file_object *file)
{
    file->references++;
}

void file_object_drop(struct file_object *file)
{
    assert_int_not_equal(file->references, 0);
    file->references--;
}

struct page *file_page_make(uint64_t index, struct group *group)
{
    int32_t error;
    struct page *page = page_allocate(group, NULL, &error);
    assert_non_null(page);
    page->flags |= PAGE_IS_FILE;
    page->owner.file = &world_file;
    page->index = (uint32_t)index;
    file_pages[index] = page;
    page_insert(page, POLICY_DEMAND, NULL);
    return page;
}

/* ---------------------------------------------------------------- the world */

void world_settle(void)
{
    run_queue_drain();
    if (!world_disk.hold)
        disk_complete();
    if (!world_hold_file_writes)
        file_complete();
    run_queue_drain();
    if (background_needed)
        background_work();
    run_queue_drain();
}

void world_begin(uint64_t ram_bytes, uint64_t swap_slots)
{
    fake_services_reset();
    fake_kernel_boot(ram_bytes, 0);
    memset(file_pages, 0, sizeof file_pages);
    memset(&world_file, 0, sizeof world_file);
    world_hold_file_writes = false;
    world_file_writes = 0;
    writeback_armed = false;
    writing_count = 0;
    world_disk = (struct disk){
        .device = {&disk_operations, swap_slots * 8, 32, 4, false, false, 0, {0}},
        .bytes = swap_slots != 0 ? calloc(swap_slots, PAGE_SIZE) : NULL,
    };
    swap_boot(&world_disk.device, 0, swap_slots);
}

void world_end(void)
{
    for (uint32_t id = 1; id <= PROGRAMS_MAX; id++) {
        if (programs[id] != NULL)
            program_end(programs[id]);
    }
    world_disk.hold = world_hold_file_writes = false;
    for (int i = 0; i < 10; i++)
        world_settle();
    world_check();
    swap_boot(&world_disk.device, 0, 0);
    free(world_disk.bytes);
    fake_kernel_end();
}

void world_check(void)
{
    uint64_t counts[PAGE_STATES] = {0};
    uint64_t anonymous = 0, file = 0;
    for (struct page *page = page_array_next(0); page != NULL;
         page = page_array_next(page_frame(page) + 1)) {
        counts[page->state]++;
        if (page->state == PAGE_STATE_RESIDENT) {
            file += (page->flags & PAGE_IS_FILE) != 0;
            anonymous += (page->flags & PAGE_IS_FILE) == 0;
            assert_int_equal(page->flags & PAGE_NAMED, 0);
        }
    }
    for (int state = 0; state < PAGE_STATES; state++)
        assert_int_equal(counts[state], frame_pool.counts[state]);
    assert_int_equal(counts[PAGE_STATE_FREE], pool_length());
    assert_int_equal(anonymous, frame_pool.anonymous);
    assert_int_equal(file, frame_pool.file);
    uint64_t charged = 0;
    for (struct group *group = root_group; group != NULL; group = group->next)
        charged += group->counters.resident;
    assert_int_equal(charged, counts[PAGE_STATE_RESIDENT] + counts[PAGE_STATE_READING] +
                                  counts[PAGE_STATE_DRAINING]);
    fake_check();
}
