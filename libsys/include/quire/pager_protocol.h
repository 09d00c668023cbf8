/*
 * Requests to the pager: memory, files and descriptors for programs; address spaces,
 * groups and shutdown for init. Sent with SYS_CALL to handle PAGER_HANDLE; the badge
 * (set by the pager) says which address space calls.
 *
 * Request: label = enum pager_operation, possibly with PAGER_STRICT_POINTERS; words as
 * listed. Reply: label = int32_t result, negative errno or a value; words[0], words[1]
 * carry larger results. Pointers are addresses in the caller's address space; the pager
 * copies through its RAM window and faults pages in as the program itself would, the
 * caller's stack pointer (word 5 of READ, WRITE and the calls that fill a buffer) deciding
 * about stack growth.
 *
 * A bad pointer is -EFAULT; with PAGER_STRICT_POINTERS (Pintos programs) the caller is
 * killed with status -1 instead.
 */
#pragma once

#include <stdint.h>

#define PAGER_HANDLE 1u /* in every program's handle table */

/* Programs live below this address; a request at or above it is refused. */
#define PROGRAM_ADDRESS_LIMIT 0x8004000000ull
#define PROGRAM_ADDRESS_MIN 0x10000ull /* mmap never places or accepts anything below */
#define PROGRAM_STACK_TOP 0x47480000ull
#define PROGRAM_STACK_LIMIT_BYTES (8ull << 20) /* default growth limit */
#define PROGRAM_MMAP_BASE 0x7000000000ull      /* address-less mmap searches downward from here */

#define PAGER_STRICT_POINTERS 0x80000000u

#define PAGER_FIRST_THREAD 1u /* the id of the thread that a program starts with */

enum pager_operation {
    /* ---- memory of the caller */
    PAGER_MAP =
        1, /* 0 address (or 0), 1 length, 2 protection | map flags << 32, 3 fd (int), 4 offset.
                          -> word 0: address */
    PAGER_UNMAP = 2, /* 0 address, 1 length */
    PAGER_UNMAP_WHOLE =
        3,              /* 0 address that PAGER_MAP returned: that whole mapping (Pintos munmap) */
    PAGER_PROTECT = 4,  /* 0 address, 1 length, 2 protection */
    PAGER_ADVISE = 5,   /* 0 address, 1 length, 2 advice (MADV_*) */
    PAGER_SYNC = 6,     /* 0 address, 1 length, 2 MS_* flags */
    PAGER_RESIDENT = 7, /* mincore: 0 address, 1 length, 2 vector pointer */
    PAGER_LOCK = 8,     /* 0 address, 1 length */
    PAGER_UNLOCK = 9,
    PAGER_REMAP =
        10, /* 0 old address, 1 old length, 2 new length, 3 flags, 4 new address -> word 0 */
    PAGER_BREAK = 11,    /* 0: new end of the heap region (0: ask) -> word 0: the end now */
    PAGER_PHYSICAL = 12, /* 0 address -> word 0: frame address if a page is present, else 0 */

    /* ---- threads of the caller */
    PAGER_THREAD_CREATE = 13, /* 0 rip, 1 rsp, 2 rdi, 3 FS base -> word 0: its id, which the thread
                                  finds in rsi. It runs at once. -ENOMEM */
    PAGER_THREAD_EXIT = 14,   /* the calling thread ends; no reply. -EBUSY: it is the last one */
    PAGER_THREAD_WAIT = 15,   /* 0 id: returns when that thread has ended. -ESRCH: never was */
    PAGER_WAIT_ADDRESS = 16,  /* 0 address, 1 expected 32-bit value, 2 absolute nanoseconds of
                                 CLOCK_READ or 0 -> 0: woken; -EAGAIN: another value stands there;
                                 -ETIMEDOUT */
    PAGER_WAKE_ADDRESS = 17,  /* 0 address, 1 how many at most -> result: how many were woken */

    /* ---- descriptors of the caller */
    PAGER_OPEN = 32,  /* 0 path, 1 path length, 2 OPEN_* flags, 3 mode -> result: descriptor */
    PAGER_CLOSE = 33, /* 0 fd */
    PAGER_READ = 34,  /* 0 fd, 1 buffer, 2 length, 3 offset or IO_AT_POSITION, 5 stack pointer
                          -> word 0: bytes (result 0) */
    PAGER_WRITE = 35, /* same; a Pintos write to a running executable: 0 bytes */
    PAGER_SEEK = 36,  /* 0 fd, 1 offset, 2 whence (SEEK_SET 0, CUR 1, END 2) -> word 0: position */
    PAGER_STAT_FD = 37, /* 0 fd, 1 struct pager_stat *, 5 stack pointer */
    PAGER_STAT =
        38, /* 0 path, 1 length, 2 struct pager_stat *, 3 flags (1: no follow), 5 stack pointer */
    PAGER_TRUNCATE = 39,  /* 0 fd, 1 size */
    PAGER_SYNC_FD = 40,   /* 0 fd (fsync) */
    PAGER_DUPLICATE = 41, /* 0 fd, 1 wanted fd or -1 (lowest free) */
    PAGER_CREATE = 42,    /* 0 path, 1 length, 2 initial size, 3 mode; not opened */
    PAGER_UNLINK = 43,    /* 0 path, 1 length */
    PAGER_MKDIR = 44,     /* 0 path, 1 length, 2 mode */
    PAGER_RMDIR = 45,     /* 0 path, 1 length */
    PAGER_RENAME = 46,    /* 0 old, 1 length, 2 new, 3 length */
    PAGER_LINK = 47,      /* as RENAME */
    PAGER_SYMLINK = 48,   /* 0 target, 1 length, 2 new path, 3 length */
    PAGER_READLINK = 49,  /* 0 path, 1 length, 2 buffer, 3 capacity, 5 sp -> word 0: bytes */
    PAGER_READ_DIRECTORY =
        50,            /* 0 fd, 1 buffer of struct fs_directory_entry, 2 capacity, 5 sp -> word 0 */
    PAGER_CHDIR = 51,  /* 0 path, 1 length */
    PAGER_GETCWD = 52, /* 0 buffer, 1 capacity, 5 sp -> word 0: bytes */
    PAGER_DISK_COUNTS =
        53, /* -> word 0: sectors read from the file-system disk since boot, 1: written */

    /* ---- statistics, for everyone */
    PAGER_SYSTEM_STATISTICS = 64, /* 0 struct system_statistics * */
    PAGER_GROUP_STATISTICS =
        65, /* 0 group (0: caller's, PAGER_ROOT_GROUP), 1 struct group_statistics * */

    /* ---- init only (-EPERM for others) */
    PROCESS_CREATE = 96, /* 0 group id, 1 address-space id whose descriptors (shared positions) and
                             directory are copied, or 0: descriptors 0, 1, 2 are the console, directory
                             is the root -> word 0: address-space id; words 4, 5: handles of its task
                             and first thread (stopped), which the pager has put into the caller's table. The new task's
                             handle 1 is the pager */
    PROCESS_FORK = 97,   /* 0 address-space id of the parent (blocked in a call to init), 1 FORK_*
                             flags -> as PROCESS_CREATE; memory copy-on-write, descriptors copied */
    PROCESS_RESET = 98,  /* 0 id: exec; all regions go (as munmap does), descriptors stay */
    PROCESS_MAP_SEGMENT = 99, /* 0 id, 1 address (page aligned), 2 length of the segment in memory,
                             3 protection | fd of init << 32, 4 file offset (page aligned), 5 bytes from
                             the file; the rest of the last file page and what follows is zero */
    PROCESS_MAP_STACK = 100,  /* 0 id, 1 top, 2 growth limit in bytes */
    PROCESS_READ = 101,       /* 0 id, 1 address there, 2 buffer of init, 3 length */
    PROCESS_WRITE = 102,      /* the other way */
    PROCESS_DESTROY =
        103, /* 0 id: threads stopped, mappings undone with their write-back started and in
                             the page cache, all memory freed, the task destroyed; the id is gone */
    PROCESS_NEXT_DEATH =
        104, /* -> -EAGAIN, or word 0: id of a process that the pager or an exception
                             stopped, word 1: enum death_reason, word 2: address, word 3: ip */
    PROCESS_EXECUTES =
        105, /* 0 id, 1 fd of init: this file may not be written while the process lives
                             (replaces the previous one) */
    PROCESS_SET_DIRECTORY = 107, /* 0 id, 1 path, 2 length: the process's current directory */
    PROCESS_SET_GROUP = 106,     /* 0 id, 1 group: for pages charged from now on */
    GROUP_CREATE =
        112, /* 0 minimum frames, 1 limit frames (0: all) -> word 0: group id; policy: the
                             default of the command line */
    GROUP_DESTROY = 113,   /* 0 id, no process may be left; its cached file pages move to group 0 */
    GROUP_SET_LIMIT = 114, /* 0 id, 1 minimum, 2 limit */
    GROUP_SET_POLICY = 115, /* 0 id, 1 name pointer, 2 length: "name [name=value]..." */
    GROUP_SET_OPTION = 116, /* 0 id, 1 enum group_option, 2 value */
    CAPTURE_START = 120,    /* 0 buffer of init, 1 capacity: console records are copied there too;
                            2 CAPTURE_QUIET: there only */
    CAPTURE_STOP = 121,     /* -> word 0: bytes captured; result -EOVERFLOW if they did not fit */
    TRACE_READ = 128, /* 0 buffer, 1 capacity -> word 0: bytes of the trace; 0: that was all. The
                         first one ends the trace. -ENOENT: it does not go to a file */
    SYSTEM_DROP_CACHE = 122, /* writes back and evicts every unused file page */
    SYSTEM_SHUTDOWN = 123, /* everything written, file system marked clean; later file calls fail */
    SYSTEM_POWER_OFF = 124, /* 0 status reported to the machine's test device, if any */
    SYSTEM_NOTIFY_DEATHS =
        125, /* word 5 (one handle): notification; 0 bits to raise for NEXT_DEATH */
    SYSTEM_OPTION =
        126, /* 0 name pointer, 1 length, 2 buffer, 3 capacity: a word of the command line
                             "name=value" -> word 0: bytes of value, -ENOENT */
};

#define CAPTURE_QUIET 1u            /* word 2 of CAPTURE_START */
#define PAGER_ROOT_GROUP UINT32_MAX /* for GROUP_STATISTICS, where 0 is the caller's */

#define IO_AT_POSITION UINT64_MAX

/* As POSIX names them in <fcntl.h>. */
#define OPEN_READ 0u
#define OPEN_WRITE 1u
#define OPEN_READ_WRITE 2u
#define OPEN_ACCESS_MASK 3u
#define OPEN_CREATE 0x40u
#define OPEN_EXCLUSIVE 0x80u
#define OPEN_TRUNCATE 0x200u
#define OPEN_APPEND 0x400u
#define OPEN_DIRECTORY 0x10000u
#define OPEN_NO_FOLLOW 0x20000u
#define OPEN_CLOSE_ON_EXEC 0x80000u

#define PROTECT_READ 1u
#define PROTECT_WRITE 2u
#define PROTECT_EXECUTE 4u
#define MAP_FLAG_SHARED 1u
#define MAP_FLAG_PRIVATE 2u
#define MAP_FLAG_FIXED 0x10u
#define MAP_FLAG_ANONYMOUS 0x20u
#define MAP_FLAG_FIXED_NOREPLACE 0x100000u
#define MAP_FLAG_LOCKED 0x2000u
#define MAP_FLAG_POPULATE 0x8000u

#define FORK_COPY_POSITIONS 1u /* Pintos: each copy of a descriptor has its own file position */

enum death_reason {
    DEATH_BAD_ADDRESS = 1, /* touched what it may not */
    DEATH_BUS = 2,         /* a mapped page past the end of the file, or an I/O error on it */
    DEATH_EXCEPTION = 3,   /* divide error, invalid opcode, ... */
    DEATH_OUT_OF_SWAP = 4, /* chosen by the out-of-swap rule */
    DEATH_BAD_POINTER = 5, /* PAGER_STRICT_POINTERS and a bad pointer */
    DEATH_NO_MEMORY = 6,   /* not even a page table could be had */
    DEATH_PROTECTION = 7,  /* an address that is none, or an instruction that is not for programs */
};

enum group_option {
    GROUP_READ_AHEAD = 1,   /* pages to read behind one that a program waits for; 0: none */
    GROUP_FAULT_AROUND = 2, /* pages, a power of two up to 512, that are mapped together when one of
                               them faults and is in memory with others; 0: that one alone */
};

struct pager_stat {
    uint64_t size;
    uint64_t modified_seconds;
    uint32_t inode;
    uint32_t mode; /* S_IFMT and permission bits; a console is a character device */
    uint32_t links;
    uint32_t block_bytes;
};
