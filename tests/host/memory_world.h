/*
 * The whole memory half of the pager on a fake kernel: real regions, faults, page cache, frames,
 * policies and swap map; a swap disk and a file system in the test's memory, which complete requests when the
 * world settles. Programs are address spaces whose accesses walk the fake kernel's page tables.
 *
 * The world is made once a test binary; each test begins with memory_world_mark() and ends with
 * memory_world_check(), which finds what leaked in between.
 */
#pragma once

#include "../../pager/region.h"
#include "fake_kernel.h"
#include "fake_services.h"
#include <quire/errno.h>

#define FILES 4
#define FILE_BYTES_MAX (512u * 4096)

struct disk_file {
    uint8_t bytes[FILE_BYTES_MAX];
    uint64_t size, reads, writes, reservations;
    bool holes; /* its reads tell that the disk has no blocks */
    bool fail_reads, fail_writes, full;
    struct file_object *object; /* as if opened, while a test has it open */
};
extern struct disk_file disk_files[FILES]; /* inode is 100 + number, descriptor the number */
extern bool world_hold_fs, world_hold_swap;
extern uint64_t world_swap_requests;  /* that the swap disk has done */
extern bool world_fail_swap_segments; /* reads of more than one segment fail */
extern bool world_file_writable;      /* descriptors are open for writing */

int memory_world_begin(void **state);
int memory_world_end(void **state);
void memory_world_mark(void);
void memory_world_check(void);
void memory_world_settle(void);

struct file_object *world_open(unsigned number,
                               uint64_t size); /* contents: byte i of page p is p + 1 */
void world_close(unsigned number);

struct address_space *program_new(struct group *group);
void program_exit(struct address_space *space);

/* One access of eight bytes, faults included. False: the program was killed. */
bool program_read(struct address_space *space, uint64_t address, uint64_t *value);
bool program_write(struct address_space *space, uint64_t address, uint64_t value);
/* As an access with this stack pointer. */
bool program_touch(struct address_space *space, uint64_t address, bool write,
                   uint64_t stack_pointer);
uint64_t program_value(struct address_space *space, uint64_t address); /* read that must succeed */

/* A call with up to five words: the result; *value is word 0 of the reply. */
int32_t program_call(struct address_space *space, enum request_status (*step)(struct request *),
                     const uint64_t words[6], uint64_t *value);
uint64_t program_map(struct address_space *space, uint64_t address, uint64_t length,
                     uint32_t protection, uint32_t flags, int descriptor, uint64_t offset);
int32_t program_unmap(struct address_space *space, uint64_t address, uint64_t length);
int32_t program_protect(struct address_space *space, uint64_t address, uint64_t length,
                        uint32_t protection);
struct address_space *program_fork(struct address_space *parent);
uint64_t program_frame(struct address_space *space, uint64_t address); /* memory_physical_step */

/* A request that may park: for tests that look at it in between. */
void request_prepare(struct request *request, struct address_space *space,
                     enum request_status (*step)(struct request *), const uint64_t words[6],
                     bool fault);
bool request_go(struct request *request); /* true: done */
