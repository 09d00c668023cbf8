/* There are no signal handlers: kill() ends a process, and the numbers name reasons of death. */
#pragma once

#include <sys/types.h>

#define SIGILL 4
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGSEGV 11
#define SIGTERM 15

/* SIGKILL and SIGTERM end the process with status -1; 0 asks whether it exists; others are EINVAL. */
int kill(pid_t pid, int signal);
