#include "tests/lib.h"
#include <random.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syscall.h>

const char *test_name;

static void
vmsg (const char *format, va_list args, const char *suffix)
{
  static char buf[1024];

  snprintf (buf, sizeof buf, "(%s) ", test_name);
  vsnprintf (buf + strlen (buf), sizeof buf - strlen (buf), format, args);
  strlcat (buf, suffix, sizeof buf);
  write (STDOUT_FILENO, buf, strlen (buf));
}

void
msg (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vmsg (format, args, "\n");
  va_end (args);
}

void
fail (const char *format, ...)
{
  va_list args;
  va_start (args, format);
  vmsg (format, args, ": FAILED\n");
  va_end (args);
  exit (1);
}

void
shuffle (void *buf_, size_t cnt, size_t size)
{
  char *buf = buf_;
  size_t i, j;

  for (i = 0; i < cnt; i++)
    {
      j = i + random_ulong () % (cnt - i);
      for (size_t k = 0; k < size; k++)
        {
          char t = buf[i * size + k];
          buf[i * size + k] = buf[j * size + k];
          buf[j * size + k] = t;
        }
    }
}
