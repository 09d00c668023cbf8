/* The string functions of C that the Pintos set leaves out, and the texts of errors. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *strcpy(char *restrict destination, const char *restrict source)
{
    memcpy(destination, source, strlen(source) + 1);
    return destination;
}

char *strncpy(char *restrict destination, const char *restrict source, size_t bytes)
{
    size_t length = strnlen(source, bytes);
    memcpy(destination, source, length);
    memset(destination + length, 0, bytes - length);
    return destination;
}

char *strcat(char *restrict destination, const char *restrict source)
{
    strcpy(destination + strlen(destination), source);
    return destination;
}

char *strncat(char *restrict destination, const char *restrict source, size_t limit)
{
    size_t used = strlen(destination), length = strnlen(source, limit);
    memcpy(destination + used, source, length);
    destination[used + length] = '\0';
    return destination;
}

char *strtok(char *string, const char *delimiters)
{
    static char *position;
    return strtok_r(string, delimiters, &position);
}

char *strdup(const char *string)
{
    size_t bytes = strlen(string) + 1;
    char *copy = malloc(bytes);
    return copy == NULL ? NULL : memcpy(copy, string, bytes);
}

static const struct {
    int error;
    const char *text;
} texts[] = {
    {0, "no error"},
    {EPERM, "not permitted"},
    {ENOENT, "no such file or directory"},
    {ESRCH, "no such process"},
    {EIO, "input/output error"},
    {ENXIO, "no such device or address"},
    {E2BIG, "argument list too long"},
    {ENOEXEC, "not an executable"},
    {EBADF, "bad file descriptor"},
    {ECHILD, "no child"},
    {EAGAIN, "try again"},
    {ENOMEM, "out of memory"},
    {EACCES, "access denied"},
    {EFAULT, "bad address"},
    {EBUSY, "busy"},
    {EEXIST, "exists already"},
    {ENODEV, "not supported by the device"},
    {ENOTDIR, "not a directory"},
    {EISDIR, "is a directory"},
    {EINVAL, "invalid argument"},
    {EMFILE, "too many open files"},
    {ETXTBSY, "the program is running"},
    {EFBIG, "file too large"},
    {ENOSPC, "no space left on the disk"},
    {ESPIPE, "cannot seek"},
    {EROFS, "read-only file system"},
    {EMLINK, "too many links"},
    {ERANGE, "out of range"},
    {ENAMETOOLONG, "name too long"},
    {ENOSYS, "not implemented"},
    {ENOTEMPTY, "directory not empty"},
    {ELOOP, "too many symbolic links"},
    {EOVERFLOW, "value too large"},
    {EUCLEAN, "file system damaged"},
};

char *strerror(int error)
{
    static char unknown[32];
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++)
        if (texts[index].error == error)
            return (char *)texts[index].text;
    snprintf(unknown, sizeof unknown, "error %d", error);
    return unknown;
}
