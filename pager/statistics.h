/* What the pager counts, for programs: see statistics.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Allocates the page that every program sees. False: no memory. */
bool statistics_boot(void);
/* Brings that page up to date if it has not been for a while. Called before each wait: cheap. */
void statistics_refresh(void);
uint64_t disk_sectors_read(void);
uint64_t disk_sectors_written(void);
