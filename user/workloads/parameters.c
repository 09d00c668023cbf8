/*
 * See parameters.h.
 */
#include "parameters.h"

#include <stdio.h>
#include <string.h>

static size_t append(char *message, size_t at, const char *text)
{
    int length = snprintf(message + at, PARAMETER_MESSAGE_BYTES - at, "%s", text);
    size_t end = at + (length > 0 ? (size_t)length : 0);
    return end < PARAMETER_MESSAGE_BYTES ? end : PARAMETER_MESSAGE_BYTES - 1;
}

static bool unknown(const struct parameter *table, const char *word, char *message)
{
    size_t at = append(message, 0, word);
    at = append(message, at, ": there is no such parameter; there are:");
    for (; table->name != NULL; table++) {
        at = append(message, at, " ");
        at = append(message, at, table->name);
    }
    return false;
}

/* Digits, and K, M or G behind them for 2^10, 2^20 and 2^30. */
static bool read_number(const char *text, uint64_t *number)
{
    const char *at = text;
    *number = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (__builtin_mul_overflow(*number, 10u, number) ||
            __builtin_add_overflow(*number, (uint64_t)(*at - '0'), number))
            return false;
    }
    if (at == text)
        return false;
    const char units[] = "KMG";
    const char *unit = *at != '\0' ? strchr(units, *at) : NULL;
    if (unit == NULL)
        return *at == '\0';
    return at[1] == '\0' &&
           !__builtin_mul_overflow(*number, 1ull << 10 * (unit - units + 1), number);
}

static bool read_choice(const char *choices, const char *text, uint64_t *index)
{
    size_t wanted = strlen(text);
    for (*index = 0;; ++*index) {
        size_t length = strcspn(choices, "|");
        if (length == wanted && memcmp(choices, text, length) == 0)
            return true;
        if (choices[length] == '\0')
            return false;
        choices += length + 1;
    }
}

bool parameter_read(struct parameter *table, const char *word,
                    char message[PARAMETER_MESSAGE_BYTES])
{
    size_t length = strcspn(word, "=");
    struct parameter *parameter = table;
    while (parameter->name != NULL &&
           (strlen(parameter->name) != length || memcmp(parameter->name, word, length) != 0))
        parameter++;
    if (parameter->name == NULL)
        return unknown(table, word, message);
    const char *text = word[length] == '=' ? word + length + 1 : "";
    uint64_t value;
    if (parameter->choices != NULL ? !read_choice(parameter->choices, text, &value)
                                   : !read_number(text, &value)) {
        snprintf(message, PARAMETER_MESSAGE_BYTES, "%s: write %s=%s", word, parameter->name,
                 parameter->choices != NULL ? parameter->choices : "NUMBER");
        return false;
    }
    parameter->value = value;
    parameter->given = true;
    return true;
}

const char *parameter_choice(const struct parameter *parameter, char *buffer, size_t bytes)
{
    const char *choice = parameter->choices;
    for (uint64_t index = parameter->value; index > 0; index--)
        choice += strcspn(choice, "|") + 1;
    size_t length = strcspn(choice, "|");
    snprintf(buffer, bytes, "%.*s", (int)length, choice);
    return buffer;
}
