/*
 * File and mapping calls of the Pintos-compatible library: the pager's requests with that
 * course's results. Buffers go to the pager as they are, with PAGER_STRICT_POINTERS: a bad
 * one ends the program.
 */
#include "../c/calls.h"

#include <quire/abi.h>
#include <quire/fs_protocol.h>
#include <string.h>
#include <syscall.h>

#define MODE_TYPE_MASK 0170000u
#define MODE_DIRECTORY 0040000u
#define MODE_DEFAULT 0644u
#define MODE_DEFAULT_DIRECTORY 0755u
#define SEEK_FROM_START 0u
#define SEEK_FROM_HERE 1u

static struct call_result pager(uint32_t operation, uint64_t word0, uint64_t word1, uint64_t word2,
                                uint64_t word3, uint64_t word4)
{
    return server_call(PAGER_HANDLE, operation | PAGER_STRICT_POINTERS, word0, word1, word2, word3,
                       word4, stack_pointer());
}

static uint64_t as_word(int value)
{
    return (uint64_t)(int64_t)value;
}

/* A path and its length; the length is taken here, so that a bad pointer faults. */
static struct call_result pager_path(uint32_t operation, const char *path, uint64_t word2,
                                     uint64_t word3)
{
    return pager(operation, (uintptr_t)path, strlen(path), word2, word3, 0);
}

/* Only the last part of a path has to fit a directory entry of that course. */
static bool name_fits(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = strlen(slash != NULL ? slash + 1 : path);
    return length > 0 && length <= READDIR_MAX_LEN;
}

bool create(const char *file, unsigned initial_size)
{
    return name_fits(file) &&
           pager_path(PAGER_CREATE, file, initial_size, MODE_DEFAULT).result >= 0;
}

bool remove(const char *file)
{
    if (pager_path(PAGER_UNLINK, file, 0, 0).result >= 0)
        return true;
    return pager_path(PAGER_RMDIR, file, 0, 0).result >= 0;
}

int open(const char *file)
{
    struct call_result result = pager_path(PAGER_OPEN, file, OPEN_READ_WRITE, 0);
    if (result.result == -EISDIR || result.result == -EACCES || result.result == -EROFS)
        result = pager_path(PAGER_OPEN, file, OPEN_READ, 0);
    return result.result < 0 ? -1 : result.result;
}

/* false: not an open descriptor. */
static bool descriptor_status(int descriptor, struct pager_stat *status)
{
    return pager(PAGER_STAT_FD, as_word(descriptor), (uintptr_t)status, 0, 0, 0).result >= 0;
}

int filesize(int descriptor)
{
    struct pager_stat status;
    return descriptor_status(descriptor, &status) ? (int)status.size : -1;
}

int read(int descriptor, void *buffer, unsigned size)
{
    struct call_result result =
        pager(PAGER_READ, as_word(descriptor), (uintptr_t)buffer, size, IO_AT_POSITION, 0);
    return result.result < 0 ? -1 : (int)result.word[0];
}

int write(int descriptor, const void *buffer, unsigned size)
{
    struct call_result result =
        pager(PAGER_WRITE, as_word(descriptor), (uintptr_t)buffer, size, IO_AT_POSITION, 0);
    return result.result < 0 ? -1 : (int)result.word[0];
}

void seek(int descriptor, unsigned position)
{
    pager(PAGER_SEEK, as_word(descriptor), position, SEEK_FROM_START, 0, 0);
}

unsigned tell(int descriptor)
{
    struct call_result result = pager(PAGER_SEEK, as_word(descriptor), 0, SEEK_FROM_HERE, 0, 0);
    return result.result < 0 ? (unsigned)-1 : (unsigned)result.word[0];
}

void close(int descriptor)
{
    pager(PAGER_CLOSE, as_word(descriptor), 0, 0, 0, 0);
}

int dup2(int old_descriptor, int new_descriptor)
{
    if (new_descriptor < 0)
        return -1;
    struct call_result result =
        pager(PAGER_DUPLICATE, as_word(old_descriptor), as_word(new_descriptor), 0, 0, 0);
    return result.result < 0 ? -1 : result.result;
}

void *mmap(void *address, size_t length, int writable, int descriptor, off_t offset)
{
    uint64_t protection = PROTECT_READ | (writable ? PROTECT_WRITE : 0);
    uint64_t flags = MAP_FLAG_SHARED | MAP_FLAG_FIXED_NOREPLACE;
    uint64_t start = (uintptr_t)address;
    if (start == 0 || start % PAGE_SIZE != 0 || length == 0 || offset < 0 ||
        (uint64_t)offset % PAGE_SIZE != 0)
        return MAP_FAILED;
    struct call_result result = pager(PAGER_MAP, start, length, protection | flags << 32,
                                      as_word(descriptor), (uint64_t)offset);
    return result.result < 0 ? MAP_FAILED : address;
}

void munmap(void *address)
{
    pager(PAGER_UNMAP_WHOLE, (uintptr_t)address, 0, 0, 0, 0);
}

bool chdir(const char *directory)
{
    return pager_path(PAGER_CHDIR, directory, 0, 0).result >= 0;
}

bool mkdir(const char *directory)
{
    return name_fits(directory) &&
           pager_path(PAGER_MKDIR, directory, MODE_DEFAULT_DIRECTORY, 0).result >= 0;
}

/*
 * Exactly one entry: the pager fills whole records, so the buffer offered grows from the
 * shortest record until the next one fits.
 */
static struct fs_directory_entry *next_entry(int descriptor, void *buffer, size_t capacity)
{
    for (size_t offered = sizeof(struct fs_directory_entry) + 8; offered <= capacity;
         offered += 8) {
        struct call_result result =
            pager(PAGER_READ_DIRECTORY, as_word(descriptor), (uintptr_t)buffer, offered, 0, 0);
        if (result.result >= 0)
            return result.word[0] > 0 ? buffer : NULL;
        if (result.result != -EINVAL)
            return NULL;
    }
    return NULL;
}

bool readdir(int descriptor, char name[READDIR_MAX_LEN + 1])
{
    uint64_t buffer[(sizeof(struct fs_directory_entry) + 256) / 8 + 1];
    struct fs_directory_entry *entry;
    while ((entry = next_entry(descriptor, buffer, sizeof buffer)) != NULL) {
        const char *found = (const char *)(entry + 1);
        if (strcmp(found, ".") == 0 || strcmp(found, "..") == 0)
            continue;
        strlcpy(name, found, READDIR_MAX_LEN + 1);
        return true;
    }
    return false;
}

bool isdir(int descriptor)
{
    struct pager_stat status;
    return descriptor_status(descriptor, &status) &&
           (status.mode & MODE_TYPE_MASK) == MODE_DIRECTORY;
}

int inumber(int descriptor)
{
    struct pager_stat status;
    return descriptor_status(descriptor, &status) ? (int)status.inode : -1;
}

int symlink(const char *target, const char *link_path)
{
    if (!name_fits(link_path))
        return -1;
    struct call_result result = pager(PAGER_SYMLINK, (uintptr_t)target, strlen(target),
                                      (uintptr_t)link_path, strlen(link_path), 0);
    return result.result < 0 ? -1 : 0;
}
