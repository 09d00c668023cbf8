/* mcopy OLD NEW: the same by two mappings. */
#include <stdio.h>
#include <string.h>
#include <syscall.h>

int
main (int argc, char *argv[])
{
  static char *const from_address = (char *) 0x10000000;
  static char *const to_address = (char *) 0x20000000;
  int from, to;
  size_t size;

  if (argc != 3 || (from = open (argv[1])) < 0)
    return EXIT_FAILURE;
  size = filesize (from);
  if (!create (argv[2], size) || (to = open (argv[2])) < 0)
    return EXIT_FAILURE;
  if (mmap (from_address, size, 0, from, 0) == MAP_FAILED
      || mmap (to_address, size, 1, to, 0) == MAP_FAILED)
    {
      printf ("mmap failed\n");
      return EXIT_FAILURE;
    }
  memcpy (to_address, from_address, size);
  munmap (to_address);
  munmap (from_address);
  printf ("%zu bytes\n", size);
  return EXIT_SUCCESS;
}
