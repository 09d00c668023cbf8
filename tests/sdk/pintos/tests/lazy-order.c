/* Fills pages in a random order; only those that were touched are there. */
#include <inttypes.h>
#include <limits.h>
#include <random.h>
#include <round.h>
#include <stdint.h>
#include <string.h>
#include "tests/lib.h"

#define PAGES 16

/* Defined in lib.c too, as the children of that course have it. */
const char *test_name;

static char buffer[(PAGES + 1) * 4096];

static bool
start_was_touched (const int *order, int page)
{
  int i;

  for (i = 0; i < PAGES / 2; i++)
    if (order[i] == page)
      return true;
  return false;
}

void
test_main (void)
{
  char *start = (char *) ROUND_UP ((uintptr_t) buffer, 4096);
  int order[PAGES];
  int i;

  for (i = 0; i < PAGES; i++)
    order[i] = i;
  shuffle (order, PAGES, sizeof *order);
  for (i = 0; i < PAGES / 2; i++)
    start[order[i] * 4096] = 1;
  for (i = 0; i < PAGES; i++)
    CHECK ((get_phys_addr (start + i * 4096) != 0) == start_was_touched (order, i),
           "page %d", i);
  CHECK (ROUND_DOWN (INT_MAX, 4096) == INT_MAX - 4095, "the last int of a page");
  long long reads = get_fs_disk_read_cnt ();
  CHECK (reads > 0 && get_fs_disk_write_cnt () >= 0, "the disk was read");
}
