/* The end of children. */
#pragma once

#include <sys/types.h>

#define WNOHANG 1

/* A status is exit << 8, or the number of the signal that stands for the reason of death. */
#define WIFEXITED(status) (((status)&0x7f) == 0)
#define WEXITSTATUS(status) (((status) >> 8) & 0xff)
#define WIFSIGNALED(status) (((status)&0x7f) != 0)
#define WTERMSIG(status) ((status)&0x7f)

pid_t wait(int *status);
pid_t waitpid(pid_t pid, int *status, int options);
