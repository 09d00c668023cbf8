/* The rows of bench: each function measures and prints those of its name (docs/performance.md). */
#pragma once

#include "measure.h"

#include <stdbool.h>

#define PAGE 4096u
#define PAGES 256 /* pages that a fault row touches */

/* basic_rows.c */
void null_system_call(const char *row);
void zero_page(const char *row);
void copy_page(const char *row);

/* bench.c: what --regions made, a page each. */
extern char **made_regions;
extern size_t made_region_count;

/* fault_rows.c */
void zero_fill(const char *row);
void zero_fill_read(const char *row);
void zero_fill_new_table(const char *row);
void huge_zero_fill(const char *row);
void huge_zero_fill_per_page(const char *row);
void huge_split(const char *row);
void file_hit_shared(const char *row);
void file_hit_private(const char *row);
void file_hit_around(const char *row); /* and fault_file_around_per_page */
void private_file_write(const char *row);
void copy_on_write(const char *row); /* and fault_cow_reuse */
void in_cache(const char *row);
void protection_upgrade(const char *row);
void stack_growth(const char *row);
void spread_over_regions(const char *row);

/* memory_rows.c */
void map_and_unmap(const char *row);
void map_touch_and_unmap(const char *row);
void map_and_unmap_gibibyte(const char *row);
void unmap_touched(const char *row);
void protect_touched(const char *row);
void forget_touched(const char *row);

/* process_rows.c */
void fork_exit_wait_100(const char *row);
void fork_exit_wait_10000(const char *row);
void fork_exec_wait(const char *row);
void spawn_wait(const char *row);

/* file_rows.c */
void open_and_close(const char *row);
void read_1(const char *row);
void read_4k(const char *row);
void read_1m(const char *row);
void write_1(const char *row);
void write_4k(const char *row);
void write_1m(const char *row);

/* swap_rows.c */
void swap_sequential(const char *row); /* out and in */
void swap_random(const char *row);
void swap_parallel(const char *row);
void file_sequential(const char *row);
