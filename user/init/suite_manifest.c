/*
 * The manifest: lines of fields separated by `|`:
 *
 *      name | command line | key=value | key=value ...
 *
 * Keys that matter here: frames, timeout, files, check, pages. The others (mem, swap) are for
 * the host, which makes the machine.
 */
#include "suite.h"

#include <string.h>

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
        length--;
    text[length] = '\0';
    return text;
}

/* Cuts off the part up to `separator`; NULL when the text is used up. */
static char *next_part(char **text, char separator)
{
    char *part = *text;
    if (part == NULL)
        return NULL;
    char *end = strchr(part, separator);
    *text = end == NULL ? NULL : end + 1;
    if (end != NULL)
        *end = '\0';
    return trim(part);
}

static uint64_t number(const char *text)
{
    uint64_t value = 0;
    while (*text >= '0' && *text <= '9')
        value = value * 10 + (uint64_t)(*text++ - '0');
    return value;
}

static bool set_check(struct suite_test *test, const char *value)
{
    static const struct {
        const char *name;
        enum suite_check check;
    } kinds[] = {
        {"strict", SUITE_CHECK_STRICT},
        {"no-exit", SUITE_CHECK_NO_EXIT},
        {"no-fault-lines", SUITE_CHECK_STRICT},
        {"death", SUITE_CHECK_DEATH},
        {"halt", SUITE_CHECK_HALT},
    };
    for (size_t index = 0; index < sizeof kinds / sizeof *kinds; index++) {
        if (strcmp(kinds[index].name, value) == 0) {
            test->check = kinds[index].check;
            return true;
        }
    }
    return false;
}

static bool set_field(struct suite_test *test, char *field)
{
    char *value = strchr(field, '=');
    if (value == NULL)
        return false;
    *value++ = '\0';
    if (strcmp(field, "frames") == 0)
        test->frames = number(value);
    else if (strcmp(field, "timeout") == 0)
        test->timeout_seconds = number(value);
    else if (strcmp(field, "files") == 0)
        test->files = value;
    else if (strcmp(field, "pages") == 0)
        test->must_page = strcmp(value, "yes") == 0;
    else if (strcmp(field, "check") == 0)
        return set_check(test, value);
    return true;
}

static void set_mistake(struct suite_test *test, const char *mistake)
{
    *test = (struct suite_test){.name = "manifest", .command = "", .files = "", .mistake = mistake};
}

static void parse_line(char *line, struct suite_test *test)
{
    *test = (struct suite_test){.files = "", .timeout_seconds = 60};
    test->name = next_part(&line, '|');
    test->command = next_part(&line, '|');
    if (test->command == NULL || *test->name == '\0' || *test->command == '\0') {
        set_mistake(test, "a line without name and command");
        return;
    }
    for (char *field = next_part(&line, '|'); field != NULL; field = next_part(&line, '|')) {
        if (!set_field(test, field)) {
            set_mistake(test, field);
            return;
        }
    }
}

bool suite_manifest_next(char **text, struct suite_test *test)
{
    for (char *line = next_part(text, '\n'); line != NULL; line = next_part(text, '\n')) {
        if (*line == '\0' || *line == '#')
            continue;
        parse_line(line, test);
        return true;
    }
    return false;
}
