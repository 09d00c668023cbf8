/* What a file is. */
#pragma once

#include <sys/types.h>

#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFDIR 0040000
#define S_IFLNK 0120000
#define S_IFCHR 0020000
#define S_ISREG(mode) (((mode)&S_IFMT) == S_IFREG)
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
#define S_ISLNK(mode) (((mode)&S_IFMT) == S_IFLNK)
#define S_ISCHR(mode) (((mode)&S_IFMT) == S_IFCHR)

struct stat {
    ino_t st_ino;
    mode_t st_mode;
    nlink_t st_nlink;
    off_t st_size;
    blksize_t st_blksize;
    time_t st_mtime;
};

int stat(const char *path, struct stat *status);
/* Of a symbolic link itself. */
int lstat(const char *path, struct stat *status);
int fstat(int descriptor, struct stat *status);
int mkdir(const char *path, mode_t mode);
