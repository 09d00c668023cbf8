/* Starting programs without a copy of the caller. */
#pragma once

#include <sys/types.h>

/* A child that runs `path` with the caller's descriptors. Its id, or -1 with errno. */
pid_t spawn(const char *path, char *const arguments[]);

/*
 * The same in a paging group of its own, with at most `frames` frames (0: no limit) and the
 * policy "NAME [name=value]..." (NULL: the system's default).
 */
pid_t spawn_in_group(const char *path, char *const arguments[], size_t frames, const char *policy);
