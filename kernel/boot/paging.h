/* The kernel's own page tables. */
#pragma once

#include <stdint.h>

/* Builds and loads them: the direct map of all RAM and at least the first 4 GiB, and the
   kernel image with the rights of each part. */
void paging_initialize(uint64_t physical_limit);

extern uint64_t kernel_page_table_root; /* physical */
extern uint64_t direct_map_limit;       /* first physical address that the map leaves out */
extern uint64_t kernel_physical_start;
