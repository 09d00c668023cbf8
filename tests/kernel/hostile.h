/*
 * Hostile-caller tests: a first task that does all that is forbidden, and looks at the answer.
 * Each test is a function; EXPECT notes the first thing in it that went wrong.
 */
#pragma once

#include <quire/boot_information.h>
#include <quire/system_call.h>
#include <stdbool.h>

/* ---------------------------------------------------------------- judging */

struct hostile_test {
    const char *name;
    void (*run)(void);
};
extern const struct hostile_test memory_tests[], large_page_tests[], handle_tests[],
    message_tests[], fault_tests[], key_tests[];

void expect_equal(int64_t got, int64_t wanted, const char *what, int line);
#define EXPECT(expression, wanted) \
    expect_equal((int64_t)(expression), (int64_t)(wanted), #expression, __LINE__)
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---------------------------------------------------------------- memory */

extern const struct boot_information *boot;

/* A free frame, and a free block of 2 MiB; they are not given back to these two. */
uint64_t take_frame(void);
uint64_t take_block(void);

/* Unused addresses of our own address space: the tables of `scratch` exist already. */
#define SCRATCH_ADDRESS 0x0000600000000000ull
#define WINDOW_ADDRESS 0x0000610000000000ull
#define FRESH_ADDRESS 0x0000620000000000ull /* no tables at all */

/* One operation; the call's error, or else the entry's status. */
int64_t map_page(uint32_t task, uint64_t address, uint64_t descriptor);
int64_t unmap_page(uint32_t task, uint64_t address, uint64_t *old);
int64_t protect_page(uint32_t task, uint64_t address, uint64_t clear, uint64_t *old);
/* The same with spare frames for tables: three are taken where needed. */
int64_t map_page_and_tables(uint32_t task, uint64_t address, uint64_t descriptor);
/* A frame of our own, mapped writable at SCRATCH_ADDRESS + index pages. */
void *map_scratch(unsigned index, uint64_t frame);
void unmap_scratch(unsigned index);

/* ---------------------------------------------------------------- objects */

/* A small object in a slab of our own, all rights. */
uint32_t make_object(enum object_type type);
int64_t create(enum object_type type, uint32_t parent, uint64_t argument, uint64_t frame0,
               uint64_t frame1, uint64_t frame2, uint32_t slot);
/* Destroys in as many steps as it takes. */
int64_t destroy(uint32_t handle);

/* A thread of our own task that runs function(argument), and must not return. */
struct helper {
    uint32_t thread;
    uint8_t stack[8192] __attribute__((aligned(16)));
};
void helper_start(struct helper *helper, void (*function)(void *argument), void *argument);
void helper_end(struct helper *helper);
_Noreturn void helper_rest(void);
/* Lets every ready helper run until it blocks. */
void let_others_run(void);

/*
 * A task of its own with one page of code at CHILD_CODE and one thread, which is started with
 * registers that the test chooses.
 */
#define CHILD_CODE 0x400000ull
#define CHILD_SYSTEM_CALL (CHILD_CODE + 0) /* syscall; ud2 */
#define CHILD_STORE (CHILD_CODE + 16)      /* mov [rax], rbx; ud2 */
#define CHILD_SPIN (CHILD_CODE + 32)       /* inc rax; jmp */
struct child {
    uint32_t task, thread;
    uint32_t fault_endpoint; /* also for exceptions; badge CHILD_BADGE */
    uint64_t task_frame, thread_frame, code_frame;
};
#define CHILD_BADGE 0xbad9e
void child_make(struct child *child);
void child_run(struct child *child, const struct thread_registers *registers);
void child_end(struct child *child);
