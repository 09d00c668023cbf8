/*
 * Requests to init, the process server. Sent with SYS_CALL to PROCESS_HANDLE; the badge is
 * the caller's process id. Reply: label = int32_t result (negative errno), word 0 a value.
 *
 * Arguments of a program travel as one block of NUL-terminated strings in the caller's
 * memory: the path of the executable, then argv[0], argv[1], ..., then the environment.
 */
#pragma once

#include <stdint.h>

#define PROCESS_HANDLE 2u                  /* in every program's handle table */
#define PROCESS_ARGUMENTS_MAX (128u << 10) /* bytes of an argument block; more is -E2BIG */

/* Why a process ended that PROCESS_KILL ended: beyond every enum death_reason. */
#define PROCESS_KILLED_BY(signal) (0x100u | (signal))
#define PROCESS_SIGNAL_MAX 0x7fu

enum process_operation {
    PROCESS_SPAWN = 1, /* 0 block, 1 length, 2 argc -> word 0: pid. A child with the caller's
                          descriptors; its name is argv[0] */
    PROCESS_CALL_FORK =
        2, /* 0 name, 1 length (0: keep the name), 2 FORK_* flags -> word 0: pid; 0 in
                          the child. Not before the child has its copy */
    PROCESS_EXEC =
        3, /* 0 block, 1 length, 2 argc. Replaces the caller's program; the reply comes only
                          when it failed and the old program is intact */
    PROCESS_EXIT = 4, /* 0 status. No reply */
    PROCESS_WAIT = 5, /* 0 pid (-1: any child), 1 flags (1: do not block) -> word 0: pid, 1: status,
                          2: enum death_reason, PROCESS_KILLED_BY(signal), or 0: it exited.
                          -ECHILD */
    PROCESS_KILL = 6, /* 0 pid, 1 a number for its parent (signal): it ends with status -1; 0: only
                          asks whether there is such a process. -ESRCH, -EINVAL */
    PROCESS_SELF = 7, /* -> word 0: pid, word 1: parent's pid */
    PROCESS_HALT = 8, /* clean shutdown and power off; no reply */
    PROCESS_GROUP_RUN =
        10, /* 0 block, 1 length, 2 argc, 3 frames limit (0: none), 4 policy string or 0,
                          5 its length -> as SPAWN, in a new group that goes with its last process */
    PROCESS_GROUP_OF = 11, /* 0 pid (0: the caller) -> word 0: its group */
    PROCESS_GROUP_SET_POLICY =
        12, /* 0 group, 1 policy string, 2 its length. -ENOENT, -EINVAL, -ESRCH */
    PROCESS_GROUP_SET_LIMIT = 13,  /* 0 group, 1 minimum, 2 limit (0: none). -EINVAL, -ESRCH */
    PROCESS_GROUP_SET_OPTION = 14, /* 0 group, 1 enum group_option, 2 value. -EINVAL, -ESRCH */
};
