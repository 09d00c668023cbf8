/*
 * Paging groups: who pages under which policy, with how many frames. Group 0, the root group,
 * has everybody who is in no other. See docs/policies.md of Quire.
 */
#pragma once

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
/* Its counters since it was made. */
int group_counters(int group, struct group_statistics *counters);
