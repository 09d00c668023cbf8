/*
 * The kernel command line, as the pager reads it. The table of all options is in option.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define COMMAND_LINE_BYTES 1024

/* Takes the line apart; false: it was longer than COMMAND_LINE_BYTES and the rest is lost. */
bool options_parse(const char *command_line);
/* One console line for each word that is not in the table. */
void options_warn(void);
/* A number with K, M or G behind it; false: not one. */
bool option_parse_number(const char *text, uint64_t *value);
/* The line as it was given, for the servers. */
const char *options_command_line(void);
