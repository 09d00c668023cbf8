/*
 * The argument block of spawn and exec: NUL-terminated strings one after the other, the
 * path first, then argv[0], argv[1], ..., then the environment; see process_protocol.h.
 */
#pragma once

#include <stddef.h>

/* Bytes that the block takes; *count gets the number of arguments. environment may be NULL: none. */
size_t arguments_measure(const char *path, char *const argv[], char *const environment[],
                         size_t *count);
/* Writes the block, of exactly that many bytes. */
void arguments_pack(char *block, const char *path, char *const argv[], char *const environment[]);
