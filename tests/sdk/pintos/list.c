/* Makes directories and files, lists them with their kinds, and goes away again. */
#include <stdio.h>
#include <string.h>
#include <syscall.h>

static void
list (const char *directory)
{
  char name[READDIR_MAX_LEN + 1];
  char path[128];
  int fd = open (directory);

  if (fd < 0 || !isdir (fd))
    {
      printf ("%s: not a directory\n", directory);
      return;
    }
  while (readdir (fd, name))
    {
      snprintf (path, sizeof path, "%s/%s", directory, name);
      int entry = open (path);
      if (isdir (entry))
        printf ("%s: directory\n", path);
      else
        printf ("%s: %'d bytes\n", path, filesize (entry));
      close (entry);
    }
  close (fd);
}

int
main (void)
{
  bool made = mkdir ("place") && mkdir ("place/inner") && create ("place/file", 12345);
  printf ("made: %s\n", made ? "yes" : "no");
  list ("place");
  printf ("full directory goes: %d\n", remove ("place"));
  printf ("into: %d\n", chdir ("place/inner"));
  int up = open (".."), direct = open ("/place");
  printf ("same directory: %d\n", inumber (up) == inumber (direct));
  close (up);
  close (direct);
  printf ("back: %d\n", chdir ("/"));
  printf ("link: %d\n", symlink ("place/file", "link"));
  int link = open ("link");
  printf ("through the link: %d\n", filesize (link));
  close (link);
  printf ("removed: %d\n", remove ("link") && remove ("place/inner") && remove ("place/file") && remove ("place"));
  list ("place");
  return 0;
}
