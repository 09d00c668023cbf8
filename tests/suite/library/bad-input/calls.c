/* The library's calls and the kinds of their arguments. */
#include "bad_input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <paging_group.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The arguments as what the calls take. */
#define WORD(index) (argument[index])
#define INT(index) ((int)argument[index])
#define POINTER(index) ((void *)argument[index])
#define SIGNED(index) ((int64_t)argument[index])

/* Calls that give a pointer: null is the failure. */
static int64_t unless_null(const void *pointer)
{
    return pointer != NULL ? 0 : -1;
}

static int64_t unless_failed(const void *mapping)
{
    return mapping != MAP_FAILED ? 0 : -1;
}

#define CALL(name, expression)                           \
    static int64_t call_##name(const uint64_t *argument) \
    {                                                    \
        return (expression);                             \
    }

/* ---- files */

CALL(open, open(POINTER(0), O_RDONLY))
CALL(open_new, open(POINTER(0), O_RDWR | O_CREAT, 0644))
CALL(open_exclusively, open(POINTER(0), O_RDWR | O_CREAT | O_EXCL, 0644))
CALL(open_directory, open(POINTER(0), O_RDONLY | O_DIRECTORY))
CALL(creat, creat(POINTER(0), 0644))
CALL(read, read(INT(0), POINTER(1), WORD(2)))
CALL(write, write(INT(0), POINTER(1), WORD(2)))
CALL(pread, pread(INT(0), POINTER(1), WORD(2), SIGNED(3)))
CALL(pwrite, pwrite(INT(0), POINTER(1), WORD(2), SIGNED(3)))
CALL(lseek, lseek(INT(0), SIGNED(1), INT(2)))
CALL(close, close(INT(0)))
CALL(dup, dup(INT(0)))
CALL(dup2, dup2(INT(0), INT(1)))
CALL(ftruncate, ftruncate(INT(0), SIGNED(1)))
CALL(fsync, fsync(INT(0)))
CALL(fstat, fstat(INT(0), POINTER(1)))
CALL(stat, stat(POINTER(0), POINTER(1)))
CALL(lstat, lstat(POINTER(0), POINTER(1)))

/* ---- names */

CALL(unlink, unlink(POINTER(0)))
CALL(rmdir, rmdir(POINTER(0)))
CALL(remove, remove(POINTER(0)))
CALL(mkdir, mkdir(POINTER(0), 0755))
CALL(chdir, chdir(POINTER(0)))
CALL(rename, rename(POINTER(0), POINTER(1)))
CALL(link, link(POINTER(0), POINTER(1)))
CALL(symlink, symlink(POINTER(0), POINTER(1)))
CALL(readlink, readlink(POINTER(0), POINTER(1), WORD(2)))
CALL(getcwd, unless_null(getcwd(POINTER(0), WORD(1))))
CALL(opendir, unless_null(opendir(POINTER(0))))
CALL(fopen, unless_null(fopen(POINTER(0), POINTER(1))))

/* ---- mappings and the heap */

CALL(mmap, unless_failed(mmap(NULL, WORD(0), INT(1), INT(2), INT(3), SIGNED(4))))
CALL(mmap_fixed, unless_failed(mmap(POINTER(0), WORD(1), INT(2),
                                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)))
CALL(munmap, munmap(POINTER(0), WORD(1)))
CALL(mprotect, mprotect(POINTER(0), WORD(1), INT(2)))
CALL(madvise, madvise(POINTER(0), WORD(1), INT(2)))
CALL(msync, msync(POINTER(0), WORD(1), INT(2)))
CALL(mincore, mincore(POINTER(0), WORD(1), POINTER(2)))
CALL(mlock, mlock(POINTER(0), WORD(1)))
CALL(munlock, munlock(POINTER(0), WORD(1)))
CALL(mremap, unless_failed(mremap(POINTER(0), WORD(1), WORD(2), INT(3))))
CALL(brk, brk(POINTER(0)))
CALL(sbrk, unless_failed(sbrk(SIGNED(0))))
CALL(malloc, unless_null(malloc(WORD(0))))
CALL(calloc, unless_null(calloc(16, WORD(0))))
CALL(realloc, unless_null(realloc(NULL, WORD(0))))
CALL(aligned_alloc, unless_null(aligned_alloc(WORD(0), WORD(1))))

/* ---- processes and time */

static int64_t call_waitpid(const uint64_t *argument)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    int64_t result = waitpid(INT(0) == OWN_CHILD ? child : INT(0), POINTER(1), INT(2));
    int error = errno;
    waitpid(child, NULL, 0);
    errno = error;
    return result;
}

static int64_t call_kill(const uint64_t *argument)
{
    pid_t child = fork();
    if (child == 0) {
        sleep(1000);
        _exit(0);
    }
    int64_t result = kill(INT(0) == OWN_CHILD ? child : INT(0), INT(1));
    int error = errno;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    errno = error;
    return result;
}

static int64_t call_posix_memalign(const uint64_t *argument)
{
    errno = posix_memalign(POINTER(0), WORD(1), WORD(2));
    return errno != 0 ? -1 : 0;
}

CALL(execv, execv(POINTER(0), POINTER(1)))
CALL(execve, execve(POINTER(0), POINTER(1), NULL))
CALL(spawn, spawn(POINTER(0), POINTER(1)))
CALL(group_of, group_of(INT(0)))
CALL(clock_gettime, clock_gettime(INT(0), POINTER(1)))
CALL(nanosleep, nanosleep(POINTER(0), NULL))

/* ---- streams: of a file that the row opens */

#define STREAM_CALL(name, expression)                    \
    static int64_t call_##name(const uint64_t *argument) \
    {                                                    \
        FILE *stream = fopen(FILE_NAME, "r+");           \
        int64_t result = (expression);                   \
        int error = errno;                               \
        fclose(stream);                                  \
        errno = error;                                   \
        return result;                                   \
    }

STREAM_CALL(fread, (int64_t)fread(POINTER(0), 1, 5, stream))
STREAM_CALL(fgets, unless_null(fgets(POINTER(0), 16, stream)))
STREAM_CALL(fwrite, (int64_t)fwrite(POINTER(0), 1, 5, stream))
STREAM_CALL(fputs, fputs(POINTER(0), stream))
STREAM_CALL(fprintf, fprintf(stream, "%s", (char *)POINTER(0)))
STREAM_CALL(fseek, fseek(stream, SIGNED(0), INT(1)))

/* ---- functions that are all in the library */

CALL(strlen, (int64_t)strlen(POINTER(0)))
CALL(strcmp, strcmp(POINTER(0), POINTER(1)) & 0)
CALL(strcpy, unless_null(strcpy(POINTER(0), POINTER(1))))
CALL(memcpy, unless_null(memcpy(POINTER(0), POINTER(1), 5)))
CALL(memmove, unless_null(memmove(POINTER(0), POINTER(1), 5)))
CALL(memset, unless_null(memset(POINTER(0), 1, 5)))
CALL(memcmp, memcmp(POINTER(0), POINTER(1), 5) & 0)
CALL(strncmp, strncmp(POINTER(0), POINTER(1), 5) & 0)
CALL(strchr, unless_null(strchr(POINTER(0), '\0')))
CALL(strrchr, unless_null(strrchr(POINTER(0), '\0')))
CALL(strstr, strstr(POINTER(0), POINTER(1)) == NULL)
CALL(strspn, (int64_t)strspn(POINTER(0), POINTER(1)))
CALL(strncpy, unless_null(strncpy(POINTER(0), POINTER(1), 5)))
CALL(strlcpy, (int64_t)strlcpy(POINTER(0), POINTER(1), 64))
CALL(strtol, strtol(POINTER(0), POINTER(1), 10))
CALL(getenv, getenv(POINTER(0)) != NULL)
CALL(strdup, unless_null(strdup(POINTER(0))))
CALL(atoi, atoi(POINTER(0)))
CALL(snprintf, snprintf(POINTER(0), 64, "%s", (char *)POINTER(1)))

#define ROW(name, ...)                           \
    {                                            \
#name, call_##name, {__VA_ARGS__ }, FINE \
    }
#define FAILS(name, error, ...)                   \
    {                                             \
#name, call_##name, {__VA_ARGS__ }, error \
    }

const struct library_call library_calls[] = {
    ROW(open, FILE_PATH),
    ROW(open_new, ANY_NEW_PATH),
    ROW(open_exclusively, NEW_PATH),
    ROW(open_directory, DIRECTORY_PATH),
    ROW(creat, ANY_NEW_PATH),
    ROW(read, READ_DESCRIPTOR, BUFFER_OUT, COUNT),
    ROW(write, WRITE_DESCRIPTOR, BUFFER_IN, COUNT),
    ROW(pread, READ_DESCRIPTOR, BUFFER_OUT, COUNT, OFFSET),
    ROW(pwrite, WRITE_DESCRIPTOR, BUFFER_IN, COUNT, WRITE_OFFSET),
    ROW(lseek, SEEK_DESCRIPTOR, POSITION, WHENCE),
    ROW(close, ANY_DESCRIPTOR),
    ROW(dup, ANY_DESCRIPTOR),
    ROW(dup2, ANY_DESCRIPTOR, NEW_DESCRIPTOR),
    ROW(ftruncate, LENGTH_DESCRIPTOR, FILE_LENGTH),
    ROW(fsync, ANY_DESCRIPTOR),
    ROW(fstat, ANY_DESCRIPTOR, RESULT),
    ROW(stat, FILE_PATH, RESULT),
    ROW(lstat, FILE_PATH, RESULT),
    ROW(unlink, FILE_PATH),
    ROW(rmdir, DIRECTORY_PATH),
    ROW(remove, FILE_PATH),
    ROW(mkdir, NEW_PATH),
    ROW(chdir, DIRECTORY_PATH),
    ROW(rename, FILE_PATH, ANY_NEW_PATH),
    ROW(link, FILE_PATH, NEW_PATH),
    ROW(symlink, LINK_TARGET, NEW_PATH),
    ROW(readlink, LINK_PATH, BUFFER_OUT, LINK_CAPACITY),
    ROW(getcwd, BUFFER_OUT, DIRECTORY_CAPACITY),
    ROW(opendir, DIRECTORY_PATH),
    ROW(fopen, FILE_PATH, STREAM_MODE),
    ROW(mmap, MAPPING_LENGTH, PROTECTION, MAP_FLAGS, MAP_DESCRIPTOR, MAP_OFFSET),
    ROW(mmap_fixed, FIXED_ADDRESS, MAPPING_LENGTH, PROTECTION),
    ROW(munmap, UNMAPPING, MAPPING_LENGTH),
    ROW(mprotect, MAPPING, MAPPING_LENGTH, PROTECTION),
    ROW(madvise, MAPPING, MAPPING_LENGTH, ADVICE),
    ROW(msync, MAPPING, MAPPING_LENGTH, SYNC_FLAGS),
    ROW(mincore, MAPPING, MAPPING_LENGTH, BUFFER_OUT),
    ROW(mlock, MAPPING, MAPPING_LENGTH),
    ROW(munlock, MAPPING, MAPPING_LENGTH),
    ROW(mremap, MAPPING, MAPPING_LENGTH, MAPPING_LENGTH, REMAP_FLAGS),
    ROW(brk, BREAK),
    ROW(sbrk, BREAK_INCREMENT),
    ROW(malloc, HEAP_BYTES),
    ROW(calloc, HEAP_BYTES),
    ROW(realloc, HEAP_BYTES),
    ROW(aligned_alloc, ALIGNMENT, HEAP_BYTES),
    ROW(posix_memalign, RESULT, ALIGNMENT, HEAP_BYTES),
    ROW(waitpid, WAIT_PID, OPTIONAL_RESULT, WAIT_OPTIONS),
    ROW(kill, KILL_PID, SIGNAL),
    FAILS(execv, ENOEXEC, PROGRAM_PATH, ARGUMENT_VECTOR),
    FAILS(execve, ENOEXEC, PROGRAM_PATH, ARGUMENT_VECTOR),
    FAILS(spawn, ENOEXEC, PROGRAM_PATH, ARGUMENT_VECTOR),
    ROW(group_of, GROUP_PID),
    ROW(clock_gettime, CLOCK, RESULT),
    ROW(nanosleep, DURATION),
    ROW(fread, RESULT),
    ROW(fgets, RESULT),
    ROW(fwrite, TEXT_PART),
    ROW(fputs, TEXT),
    ROW(fprintf, PRINTED_TEXT),
    ROW(fseek, POSITION, WHENCE),
    ROW(strlen, TEXT),
    ROW(strcmp, TEXT_PART, TEXT_PART),
    ROW(strcpy, RESULT, TEXT),
    ROW(memcpy, RESULT, TEXT_PART),
    ROW(memmove, RESULT, TEXT_PART),
    ROW(memset, RESULT),
    ROW(memcmp, TEXT_PART, TEXT_PART),
    ROW(strncmp, TEXT_PART, TEXT_PART),
    ROW(strchr, TEXT),
    ROW(strrchr, TEXT),
    ROW(strstr, TEXT, TEXT_PART),
    ROW(strspn, TEXT_PART, TEXT_PART),
    ROW(strncpy, RESULT, TEXT_PART),
    ROW(strlcpy, RESULT, TEXT),
    ROW(strtol, TEXT_PART, OPTIONAL_RESULT),
    ROW(getenv, TEXT_PART),
    ROW(strdup, TEXT),
    ROW(atoi, TEXT_PART),
    ROW(snprintf, RESULT, PRINTED_TEXT),
};
const size_t library_call_count = sizeof library_calls / sizeof *library_calls;
