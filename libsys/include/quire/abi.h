/*
 * The kernel's application binary interface: system calls, messages, handles and
 * page operations. Included by the kernel and by every user program, so that each
 * constant has one home. Only fixed-width types and constants live here.
 *
 * A system call is the SYSCALL instruction. rcx and r11 are lost to it; every
 * register that the table does not name is kept.
 *
 *      register        in                              out
 *      rax             system-call number              status: 0 or a kernel_error
 *      rdi             handle (or reply token)         badge of the sender
 *      rsi             tag                             tag
 *      rdx r8 r9 r10   words 0..3                      words 0..3
 *      r12 r13         words 4, 5                      words 4, 5
 *      r14             endpoint to wait at             reply token of the message received
 *
 * Calls that are not message passing take their arguments in rdi, rsi, rdx, r8, r9,
 * r10 and return their value, where there is one, in rdx.
 */
#pragma once

#include <stdint.h>

#define QUIRE_ABI_VERSION 1

#define PAGE_SIZE 4096ull
#define PAGE_SHIFT 12
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define LARGE_PAGE_SIZE (2ull << 20)
#define LARGE_PAGE_SHIFT 21

/*
 * Highest user address the kernel maps, exclusive: the last page of the lower canonical half is
 * nobody's, so that a system call, wherever it stands, has an address to return to.
 */
#define USER_ADDRESS_LIMIT 0x00007ffffffff000ull

/* ---------------------------------------------------------------- system calls */

enum system_call {
    SYS_VERSION = 0,        /* returns QUIRE_ABI_VERSION; the null system call */
    SYS_CALL = 1,           /* send to rdi, block for the reply */
    SYS_REPLY_AND_WAIT = 2, /* reply to token rdi (0: nobody), then wait at endpoint r14 */
    SYS_WAIT = 3,           /* wait at endpoint rdi (0: only the bound notification) */
    SYS_REPLY = 4,          /* reply to a kept caller, token rdi; does not block */
    SYS_NOTIFY = 5,         /* or the bits rsi into notification rdi */
    SYS_MAP = 6,            /* page operations, struct page_batch at rdi */
    SYS_UNMAP = 7,
    SYS_PROTECT = 8,         /* change rights, clear Accessed and Dirty */
    SYS_OBJECT_CREATE = 9,   /* struct object_create at rdi; handle in rdx */
    SYS_OBJECT_DESTROY = 10, /* handle rdi; ERROR_AGAIN: call again, bounded work was done */
    SYS_HANDLE = 11,         /* rdi handle, rsi enum handle_operation, rdx.. arguments */
    SYS_THREAD = 12,         /* rdi thread handle, rsi enum thread_operation, rdx.. arguments */
    SYS_IRQ = 13,            /* rdi IRQ handle, rsi enum irq_operation, rdx.. arguments */
    SYS_CLOCK = 14,          /* rdi enum clock_operation, rsi.. arguments */
    SYS_PORT = 15,  /* rdi port-range handle, rsi enum port_operation, rdx port, r8 value */
    SYS_DEBUG = 16, /* debug builds only: rdi enum debug_operation */
    SYS_COUNT
};

/*
 * What a caller can mend is returned; what it may never do (a system call that does
 * not exist, from a task without an exception endpoint) ends the task.
 */
enum kernel_error {
    KERNEL_OK = 0,
    ERROR_BAD_HANDLE = -1, /* no such handle, or its object is gone or was revoked */
    ERROR_RIGHTS = -2,     /* the handle lacks a right that the call needs */
    ERROR_TYPE = -3,       /* the handle names an object of another type */
    ERROR_ARGUMENT = -4,   /* a value out of range, misaligned, or an unknown operation */
    ERROR_ADDRESS = -5,    /* a user pointer that is not readable or writable user memory */
    ERROR_FRAME = -6,      /* the frame's type forbids the operation */
    ERROR_OCCUPIED = -7,   /* the slot, address or vector is in use */
    ERROR_NOT_MAPPED = -8, /* nothing is mapped at the address */
    ERROR_NO_TABLE = -9,   /* a page table is missing and no spare frame was given */
    ERROR_NO_SPACE = -10,  /* the handle table, or the vectors, are exhausted */
    ERROR_DEAD = -11,      /* the peer ended before it answered */
    ERROR_TOKEN = -12,     /* the reply token names nobody that waits for us */
    ERROR_AGAIN = -13,     /* bounded work was done and some is left: call again */
    ERROR_STATE = -14,     /* the object is not in a state that allows it */
};

/* ---------------------------------------------------------------- messages */

/*
 * The tag word
 *
 *      63         48 47    44 43    40 39     32 31                 0
 *     |  reserved   | handles |  words |   kind  |       label       |
 *
 * label: the sender's; requests carry the operation, replies the result (as int32_t).
 * kind: set by the kernel on delivery, ignored when sent.
 * words: how many message words carry data (the kernel always moves all six).
 * handles: the last n of the six words are handles of the sender. The kernel copies
 * each into the receiver's table and replaces the word by the new handle. If the
 * receiver's table is full the word arrives as 0.
 */
enum message_kind {
    MESSAGE_CALL = 0,         /* badge rdi, words from the sender */
    MESSAGE_NOTIFICATION = 1, /* word 0: the bits, which are now clear; no reply */
    MESSAGE_FAULT = 2,        /* a page fault: enum fault_word; answer with a FAULT_REPLY */
    MESSAGE_EXCEPTION = 3,    /* a user exception or a foreign system call: enum exception_word */
};

#define MESSAGE_WORDS 6
#define MESSAGE_HANDLES_MAX 4
#define TAG_LABEL(tag) ((uint32_t)(tag))
#define TAG_KIND(tag) ((enum message_kind)(((tag) >> 32) & 0xff))
#define TAG_WORDS(tag) ((unsigned)(((tag) >> 40) & 0xf))
#define TAG_HANDLES(tag) ((unsigned)(((tag) >> 44) & 0xf))
#define MAKE_TAG(label, words, handles) \
    ((uint64_t)(uint32_t)(label) | (uint64_t)(words) << 40 | (uint64_t)(handles) << 44)

/* MESSAGE_FAULT. The badge is that of the task's fault endpoint handle. */
enum fault_word {
    FAULT_ADDRESS = 0,
    FAULT_ACCESS = 1, /* FAULT_ACCESS_* bits */
    FAULT_IP = 2,
    FAULT_SP = 3,
    FAULT_THREAD = 4, /* the user's name for the thread: set by THREAD_SET_NAME */
};
#define FAULT_ACCESS_PRESENT 1u /* a protection fault; clear: nothing was mapped */
#define FAULT_ACCESS_WRITE 2u
#define FAULT_ACCESS_EXECUTE 16u
#define FAULT_ACCESS_KEY 32u /* the thread's PKRU register forbids the page's protection key */

/*
 * The reply to a fault, with SYS_REPLY_AND_WAIT or SYS_REPLY: label is one of these.
 *
 *   FAULT_RETRY     nothing to map; the thread runs again.
 *   FAULT_MAP       word 0 is a page descriptor, mapped at the page of the fault; words
 *                   1..3 are frames (physical addresses) for the page tables that are
 *                   missing on the way, lowest level first, 0 where not needed. An old
 *                   leaf entry at the address is replaced. The replier's task must hold a
 *                   memory authority handle with RIGHT_MAP and RIGHT_DONATE (the first it
 *                   got and still has is used).
 *   FAULT_MAP_BATCH word 0 is the address of a struct page_batch, done as SYS_MAP does.
 *   FAULT_KILL      the thread stops for good (its owner destroys it).
 *
 * A reply whose mapping cannot be made stops the faulting thread, as FAULT_KILL does,
 * and the replier gets the error (rax of SYS_REPLY; a REPLY_FAILED notification-free
 * status in rax of SYS_REPLY_AND_WAIT, which then returns at once without waiting).
 */
enum fault_reply { FAULT_RETRY = 0, FAULT_MAP = 1, FAULT_MAP_BATCH = 2, FAULT_KILL = 3 };

/*
 * MESSAGE_EXCEPTION: label is the x86 vector, or EXCEPTION_SYSTEM_CALL for a system call
 * that Quire does not have or that a foreign task made.
 * Reply: label EXCEPTION_RESUME with word 0 = new rip, word 1 = new rax; or FAULT_KILL.
 * The handler reads and writes the other registers with SYS_THREAD through the reply token.
 */
enum exception_word {
    EXCEPTION_ERROR_CODE = 0,
    EXCEPTION_IP = 1,
    EXCEPTION_SP = 2,
    EXCEPTION_RAX = 3,
    EXCEPTION_THREAD = 4,
    EXCEPTION_RDX = 5,
};
#define EXCEPTION_SYSTEM_CALL 256u
enum exception_reply { EXCEPTION_RESUME = 0, EXCEPTION_KILL = 3 };

/* ---------------------------------------------------------------- page operations */

/*
 * A page descriptor: the physical address of a frame (bits 12..51) with rights below it.
 * As a result, what the hardware entry held before the operation, in the same form.
 */
#define PAGE_PRESENT (1ull << 0)
#define PAGE_WRITE (1ull << 1)
#define PAGE_EXECUTE (1ull << 2)
#define PAGE_UNCACHED (1ull << 3)
#define PAGE_LARGE (1ull << 4) /* SYS_MAP: a 2 MiB mapping; alone: split it */
#define PAGE_ACCESSED (1ull << 5)
#define PAGE_DIRTY (1ull << 6)
#define PAGE_KEY_SHIFT 52 /* protection key, bits 52..55 */
#define PAGE_FRAME_MASK 0x000ffffffffff000ull

/*
 * One operation of a batch. 24 bytes.
 *   SYS_MAP      page: descriptor to install. The entry must be empty, or hold the same
 *                frame (then only the rights change). On return page: the old entry.
 *                PAGE_LARGE alone: the large page at the address becomes 512 small ones with its
 *                rights, Accessed and Dirty bits, in a table of table_frames.
 *   SYS_UNMAP    On return page: the old entry with its Accessed and Dirty bits.
 *   SYS_PROTECT  page: bits of PAGE_WRITE, PAGE_EXECUTE, PAGE_ACCESSED, PAGE_DIRTY to CLEAR.
 *                One atomic read-modify-write; on return page: the old entry.
 * status: 0 or a kernel_error for this entry; the others of the batch are still done.
 */
struct page_operation {
    uint64_t address;
    uint64_t page;
    uint32_t task; /* handle, right RIGHT_MAP */
    int32_t status;
};

#define PAGE_BATCH_MAX 512

struct page_batch {
    uint64_t operations;   /* address of struct page_operation[count] */
    uint64_t table_frames; /* address of uint64_t[table_count]: frames for missing page tables */
    uint32_t count;        /* at most PAGE_BATCH_MAX */
    uint32_t table_count;  /* in: frames given; out: frames left, the first table_count ones */
    uint32_t authority;    /* memory authority handle, right RIGHT_MAP */
    uint32_t flags;        /* PAGE_BATCH_* */
};

/*
 * SYS_UNMAP only: a page table that the batch left empty is unlinked and its frame is
 * appended to table_frames (capacity reclaim_capacity is the caller's: three a batch
 * entry always suffice); table_count counts them.
 */
#define PAGE_BATCH_RECLAIM_TABLES 1u

/* ---------------------------------------------------------------- objects and handles */

enum object_type {
    OBJECT_NONE = 0,
    OBJECT_TASK = 1,
    OBJECT_THREAD = 2,
    OBJECT_ENDPOINT = 3,
    OBJECT_NOTIFICATION = 4,
    OBJECT_MEMORY = 5, /* memory authority; made at boot */
    OBJECT_IRQ = 6,
    OBJECT_PORTS = 7,
};

#define RIGHT_SEND (1u << 0)    /* call an endpoint, notify a notification */
#define RIGHT_RECEIVE (1u << 1) /* wait at an endpoint, bind a notification */
#define RIGHT_COPY (1u << 2)    /* copy the handle or pass it in a message */
#define RIGHT_MAP (1u << 3)     /* change a task's mappings; map the authority's frames */
#define RIGHT_MANAGE (1u << 4)  /* destroy, revoke, thread control, create within a task */
#define RIGHT_DONATE (1u << 5)  /* memory authority: turn frames into objects and tables */
#define RIGHT_ALL 0x3fu

/*
 * Object memory. A task needs three frames (task, page-table root, first handle table),
 * a thread one. Smaller objects share a frame: object frames are divided into
 * OBJECT_SLOTS slots of OBJECT_SLOT_BYTES; the first object created in a free frame
 * turns it into such a slab. The frame is free again when its last object is destroyed.
 */
#define OBJECT_SLOT_BYTES 128
#define OBJECT_SLOTS 32

struct object_create {
    uint32_t authority; /* memory authority handle, right RIGHT_DONATE */
    uint32_t type;      /* enum object_type */
    uint64_t frames[3]; /* physical addresses; how many depends on the type */
    uint32_t slot;      /* small objects: slot in frames[0] */
    uint32_t parent;    /* OBJECT_THREAD: task handle; OBJECT_IRQ: IRQ authority;
                            OBJECT_PORTS: the port handle it is cut from */
    uint64_t argument;  /* OBJECT_IRQ: global system interrupt, or IRQ_MSI;
                            OBJECT_PORTS: first port | count << 16 */
};

#define IRQ_MSI 0xffffffffull /* a message-signalled interrupt: IRQ_INFO tells address and data */

enum handle_operation {
    HANDLE_COPY = 1,     /* rdx target task handle (0: self), r8 rights to keep, r9 badge (0: same),
                          r10 index wanted (0: any). New handle in rdx. A badge can be set only on
                          a handle whose badge is 0, and only with RIGHT_MANAGE. */
    HANDLE_CLOSE = 2,    /* forget the handle; the object stays */
    HANDLE_REVOKE = 3,   /* every other handle to the object goes stale (RIGHT_MANAGE) */
    HANDLE_GROW = 4,     /* rdi: task; rdx memory authority, r8 frame: one more table of handles */
    HANDLE_INFO = 5,     /* rdx: type | rights << 8 */
    HANDLE_CLOSE_IN = 6, /* rdi: task (RIGHT_MANAGE); rdx index in that task's table */
};
#define HANDLES_PER_FRAME 128

/* ---------------------------------------------------------------- threads */

enum thread_operation {
    THREAD_SET_REGISTERS = 1, /* rdx: struct thread_registers; the thread must not run */
    THREAD_GET_REGISTERS = 2,
    THREAD_START = 3,             /* runnable from where its registers point */
    THREAD_STOP = 4,              /* taken out of whatever it does; a call it waits for is dropped.
                                  A kept reply token for it goes stale. */
    THREAD_SET_PRIORITY = 5,      /* rdx 0..THREAD_PRIORITY_MAX, not above the caller's own */
    THREAD_BIND_NOTIFICATION = 6, /* rdx notification handle: its bits end this thread's waits */
    THREAD_COPY_STATE = 7,        /* rdx source thread handle, stopped or blocked in a call:
                                  all registers and the FPU state; r8: value of rax in the copy */
    THREAD_SET_FS_BASE = 8,       /* rdx address: thread-local storage */
    THREAD_SET_NAME = 9,          /* rdx: FAULT_THREAD word of its fault messages */
    THREAD_YIELD = 10,            /* rdi 0: the caller; to the end of its priority's queue */
    THREAD_INFO = 11,             /* rdx: struct thread_info to fill */
};
/* SYS_THREAD with this bit in rsi takes a reply token in rdi instead of a handle:
   GET_REGISTERS and SET_REGISTERS of a thread whose exception or fault we hold; COPY_STATE from
   a thread that waits for our reply, rdx then being the handle of the copy. */
#define THREAD_BY_TOKEN 0x100u

#define THREAD_PRIORITY_MAX 31

struct thread_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
    uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t rip, rflags, fs_base;
};

enum thread_state {
    THREAD_STOPPED = 0,
    THREAD_READY = 1,
    THREAD_SENDING = 2,
    THREAD_AWAITING_REPLY = 3,
    THREAD_RECEIVING = 4,
    THREAD_FAULTED = 5,
};
struct thread_info {
    uint32_t state;
    uint32_t priority;
    uint64_t instructions; /* TSC ticks spent in user mode and in calls for it */
};

/* Task set-up travels in HANDLE_* and these, on a task handle with RIGHT_MANAGE. */
enum task_operation {
    TASK_SET_FAULT_ENDPOINT = 0x40,     /* SYS_THREAD, rdi task, rdx endpoint handle (caller's):
                                           page faults; badge as on that handle */
    TASK_SET_EXCEPTION_ENDPOINT = 0x41, /* same for exceptions and foreign system calls */
    TASK_SET_FOREIGN = 0x42, /* rdx 1: every system call goes to the exception endpoint */
};

/* ---------------------------------------------------------------- interrupts, time, ports */

enum irq_operation {
    IRQ_BIND = 1,        /* rdx notification handle, r8 bits; unmasks */
    IRQ_ACKNOWLEDGE = 2, /* level-triggered lines stay masked from delivery to this */
    IRQ_INFO = 3,        /* MSI only: rdx message address, r8 message data */
};

enum clock_operation {
    CLOCK_READ = 1, /* rdx: nanoseconds since boot */
    CLOCK_ARM = 2,  /* rsi notification handle (RIGHT_RECEIVE), rdx bits, r8 absolute nanoseconds;
                       0 disarms. One timer a notification. */
};

enum port_operation {
    PORT_IN8 = 1,
    PORT_IN16 = 2,
    PORT_IN32 = 3,
    PORT_OUT8 = 4,
    PORT_OUT16 = 5,
    PORT_OUT32 = 6,
};

enum debug_operation {
    DEBUG_WRITE = 1, /* rsi address, rdx length: to the kernel's serial console */
    DEBUG_FRAME = 2, /* rsi physical address; rdx: type | mappings << 8 */
    DEBUG_CHECK = 3, /* verify the frame-table invariant over all of memory */
    DEBUG_PANIC = 4, /* panic on purpose, for the panic test */
};

enum frame_type {
    FRAME_RESERVED = 0,
    FRAME_FREE = 1,
    FRAME_USER = 2,
    FRAME_PAGE_TABLE = 3,
    FRAME_OBJECT = 4,
    FRAME_DEVICE = 5,
};
