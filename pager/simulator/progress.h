/*
 * A progress bar on standard error, if that is a terminal.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void progress_allow(bool allowed);                                   /* not called: no bar */
void progress_show(const char *what, uint64_t done, uint64_t total); /* total 0: not known */
void progress_end(void);
