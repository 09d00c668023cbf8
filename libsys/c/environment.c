/*
 * The environment: an array of NAME=VALUE strings that exec passes on. The strings that the program
 * began with lie on its stack; those that setenv() makes are allocated, and so is the array from the
 * first change on.
 */
#include "environment.h"
#include "lock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *nothing[1];
char **environ = nothing;
static char **allocated; /* the array, when it is ours */
static struct lock lock;

void environment_initialize(char **strings)
{
    environ = strings;
}

/* Where NAME= stands; the NULL at the end when it does not. */
static char **find(const char *name, size_t length)
{
    char **string = environ;
    while (*string != NULL && !(strncmp(*string, name, length) == 0 && (*string)[length] == '='))
        string++;
    return string;
}

char *getenv(const char *name)
{
    size_t length = strlen(name);
    lock_take(&lock);
    char *string = *find(name, length);
    lock_release(&lock);
    return string == NULL ? NULL : string + length + 1;
}

/* One more string. False: no memory. */
static bool append(char *string)
{
    size_t count = 0;
    while (environ[count] != NULL)
        count++;
    char **array = malloc((count + 2) * sizeof *array);
    if (array == NULL)
        return false;
    memcpy(array, environ, count * sizeof *array);
    array[count] = string;
    array[count + 1] = NULL;
    free(allocated);
    environ = allocated = array;
    return true;
}

static bool is_name(const char *name)
{
    return *name != '\0' && strchr(name, '=') == NULL;
}

int setenv(const char *name, const char *value, int overwrite)
{
    if (!is_name(name)) {
        errno = EINVAL;
        return -1;
    }
    size_t length = strlen(name), bytes = strlen(value) + 1;
    lock_take(&lock);
    char **place = find(name, length);
    bool done = *place != NULL && !overwrite;
    if (!done) {
        char *string = malloc(length + 1 + bytes);
        if (string != NULL) {
            snprintf(string, length + 1 + bytes, "%s=%s", name, value);
            /* An old string may be the program's own, or still be read: it stays. */
            if (*place != NULL)
                *place = string;
            done = *place == string || append(string);
            if (!done)
                free(string);
        }
    }
    lock_release(&lock);
    if (done)
        return 0;
    errno = ENOMEM;
    return -1;
}

int unsetenv(const char *name)
{
    if (!is_name(name)) {
        errno = EINVAL;
        return -1;
    }
    lock_take(&lock);
    for (char **place; *(place = find(name, strlen(name))) != NULL;)
        do
            place[0] = place[1];
        while (*place++ != NULL);
    lock_release(&lock);
    return 0;
}
