/* Opening of files. */
#pragma once

#include <sys/types.h>

#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_ACCMODE 3
#define O_CREAT 0x40
#define O_EXCL 0x80
#define O_TRUNC 0x200
#define O_APPEND 0x400
#define O_DIRECTORY 0x10000
#define O_NOFOLLOW 0x20000
#define O_CLOEXEC 0x80000

/* The lowest free descriptor, or -1 with errno. The mode is read with O_CREAT only. */
int open(const char *path, int flags, ...);
int creat(const char *path, mode_t mode);
