/*
 * Paging groups: who pages under which policy, with how many frames. Group 0, the root group,
 * has everybody who is in no other. See docs/policies.md of Quire.
 */
#pragma once

#include <quire/pager_protocol.h>
#include <quire/statistics.h>
#include <stddef.h>
#include <sys/types.h>

/* The group of a process (0: of the caller), or -1 with errno. */
int group_of(pid_t pid);
/* "NAME [name=value]...", or only "name=value..." for the policy that it has. 0, or -1 with errno: ENOENT (no
   such policy), EINVAL (a parameter), ESRCH (no such group). The group's pages stay where they are. */
int group_set_policy(int group, const char *policy);
/* Frames that it keeps when others need some, and that it may have at most (0: no limit). */
int group_set_limit(int group, size_t minimum, size_t limit);
/* GROUP_READ_AHEAD: pages read behind one that a program waits for. GROUP_FAULT_AROUND: pages of files, a power
   of two up to 512, that one fault maps when they are in memory. 0 turns either off. */
int group_set_option(int group, enum group_option option, size_t pages);
/* Its counters since it was made. */
int group_counters(int group, struct group_statistics *counters);
