/* Runs the command lines of a file, one after the other, each in a child. */
#include <ctype.h>
#include <debug.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syscall.h>

static bool
read_line (int fd, char line[], size_t size)
{
  char *pos = line;
  char c;

  while (read (fd, &c, 1) == 1 && c != '\n')
    if (pos < line + size - 1)
      *pos++ = c;
  *pos = '\0';
  return pos != line;
}

int
main (int argc UNUSED, char *argv[])
{
  char line[80], word[80], *save_ptr;
  int fd = open (argv[1]);

  if (fd < 0)
    PANIC ("no file \"%s\"", argv[1]);
  while (read_line (fd, line, sizeof line))
    {
      strlcpy (word, line, sizeof word);
      strlcpy (word, strtok_r (word, " ", &save_ptr), sizeof word);
      pid_t pid = fork (word);
      if (pid == 0)
        {
          exec (line);
          exit (127);
        }
      ASSERT (pid != PID_ERROR);
      printf ("\"%s\": status %d\n", line, wait (pid));
    }
  ASSERT (atoi ("  -17") == -17 && isdigit ('7'));
  ASSERT (fd == 0);
  NOT_REACHED ();
}
