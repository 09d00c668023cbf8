/* Files, processes and the rest of the system interface. -1 and errno on failure. */
#pragma once

#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

ssize_t read(int descriptor, void *buffer, size_t bytes);
ssize_t write(int descriptor, const void *buffer, size_t bytes);
ssize_t pread(int descriptor, void *buffer, size_t bytes, off_t offset);
ssize_t pwrite(int descriptor, const void *buffer, size_t bytes, off_t offset);
off_t lseek(int descriptor, off_t offset, int whence);
int close(int descriptor);
int dup(int descriptor);
int dup2(int descriptor, int wanted);
int ftruncate(int descriptor, off_t length);
/* Returns after the device has flushed data and metadata of the file. */
int fsync(int descriptor);

int unlink(const char *path);
int rmdir(const char *path);
int link(const char *path, const char *new_path);
int symlink(const char *target, const char *new_path);
ssize_t readlink(const char *path, char *buffer, size_t capacity);
int chdir(const char *path);
char *getcwd(char *buffer, size_t capacity);

extern char **environ; /* ends with NULL */

/* Of the calling thread only. */
pid_t fork(void);
/* Return only when they failed. execv passes `environ` on. */
int execv(const char *path, char *const arguments[]);
int execve(const char *path, char *const arguments[], char *const environment[]);
_Noreturn void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
unsigned sleep(unsigned seconds);
int usleep(useconds_t microseconds);

int getpagesize(void);
/* Moves the end of the heap; malloc() uses it too. (void *)-1 on failure. */
void *sbrk(intptr_t increment);
int brk(void *end);
