/* Types of the POSIX interface. */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int pid_t;
typedef int64_t off_t;
typedef int64_t ssize_t;
typedef uint32_t mode_t;
typedef uint32_t ino_t;
typedef uint32_t nlink_t;
typedef int64_t blksize_t;
typedef int64_t time_t;
typedef int clockid_t;
typedef uint32_t useconds_t;
