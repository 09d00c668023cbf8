/* Judging a transcript against what a test should print. */
#include "suite.h"

#include <string.h>

#define ALTERNATIVE "-- or --\n"

/* `word: exit(number)`, the whole line. */
static bool is_exit_line(const char *line, size_t length)
{
    const char *found = NULL;
    for (size_t index = 0; index + 7 <= length; index++)
        if (memcmp(line + index, ": exit(", 7) == 0)
            found = line + index;
    if (found == NULL)
        return false;
    const char *digit = found + 7;
    if (*digit == '-')
        digit++;
    size_t digits = strspn(digit, "0123456789");
    return digits > 0 && digit + digits + 1 == line + length && digit[digits] == ')' &&
           memchr(line, ' ', (size_t)(found - line)) == NULL;
}

static void drop_exit_lines(char *text)
{
    char *to = text;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        size_t whole = text[length] == '\n' ? length + 1 : length;
        if (!is_exit_line(text, length)) {
            memmove(to, text, whole);
            to += whole;
        }
        text += whole;
    }
    *to = '\0';
}

static bool contains_line(const char *text, const char *start, const char *name, const char *end)
{
    size_t name_length = strlen(name), start_length = strlen(start), end_length = strlen(end);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        if (length == start_length + name_length + end_length &&
            memcmp(text, start, start_length) == 0 &&
            memcmp(text + start_length, name, name_length) == 0 &&
            memcmp(text + start_length + name_length, end, end_length) == 0)
            return true;
        text += text[length] == '\n' ? length + 1 : length;
    }
    return false;
}

static const char *check_death(const struct suite_test *test, const char *transcript)
{
    if (!contains_line(transcript, "(", test->name, ") begin"))
        return "it did not begin";
    if (!contains_line(transcript, "", test->name, ": exit(-1)"))
        return "it was not killed";
    if (contains_line(transcript, "(", test->name, ") end"))
        return "it reached its end";
    return NULL;
}

const char *suite_check_transcript(const struct suite_test *test, char *transcript, char *expected)
{
    if (test->check == SUITE_CHECK_DEATH)
        return check_death(test, transcript);
    if (test->check == SUITE_CHECK_NO_EXIT) {
        drop_exit_lines(transcript);
        drop_exit_lines(expected);
    }
    for (char *alternative = expected; alternative != NULL;) {
        char *end = strstr(alternative, ALTERNATIVE);
        if (end != NULL)
            *end = '\0';
        if (strcmp(alternative, transcript) == 0)
            return NULL;
        alternative = end == NULL ? NULL : end + strlen(ALTERNATIVE);
    }
    return "its output is not as expected";
}
