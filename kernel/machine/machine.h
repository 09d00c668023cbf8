/*
 * The seam to the machine: everything that the kernel core may know of x86-64.
 *
 * The kernel is event style: one stack a CPU, interrupts off, no blocking. An entry from
 * user mode saves the registers in the current thread's machine_context and calls one of
 * the functions at the end of this file, which the core provides. When it returns, the
 * machine resumes whichever thread is current by then, or idles when there is none.
 *
 *      user mode ---- SYSCALL, fault, interrupt ---> save into current thread's context
 *          ^                                             |
 *          |                                       core: system_call(), user_fault(), ...
 *          |                                             |  machine_switch_to(other)?
 *          +---- restore from current thread <-----------+
 *
 * On the host (unit tests) the functions marked MACHINE_INLINE are ordinary externs, and
 * a fake of the machine defines them.
 */
#pragma once

#include <quire/abi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#define MACHINE_INLINE
#else
#define MACHINE_INLINE static inline
#endif

/*
 * A rare branch of a hot path: the function keeps all registers, so that the path needs none
 * saved for it. For functions without a value only: the convention keeps RAX too.
 */
#if __STDC_HOSTED__
#define SLOW_PATH __attribute__((cold, noinline))
#else
#define SLOW_PATH __attribute__((cold, noinline, preserve_most))
#endif

/* For what the compiler finds too long to inline; on the path of every message it is not. */
#define ALWAYS_INLINE __attribute__((always_inline)) static inline

/* For loops and slow halves that would cost the rest of the caller its registers. */
#define NOINLINE __attribute__((noinline))

struct thread;
struct scheduler;

/* ---------------------------------------------------------------- addresses */

/* All of physical memory, writable, never executable. */
#define DIRECT_MAP_BASE 0xffff800000000000ull

/* An address that a user gave us. Only the copy routines below take it apart. */
typedef struct {
    uint64_t value;
} user_address;

static inline user_address to_user_address(uint64_t value)
{
    return (user_address){value};
}

MACHINE_INLINE void *physical_to_virtual(uint64_t physical);
/* Only for pointers into the direct map. */
MACHINE_INLINE uint64_t virtual_to_physical(const void *pointer);

/*
 * Copy between kernel memory and the current address space. False when any byte of the
 * user range is not user memory with the access needed, or the range is not all below
 * USER_ADDRESS_LIMIT; bytes before the fault may have been copied.
 */
bool copy_from_user(void *destination, user_address source, size_t length_bytes);
bool copy_to_user(user_address destination, const void *source, size_t length_bytes);

/* ---------------------------------------------------------------- threads */

/* The first member of struct thread; entry.asm knows its layout. */
struct machine_context {
    struct thread_registers registers;
    /* 1: the thread entered by SYSCALL, and SYSRET may be used to return, which loses rcx
       and r11. 0: IRET, every register is exact. */
    uint64_t sysret_allowed;
    uint32_t protection_keys; /* PKRU while the thread does not run */
    uint32_t fpu_state;       /* enum fpu_state of fpu.h */
};

/*
 * The FPU state lies in the thread's own frame, at this offset: struct thread must end
 * before it.
 */
#define THREAD_FPU_OFFSET 1024
#define THREAD_FPU_BYTES (PAGE_SIZE - THREAD_FPU_OFFSET)

/* A new thread: all registers zero, clean FPU state. The frame need not be zeroed before. */
void machine_context_initialize(struct thread *thread);
/*
 * Sets all user registers. Flags that a user may not set are taken out, addresses are not
 * checked: a thread that resumes outside user space gets an exception instead.
 */
void machine_set_registers(struct thread *thread, const struct thread_registers *registers);
/* THREAD_COPY_STATE: registers, FPU state and protection keys. */
void machine_copy_state(struct thread *destination, struct thread *source);
/* THREAD_SET_FS_BASE; false: not a user address. Also right when thread is current. */
bool machine_set_fs_base(struct thread *thread, uint64_t fs_base);
/* Before the thread's frame is given up: nothing in the machine refers to it afterwards. */
void machine_context_release(struct thread *thread);

/* ---------------------------------------------------------------- address spaces */

/* What the machine keeps for an address space; a member of struct task. */
struct machine_address_space {
    uint64_t root;       /* physical address of the root table */
    uint64_t load_value; /* what CR3 gets: root, PCID and "keep" */
    uint64_t identifier; /* PCID | generation << 12; stale: see IDENTIFIER_FLUSH_DUE */
};

/* root: a zeroed frame. Fills in the kernel's half. */
void machine_address_space_initialize(struct machine_address_space *space, uint64_t root);
/* Before the root is given up: unloads it where it is loaded. */
void machine_address_space_release(struct machine_address_space *space);
/* Forgets translations: at once where the space is loaded, else before it is next. */
MACHINE_INLINE void machine_flush_page(struct machine_address_space *space, uint64_t address);
MACHINE_INLINE void machine_flush_space(struct machine_address_space *space);

/*
 * The kernel's address of a byte of user memory, good up to the end of its page; NULL when it is
 * not RAM or the current thread, in its own `space`, could not write there. Marks the page
 * accessed and dirty.
 */
void *machine_user_page(const struct machine_address_space *space, user_address address);

/* Hardware page-table entries. */
typedef uint64_t page_entry;

#define PAGE_TABLE_ENTRIES 512
#define PAGE_TABLE_LEVELS 4 /* level 0: leaf table of 4 KiB pages; 1: 2 MiB; 3: root */

/* Index of `address` in its table of `level`. */
static inline unsigned page_table_index(uint64_t address, unsigned level)
{
    return (address >> (PAGE_SHIFT + 9 * level)) & (PAGE_TABLE_ENTRIES - 1);
}

/* Page descriptor of abi.h <-> hardware entry of a user page. */
static inline page_entry page_entry_encode(uint64_t descriptor)
{
    return (descriptor &
            (PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY)) |
           4ull /* user */ | (descriptor & PAGE_UNCACHED) * 3 /* PWT, PCD */ |
           (descriptor & PAGE_LARGE) << 3 | (~descriptor & PAGE_EXECUTE) << 61 /* NX */ |
           (descriptor & (0xfull << PAGE_KEY_SHIFT)) << 7;
}

/* 0 for an empty entry. */
static inline uint64_t page_entry_decode(page_entry entry)
{
    /* bit 4 is the hardware's PCD and ours PAGE_LARGE; bit 7 is the hardware's page size */
    return (entry & (PAGE_FRAME_MASK | PAGE_PRESENT | PAGE_WRITE | PAGE_ACCESSED | PAGE_DIRTY |
                     PAGE_UNCACHED)) |
           (entry >> 3 & PAGE_LARGE) | (~entry >> 61 & entry << 2 & PAGE_EXECUTE) |
           (entry >> 7 & (0xfull << PAGE_KEY_SHIFT));
}

/* An entry that leads to the next lower table; rights are the leaf's business. */
static inline page_entry page_entry_table(uint64_t table)
{
    return table | 7;
}
static inline bool page_entry_present(page_entry entry)
{
    return (entry & 1) != 0;
}
/* Levels 1 and 2: the entry maps a large page rather than leading to a table. */
static inline bool page_entry_large(page_entry entry)
{
    return (entry & 0x80) != 0;
}
/* What the small page number `index` of a large one gets: the same rights and history. */
static inline page_entry page_entry_small(page_entry large, unsigned index)
{
    return (large & ~0x80ull) + index * PAGE_SIZE;
}
static inline bool page_entry_writable(page_entry entry)
{
    return (entry & 2) != 0;
}
static inline uint64_t page_entry_frame(page_entry entry)
{
    return entry & PAGE_FRAME_MASK;
}

/*
 * The hardware sets Accessed and Dirty bits behind our back: every change of an entry that
 * is present is one atomic read-modify-write.
 */
static inline page_entry page_entry_exchange(page_entry *entry, page_entry value)
{
    return __atomic_exchange_n(entry, value, __ATOMIC_RELAXED);
}

/* In assembly because the compiler copies *expected once more otherwise. */
static inline bool page_entry_compare_exchange(page_entry *entry, page_entry *expected,
                                               page_entry value)
{
    bool exchanged;
    __asm__ volatile("lock; cmpxchgq %3, %1"
                     : "+a"(*expected), "+m"(*entry), "=@ccz"(exchanged)
                     : "r"(value)
                     : "memory");
    return exchanged;
}

static inline page_entry page_entry_fetch_and(page_entry *entry, page_entry mask)
{
    return __atomic_fetch_and(entry, mask, __ATOMIC_RELAXED);
}

static inline page_entry page_entry_fetch_or(page_entry *entry, page_entry bits)
{
    return __atomic_fetch_or(entry, bits, __ATOMIC_RELAXED);
}

/* ---------------------------------------------------------------- this CPU */

/* Reached through GS. entry.asm knows the offsets of the first five. */
struct cpu {
    struct cpu *self;
    struct thread *current; /* NULL: idle */
    uint64_t kernel_stack_top;
    uint64_t scratch;
    uint64_t task_state_segment; /* address, for the interrupt stacks */
    struct thread *fpu_owner;    /* whose state is in the FPU registers; may be NULL */
    uint64_t fpu_trap_armed;     /* CR0.TS is set */
    uint64_t fs_base;            /* what the register holds unless a user cleared it */
    struct machine_address_space *loaded_space; /* NULL: the kernel's own */
    uint64_t next_identifier;    /* next PCID to hand out | generation << 12; without PCID: 0 */
    struct scheduler *scheduler; /* the core's */
};

MACHINE_INLINE struct cpu *this_cpu(void);
MACHINE_INLINE struct thread *current_thread(void);
MACHINE_INLINE struct scheduler *this_scheduler(void);
/*
 * Makes `next` current on this CPU in place of `previous`, with its address space, FPU trap and
 * keys. NULL is idle; the loaded address space stays. Nothing happens until the kernel is left.
 */
MACHINE_INLINE void machine_switch_to(struct thread *previous, struct thread *next,
                                      struct machine_address_space *space);
/* Leaves the kernel. Entry code does this itself when a handler returns; boot calls it. */
_Noreturn void machine_resume(void);
/*
 * A short cut for a handler that has nothing left to do: leaves the kernel for the current
 * thread at once, past whatever would still return. On the host it returns like any function.
 */
MACHINE_INLINE void machine_resume_thread(struct thread *current);

struct machine_features {
    uint64_t physical_address_limit; /* first physical address that the CPU cannot form */
    uint64_t tsc_hertz;
    bool protection_keys, random;
};
extern struct machine_features machine_features;

/* ---------------------------------------------------------------- interrupts */

/* True for the frames of the interrupt controllers, which no user may map. */
bool machine_is_private_device(uint64_t physical);

/*
 * A line or message gets a CPU vector. The value is the vector, or a kernel_error:
 * ERROR_ARGUMENT no such line, ERROR_OCCUPIED the line is taken, ERROR_NO_SPACE.
 * Lines start masked. Message-signalled vectors have nothing to mask.
 */
#define INTERRUPT_VECTORS 256
int machine_interrupt_allocate_line(uint32_t global_system_interrupt);
int machine_interrupt_allocate_message(void);
void machine_interrupt_release(int vector);
/* A level-triggered line was masked when device_interrupt() ran. No-ops for messages. */
void machine_interrupt_mask(int vector);
void machine_interrupt_unmask(int vector);
bool machine_interrupt_is_level(int vector);
/* Where a device writes what to raise the vector. */
void machine_interrupt_message(int vector, uint64_t *address, uint32_t *data);

/* ---------------------------------------------------------------- time */

MACHINE_INLINE uint64_t machine_ticks(void); /* TSC */
uint64_t machine_nanoseconds(void);          /* since boot */
uint64_t machine_ticks_from_nanoseconds(uint64_t nanoseconds);
/*
 * One timer, one shot: timer_interrupt() runs at or after the time (nanoseconds since boot),
 * or early when it is far off: the core looks at the clock and arms again.
 */
void machine_timer_arm(uint64_t absolute_nanoseconds);
void machine_timer_disarm(void);

/* ---------------------------------------------------------------- ports */

MACHINE_INLINE uint8_t port_in8(uint16_t port);
MACHINE_INLINE uint16_t port_in16(uint16_t port);
MACHINE_INLINE uint32_t port_in32(uint16_t port);
MACHINE_INLINE void port_out8(uint16_t port, uint8_t value);
MACHINE_INLINE void port_out16(uint16_t port, uint16_t value);
MACHINE_INLINE void port_out32(uint16_t port, uint32_t value);

/* ---------------------------------------------------------------- console and panic */

/* %s %c %d %u %x with optional zero-padded width, l for 64 bits, %p, %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_bytes(const char *bytes, size_t length_bytes);
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For our own mistakes only, never for what a user can cause. */
#define KERNEL_ASSERT(condition) \
    ((condition) ? (void)0 : panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition))

void *memset(void *destination, int value, size_t length_bytes);
void *memcpy(void *restrict destination, const void *restrict source, size_t length_bytes);
void *memmove(void *destination, const void *source, size_t length_bytes);
int memcmp(const void *left, const void *right, size_t length_bytes);
size_t strlen(const char *string);

/* ---------------------------------------------------------------- what the core provides */

/* thread is the current one; its registers are saved. */
void system_call(struct thread *thread);
/* access: FAULT_ACCESS_* bits. */
void user_fault(struct thread *thread, uint64_t address, uint32_t access);
void user_exception(struct thread *thread, uint32_t vector, uint64_t error_code);
/* Interrupts arrive with any thread current, or none (idle). Already acknowledged. */
void timer_interrupt(void);
void device_interrupt(int vector);
/* Whether the direct map has the address, and no device behind it. */
bool frame_is_ram(uint64_t physical);
/* Called by panic(): prints the last messages. Must not fault, allocate or panic. */
void message_log_print(void);

#if !__STDC_HOSTED__
#include "inline.h"
#endif
