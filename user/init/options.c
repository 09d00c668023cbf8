/*
 * Words of the kernel command line, as init reads them. The pager has checked that every
 * word is known; here only what init needs is looked up.
 */
#include "init.h"

#include <string.h>

static const char *command_line;
static const char *command;

void options_initialize(const char *line)
{
    command_line = line;
    command = strstr(line, "-- ");
    if (command != NULL && command != line && command[-1] != ' ')
        command = NULL;
    if (command != NULL)
        command += 3;
}

/* Finds a word that is `name` or begins with `name=`; returns what follows the name. */
static const char *find(const char *name)
{
    size_t length = strlen(name);
    const char *word = command_line;
    while (*word != '\0' && (command == NULL || word + 3 < command)) {
        word += strspn(word, " ");
        size_t word_length = strcspn(word, " ");
        if (word_length >= length && memcmp(word, name, length) == 0 &&
            (word_length == length || word[length] == '='))
            return word + length;
        word += word_length;
    }
    return NULL;
}

bool option_given(const char *name)
{
    return find(name) != NULL;
}

bool option_value(const char *name, char *value, size_t capacity)
{
    const char *found = find(name);
    if (found == NULL || *found != '=')
        return false;
    size_t length = strcspn(found + 1, " ");
    if (length >= capacity)
        length = capacity - 1;
    memcpy(value, found + 1, length);
    value[length] = '\0';
    return true;
}

uint64_t option_number(const char *name, uint64_t otherwise)
{
    const char *digit = find(name);
    if (digit == NULL || *digit++ != '=' || *digit < '0' || *digit > '9')
        return otherwise;
    uint64_t value = 0;
    while (*digit >= '0' && *digit <= '9')
        value = value * 10 + (uint64_t)(*digit++ - '0');
    return value;
}

const char *option_command(void)
{
    return command;
}
