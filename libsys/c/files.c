/* Descriptors: thin calls to the pager. */
#include "result.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct call_result pager(uint32_t operation, uint64_t word0, uint64_t word1, uint64_t word2,
                                uint64_t word3)
{
    return server_call(PAGER_HANDLE, operation, word0, word1, word2, word3, 0, stack_pointer());
}

static struct call_result pager_path(uint32_t operation, const char *path, uint64_t word2,
                                     uint64_t word3)
{
    return pager(operation, (uintptr_t)path, strlen(path), word2, word3);
}

static struct call_result pager_two_paths(uint32_t operation, const char *first, const char *second)
{
    return pager(operation, (uintptr_t)first, strlen(first), (uintptr_t)second, strlen(second));
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return or_errno(pager_path(PAGER_OPEN, path, (uint32_t)flags, mode));
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

ssize_t read(int descriptor, void *buffer, size_t bytes)
{
    return word_or_errno(
        pager(PAGER_READ, as_word(descriptor), (uintptr_t)buffer, bytes, IO_AT_POSITION));
}

ssize_t write(int descriptor, const void *buffer, size_t bytes)
{
    return word_or_errno(
        pager(PAGER_WRITE, as_word(descriptor), (uintptr_t)buffer, bytes, IO_AT_POSITION));
}

/* A negative offset must not become IO_AT_POSITION. */
static ssize_t at_offset(uint32_t operation, int descriptor, const void *buffer, size_t bytes,
                         off_t offset)
{
    if (offset < 0) {
        errno = EINVAL;
        return -1;
    }
    return word_or_errno(
        pager(operation, as_word(descriptor), (uintptr_t)buffer, bytes, (uint64_t)offset));
}

ssize_t pread(int descriptor, void *buffer, size_t bytes, off_t offset)
{
    return at_offset(PAGER_READ, descriptor, buffer, bytes, offset);
}

ssize_t pwrite(int descriptor, const void *buffer, size_t bytes, off_t offset)
{
    return at_offset(PAGER_WRITE, descriptor, buffer, bytes, offset);
}

off_t lseek(int descriptor, off_t offset, int whence)
{
    return word_or_errno(
        pager(PAGER_SEEK, as_word(descriptor), as_word(offset), as_word(whence), 0));
}

int close(int descriptor)
{
    return or_errno(pager(PAGER_CLOSE, as_word(descriptor), 0, 0, 0));
}

int dup(int descriptor)
{
    return or_errno(pager(PAGER_DUPLICATE, as_word(descriptor), as_word(-1), 0, 0));
}

int dup2(int descriptor, int wanted)
{
    if (wanted < 0) {
        errno = EBADF;
        return -1;
    }
    return or_errno(pager(PAGER_DUPLICATE, as_word(descriptor), as_word(wanted), 0, 0));
}

int ftruncate(int descriptor, off_t length)
{
    if (length < 0) {
        errno = EINVAL;
        return -1;
    }
    return or_errno(pager(PAGER_TRUNCATE, as_word(descriptor), (uint64_t)length, 0, 0));
}

int fsync(int descriptor)
{
    return or_errno(pager(PAGER_SYNC_FD, as_word(descriptor), 0, 0, 0));
}

int unlink(const char *path)
{
    return or_errno(pager_path(PAGER_UNLINK, path, 0, 0));
}

int rmdir(const char *path)
{
    return or_errno(pager_path(PAGER_RMDIR, path, 0, 0));
}

int mkdir(const char *path, mode_t mode)
{
    return or_errno(pager_path(PAGER_MKDIR, path, mode, 0));
}

int chdir(const char *path)
{
    return or_errno(pager_path(PAGER_CHDIR, path, 0, 0));
}

int link(const char *path, const char *new_path)
{
    return or_errno(pager_two_paths(PAGER_LINK, path, new_path));
}

int symlink(const char *target, const char *new_path)
{
    return or_errno(pager_two_paths(PAGER_SYMLINK, target, new_path));
}

int rename(const char *old_path, const char *new_path)
{
    return or_errno(pager_two_paths(PAGER_RENAME, old_path, new_path));
}

ssize_t readlink(const char *path, char *buffer, size_t capacity)
{
    if (capacity == 0) {
        errno = EINVAL;
        return -1;
    }
    return word_or_errno(pager_path(PAGER_READLINK, path, (uintptr_t)buffer, capacity));
}

char *getcwd(char *buffer, size_t capacity)
{
    if (capacity == 0) {
        errno = EINVAL;
        return NULL;
    }
    return or_errno(pager(PAGER_GETCWD, (uintptr_t)buffer, capacity, 0, 0)) < 0 ? NULL : buffer;
}

static int convert(struct call_result call, const struct pager_stat *from, struct stat *to)
{
    if (or_errno(call) < 0)
        return -1;
    *to = (struct stat){
        .st_ino = from->inode,
        .st_mode = from->mode,
        .st_nlink = from->links,
        .st_size = (off_t)from->size,
        .st_blksize = from->block_bytes,
        .st_mtime = (time_t)from->modified_seconds,
    };
    return 0;
}

int stat(const char *path, struct stat *status)
{
    struct pager_stat answer;
    return convert(pager_path(PAGER_STAT, path, (uintptr_t)&answer, 0), &answer, status);
}

int lstat(const char *path, struct stat *status)
{
    struct pager_stat answer;
    return convert(pager_path(PAGER_STAT, path, (uintptr_t)&answer, 1), &answer, status);
}

int fstat(int descriptor, struct stat *status)
{
    struct pager_stat answer;
    return convert(pager(PAGER_STAT_FD, as_word(descriptor), (uintptr_t)&answer, 0, 0), &answer,
                   status);
}
