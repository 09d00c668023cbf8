/*
 * The system calls of the KAIST Pintos user library, source compatible.
 *
 * A pointer that the program may not use ends it with status -1; other failures are
 * returned as the table says.
 *
 *   halt        powers the machine off
 *   exit        ends the process; the system prints "NAME: exit(STATUS)"
 *   fork        0 in the child, the child's id in the parent, PID_ERROR; each copy of a
 *               descriptor has a file position of its own; the child is called `name`
 *   exec        replaces the program by the first word of the command line; -1 on failure
 *   wait        a direct child's status, once; -1 for anyone else, or if it was killed
 *   create      a new file of zeros; false if it exists or the name is empty or too long
 *   remove      unlinks; open descriptors and mappings go on working
 *   open        a new descriptor, at least 2; -1 if there is no such file
 *   read, write bytes moved; -1 on failure; write gives 0 for a program that runs
 *   mmap        `length` bytes of the file at exactly `address`; MAP_FAILED (null) if address,
 *               offset, length or descriptor is bad or something is mapped there
 *   munmap      the whole mapping that mmap returned at `address`
 */
#pragma once

#include <debug.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
#define PID_ERROR ((pid_t)-1)

typedef int off_t;
#define MAP_FAILED ((void *)0)

#define READDIR_MAX_LEN 14 /* characters of a name that readdir() gives */

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void halt(void) NO_RETURN;
void exit(int status) NO_RETURN;
pid_t fork(const char *name);
int exec(const char *command_line);
int wait(pid_t pid);
bool create(const char *file, unsigned initial_size);
bool remove(const char *file);
int open(const char *file);
int filesize(int descriptor);
int read(int descriptor, void *buffer, unsigned size);
int write(int descriptor, const void *buffer, unsigned size);
void seek(int descriptor, unsigned position);
unsigned tell(int descriptor);
void close(int descriptor);

int dup2(int old_descriptor, int new_descriptor);

void *mmap(void *address, size_t length, int writable, int descriptor, off_t offset);
void munmap(void *address);

bool chdir(const char *directory);
bool mkdir(const char *directory);
/* The next entry of a directory, without "." and ".."; false at the end. */
bool readdir(int descriptor, char name[READDIR_MAX_LEN + 1]);
bool isdir(int descriptor);
int inumber(int descriptor);
int symlink(const char *target, const char *link_path);

/* The frame behind an address, or null if no page is present there; brings nothing in. */
static inline void *get_phys_addr(void *user_address)
{
    void *frame = user_address;
    __asm__ volatile("int $0x42" : "+a"(frame) : : "memory");
    return frame;
}

/* Sectors of the file-system disk read and written since boot. */
static inline long long get_fs_disk_read_cnt(void)
{
    long long count;
    __asm__ volatile("int $0x43" : "=a"(count) : "d"(0l), "c"(1l) : "memory");
    return count;
}

static inline long long get_fs_disk_write_cnt(void)
{
    long long count;
    __asm__ volatile("int $0x44" : "=a"(count) : "d"(0l), "c"(1l) : "memory");
    return count;
}
