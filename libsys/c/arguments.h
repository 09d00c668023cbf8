/*
 * The argument block of spawn and exec: NUL-terminated strings one after the other, the
 * path first, then argv[0], argv[1], ...; see process_protocol.h.
 */
#pragma once

#include <stddef.h>

/* Bytes that the block of path and argv takes; *count gets the number of arguments. */
size_t arguments_measure(const char *path, char *const argv[], size_t *count);
/* Writes the block, of exactly that many bytes. */
void arguments_pack(char *block, const char *path, char *const argv[]);
