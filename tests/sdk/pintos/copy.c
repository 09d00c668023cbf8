/* copy OLD NEW: by read() and write(), into a file made as large as the old one. */
#include <stdio.h>
#include <syscall.h>

int
main (int argc, char *argv[])
{
  char buffer[1000];
  int from, to, count;

  if (argc != 3)
    {
      printf ("usage: copy OLD NEW\n");
      return EXIT_FAILURE;
    }
  from = open (argv[1]);
  if (from < 0)
    {
      printf ("%s: open failed\n", argv[1]);
      return EXIT_FAILURE;
    }
  if (!create (argv[2], filesize (from)))
    {
      printf ("%s: create failed\n", argv[2]);
      return EXIT_FAILURE;
    }
  to = open (argv[2]);
  while ((count = read (from, buffer, sizeof buffer)) > 0)
    if (write (to, buffer, count) != count)
      {
        printf ("%s: write failed\n", argv[2]);
        return EXIT_FAILURE;
      }
  printf ("%d of %d bytes\n", (int) tell (to), filesize (from));
  return EXIT_SUCCESS;
}
