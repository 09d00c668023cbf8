/*
 * Random programs against a plain model: several processes that map, unmap, protect, move, lock,
 * fork and die, in fewer frames than they use, and ask for large pages or not. Every access must see
 * what the model says.
 */
#include "host_test.h"
#include "memory_world.h"
#include <stdlib.h>
#include <string.h>

#define LARGE 512               /* pages of a large page */
#define WINDOW (2 * LARGE + 64) /* pages of the address range that programs play in, */
#define SMALL_WINDOW 64         /* or so many, for the less rare to happen more often */
#define BASE 0x20000000ull      /* 2 MiB aligned */
#define PROGRAMS 4
#define OBJECTS 400
#define OBJECT_PAGES (LARGE + 64)
#define STEPS 6000

/* What is shared: files 0 and 1, then each shared anonymous mapping. A value a page. */
static uint64_t objects[OBJECTS][OBJECT_PAGES];
static unsigned object_count;

struct model_page {
    bool mapped, shared, locked;
    bool own; /* a private page that was written, or made writable ahead, or is anonymous */
    uint8_t protection;
    int object;     /* -1: private anonymous */
    unsigned index; /* in the object */
    uint64_t value; /* own */
};
static struct program {
    struct address_space *space;
    struct model_page pages[WINDOW];
} programs[PROGRAMS];
static struct group *group;
static bool with_large_pages;
static uint64_t next_value = 1000;

static uint64_t address_of(unsigned page)
{
    return BASE + page * PAGE_SIZE;
}

static uint64_t expected(const struct model_page *page)
{
    return page->own ? page->value : objects[page->object][page->index];
}

static unsigned pick(unsigned limit)
{
    return (unsigned)rand() % limit;
}

static unsigned window_pages(void)
{
    return with_large_pages ? WINDOW : SMALL_WINDOW;
}

/* Mostly a few pages; with large pages often at the edges of one, or about as many as it has. */
static void pick_range(unsigned *first, unsigned *count)
{
    *count = 1 + pick(8);
    *first = pick(window_pages() - 8);
    if (!with_large_pages || pick(2) == 0)
        return;
    *first = pick(2) * LARGE + (pick(2) ? 0 : pick(8));
    if (pick(2) == 0)
        *count = LARGE - pick(2) * pick(8);
    if (*first >= LARGE && *first + *count > WINDOW)
        *count = WINDOW - *first;
}

static struct program *idle_program(void)
{
    for (unsigned i = 0; i < PROGRAMS; i++)
        if (programs[i].space == NULL)
            return &programs[i];
    return NULL;
}

static void touch(struct program *program, unsigned number, bool write)
{
    struct model_page *page = &program->pages[number];
    bool allowed =
        page->mapped && page->protection != 0 && (!write || page->protection & PROTECT_WRITE);
    if (!allowed) {
        /* It kills: let a child of its own try. */
        struct address_space *victim = program_fork(program->space);
        assert_false(program_touch(victim, address_of(number), write, 0));
        program_exit(victim);
        return;
    }
    if (write) {
        uint64_t value = next_value++;
        assert_true(program_write(program->space, address_of(number), value));
        if (page->shared) {
            objects[page->object][page->index] = value;
        } else {
            page->own = true;
            page->value = value;
        }
    }
    assert_int_equal(program_value(program->space, address_of(number)), expected(page));
}

/* The pager's own access, as read and write calls make it. */
static void copy(struct program *program, unsigned number, bool write)
{
    struct model_page *page = &program->pages[number];
    bool allowed =
        page->mapped && page->protection != 0 && (!write || page->protection & PROTECT_WRITE);
    struct request request;
    uint64_t value = next_value++, progress = 0;
    enum copy_status status;
    request_prepare(&request, program->space, NULL, (uint64_t[6]){0}, false);
    for (;;) {
        status = write ? user_copy_out(&request, program->space, address_of(number), &value, 8, 0,
                                       &progress)
                       : user_copy_in(&request, program->space, address_of(number), &value, 8,
                                      &progress);
        if (status != COPY_PARKED)
            break;
        memory_world_settle();
    }
    program->space->requests--;
    assert_int_equal(status, allowed ? COPY_DONE : COPY_FAULT);
    if (!allowed)
        return;
    if (!write)
        assert_int_equal(value, expected(page));
    else if (page->shared)
        objects[page->object][page->index] = value;
    else
        page->value = value, page->own = true;
}

/* Bringing pages in ahead makes writable private ones the program's own, as on Linux. */
static void populate(struct program *program, unsigned first, unsigned count)
{
    for (unsigned i = first; i < first + count; i++) {
        struct model_page *page = &program->pages[i];
        if (page->shared || page->own || !(page->protection & PROTECT_WRITE))
            continue;
        page->value = expected(page);
        page->own = true;
    }
}

static bool all_mapped(const struct program *program, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!program->pages[first + i].mapped)
            return false;
    return true;
}

/* Changes nothing that a program could see. */
static void ask_for_large_pages(struct program *program, unsigned first, unsigned count)
{
    uint64_t words[6] = {address_of(first), count * PAGE_SIZE, pick(4) ? 14 : 15};
    int32_t result = program_call(program->space, memory_advise_step, words, NULL);
    assert_int_equal(result, all_mapped(program, first, count) ? 0 : -ENOMEM);
}

static void map(struct program *program, unsigned first, unsigned count)
{
    unsigned kind = pick(count > 8 ? 2 : 4); /* private or shared, anonymous or file */
    bool shared = kind & 1, file = kind & 2;
    unsigned offset = pick(8), number = pick(2), ahead = pick(8) == 0;
    uint32_t protection = PROTECT_READ | (pick(4) ? PROTECT_WRITE : 0);
    int object = file ? (int)number : -1;
    if (shared && !file) {
        if (object_count == OBJECTS)
            return;
        object = (int)object_count++;
    }
    uint64_t got =
        program_map(program->space, address_of(first), count * PAGE_SIZE, protection,
                    (shared ? MAP_FLAG_SHARED : MAP_FLAG_PRIVATE) | MAP_FLAG_FIXED |
                        (file ? 0 : MAP_FLAG_ANONYMOUS) | (ahead ? MAP_FLAG_POPULATE : 0),
                    (int)number, offset * PAGE_SIZE);
    assert_int_equal(got, address_of(first));
    for (unsigned i = 0; i < count; i++)
        program->pages[first + i] = (struct model_page){.mapped = true,
                                                        .shared = shared,
                                                        .own = !shared && !file,
                                                        .protection = (uint8_t)protection,
                                                        .object = object,
                                                        .index = (file ? offset : 0) + i};
    if (ahead)
        populate(program, first, count);
    else if (with_large_pages && count > 8)
        ask_for_large_pages(program, first, count);
}

static void protect(struct program *program, unsigned first, unsigned count)
{
    static const uint32_t choices[] = {0, PROTECT_READ, PROTECT_READ | PROTECT_WRITE};
    uint32_t protection = choices[pick(3)];
    int32_t result =
        program_protect(program->space, address_of(first), count * PAGE_SIZE, protection);
    assert_int_equal(result, all_mapped(program, first, count) ? 0 : -ENOMEM);
    for (unsigned i = 0; i < count && result == 0; i++)
        program->pages[first + i].protection = (uint8_t)protection;
}

static void forget(struct program *program, unsigned first, unsigned count)
{
    uint64_t words[6] = {address_of(first), count * PAGE_SIZE, 4};
    int32_t result = program_call(program->space, memory_advise_step, words, NULL);
    assert_true(result == 0 || result == -EINVAL || result == -ENOMEM); /* EINVAL: locked */
    for (unsigned i = 0; i < count && result == 0; i++) {
        struct model_page *page = &program->pages[first + i];
        page->value = 0;
        page->own = !page->shared && page->object < 0;
    }
}

static void move(struct program *program, unsigned first, unsigned count)
{
    unsigned target = pick(window_pages() - 8), grown = count + pick(3);
    if ((target < first + count && first < target + grown) || target + grown > window_pages())
        return;
    uint64_t place,
        words[6] = {address_of(first), count * PAGE_SIZE, grown * PAGE_SIZE, 3, address_of(target)};
    int32_t result = program_call(program->space, memory_remap_step, words, &place);
    if (result != 0) {
        assert_int_equal(result, -EFAULT); /* more than one region, or none */
        return;
    }
    struct model_page last = program->pages[first + count - 1];
    for (unsigned i = 0; i < grown; i++) {
        struct model_page *to = &program->pages[target + i];
        if (i < count) {
            *to = program->pages[first + i];
            program->pages[first + i].mapped = false;
        } else {
            *to = last;
            to->index += i - count + 1;
            to->value = 0;
            to->own = !to->shared && to->object < 0;
        }
    }
    if (last.locked)
        populate(program, target, grown);
}

static void lock(struct program *program, unsigned first, unsigned count, bool locked)
{
    uint64_t words[6] = {address_of(first), count * PAGE_SIZE};
    for (unsigned i = first; i < first + count; i++)
        if (!program->pages[i].mapped || program->pages[i].protection == 0)
            return; /* would stop half way */
    int32_t result =
        program_call(program->space, locked ? memory_lock_step : memory_unlock_step, words, NULL);
    assert_true(result == 0 || (locked && result == -ENOMEM)); /* too many */
    if (result != 0)
        return;
    if (locked)
        populate(program, first, count);
    for (unsigned i = first; i < first + count; i++)
        program->pages[i].locked = locked;
}

static void unmap(struct program *program, unsigned first, unsigned count)
{
    assert_int_equal(program_unmap(program->space, address_of(first), count * PAGE_SIZE), 0);
    for (unsigned i = 0; i < count; i++)
        program->pages[first + i].mapped = false;
}

static void fork_or_exit(struct program *program)
{
    struct program *child = idle_program();
    if (child != NULL) {
        *child = *program;
        child->space = program_fork(program->space);
        for (unsigned i = 0; i < window_pages(); i++)
            child->pages[i].locked = false;
    } else {
        program_exit(program->space);
        program->space = NULL;
    }
}

static void step(void)
{
    struct program *program = &programs[pick(PROGRAMS)];
    if (program->space == NULL)
        return;
    unsigned first, count;
    pick_range(&first, &count);
    switch (pick(40)) {
    case 0:
    case 1:
    case 2: map(program, first, count); break;
    case 3: unmap(program, first, count); break;
    case 4:
    case 5: protect(program, first, count); break;
    case 6: forget(program, first, count); break;
    case 7: move(program, first, count); break;
    case 8: lock(program, first, 1 + count / 4, true); break;
    case 9: lock(program, first, count, false); break;
    case 10:
        if (pick(3) == 0)
            fork_or_exit(program);
        break;
    case 11:
    case 12: copy(program, first, pick(2)); break;
    case 13:
    case 14:
        if (with_large_pages)
            ask_for_large_pages(program, first, count);
        break;
    default: touch(program, first + pick(count), pick(2)); break;
    }
    if (program->space != NULL)
        region_tree_check(&program->space->regions);
}

/* What nobody touched lately, too. */
static void check_all(void)
{
    for (struct program *program = programs; program < programs + PROGRAMS; program++) {
        for (unsigned i = 0; program->space != NULL && i < window_pages(); i++) {
            const struct model_page *page = &program->pages[i];
            if (page->mapped && page->protection != 0)
                assert_int_equal(program_value(program->space, address_of(i)), expected(page));
        }
    }
}

static void run_with_seed(unsigned seed, uint64_t limit)
{
    int32_t error;
    memory_world_mark();
    srand(seed);
    memset(programs, 0, sizeof programs);
    memset(objects, 0, sizeof objects);
    object_count = 2;
    for (unsigned i = 0; i < 2; i++) {
        world_open(i, 24 * PAGE_SIZE);
        memset(disk_files[i].bytes, 0, 24 * PAGE_SIZE);
    }
    group = group_create(0, limit, NULL, &error);
    /* Half of the seeds with neighbours mapped along and read ahead. */
    group_set_option(group, GROUP_FAULT_AROUND, seed % 2 == 0 ? 8 : 0);
    group_set_option(group, GROUP_READ_AHEAD, seed % 2 == 0 ? 4 : 0);
    programs[0].space = program_new(group);
    for (int i = 0; i < STEPS; i++) {
        bool alive = false;
        for (unsigned p = 0; p < PROGRAMS; p++)
            alive = alive || programs[p].space != NULL;
        if (!alive) {
            memset(&programs[0], 0, sizeof programs[0]);
            programs[0].space = program_new(group);
        }
        step();
        memory_world_settle();
        if (i % 1000 == 0) {
            fake_check();
            check_all();
        }
    }
    assert_true(group_counters(group)->resident_peak <= limit);
    assert_true(limit > 1000 || group_counters(group)->swap_ins > 0); /* or it tested nothing */
    assert_int_equal(group_counters(group)->faults_large != 0, with_large_pages);
    assert_int_equal(group_counters(group)->large_splits != 0, with_large_pages);
    for (unsigned p = 0; p < PROGRAMS; p++)
        if (programs[p].space != NULL)
            program_exit(programs[p].space);
    world_close(0);
    world_close(1);
    for (int i = 0; i < 10; i++)
        memory_world_settle();
    writeback_file(NULL, 0, UINT64_MAX, NULL);
    for (int i = 0; i < 10; i++)
        memory_world_settle();
    for (unsigned i = 0; i < 2; i++)
        for (unsigned page = 0; page < 24; page++)
            assert_int_equal(*(uint64_t *)(disk_files[i].bytes + page * PAGE_SIZE),
                             objects[i][page]);
    file_cache_drop(NULL);
    memory_world_settle();
    assert_int_equal(group_destroy(group), 0);
    memory_world_check();
}

static void memory_is_what_a_plain_model_says(void **state)
{
    (void)state;
    with_large_pages = false;
    for (unsigned seed = 1; seed <= 4; seed++)
        run_with_seed(seed, 1024);
}

static void memory_is_what_a_plain_model_says_when_frames_are_short(void **state)
{
    (void)state;
    for (unsigned seed = 11; seed <= 18; seed++)
        run_with_seed(seed, 40);
}

static void memory_is_what_a_plain_model_says_with_large_pages(void **state)
{
    (void)state;
    with_large_pages = true;
    for (unsigned seed = 21; seed <= 24; seed++)
        run_with_seed(seed, 3000);
    for (unsigned seed = 31; seed <= 38; seed++)
        run_with_seed(seed, 800);
    with_large_pages = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_what_a_plain_model_says),
        cmocka_unit_test(memory_is_what_a_plain_model_says_when_frames_are_short),
        cmocka_unit_test(memory_is_what_a_plain_model_says_with_large_pages),
    };
    return cmocka_run_group_tests(tests, memory_world_begin, memory_world_end);
}
