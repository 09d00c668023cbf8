/* <stdlib.h> without memory: numbers, the end of the program, sorting; <string.h>'s last. */
#include "environment.h"
#include "lock.h"
#include "sort.h"
#include "thread.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_ABORTED 134

_Noreturn void library_start(int argc, char *argv[], char *environment[]);
int main(int argc, char *argv[], char *environment[]);

_Noreturn void library_start(int argc, char *argv[], char *environment[])
{
    environment_initialize(environment);
    threads_initialize();
    exit(main(argc, argv, environment));
}

/* ---- the end */

static void (**exit_functions)(void);
static size_t exit_count, exit_capacity;
static struct lock exit_lock;
static struct thread *exiting; /* who is in exit() */

static bool add_exit_function(void (*function)(void))
{
    if (exit_count == exit_capacity) {
        size_t capacity = exit_capacity == 0 ? 8 : 2 * exit_capacity;
        void *grown = realloc(exit_functions, capacity * sizeof *exit_functions);
        if (grown == NULL)
            return false;
        exit_functions = grown;
        exit_capacity = capacity;
    }
    exit_functions[exit_count++] = function;
    return true;
}

int atexit(void (*function)(void))
{
    lock_take(&exit_lock);
    bool done = add_exit_function(function);
    lock_release(&exit_lock);
    return done ? 0 : -1;
}

/* The last one added, which leaves the list: it may call exit() or atexit() itself. */
static void (*next_exit_function(void))(void)
{
    lock_take(&exit_lock);
    void (*function)(void) = exit_count > 0 ? exit_functions[--exit_count] : NULL;
    lock_release(&exit_lock);
    return function;
}

_Noreturn void exit(int status)
{
    /* The first thread that comes here ends the process; the others end with it. */
    static struct lock first;
    if (exiting != thread_self()) {
        lock_take(&first);
        exiting = thread_self();
    }
    for (void (*function)(void); (function = next_exit_function()) != NULL;)
        function();
    fflush(NULL);
    _exit(status);
}

_Noreturn void _Exit(int status)
{
    _exit(status);
}

_Noreturn void abort(void)
{
    _exit(STATUS_ABORTED);
}

_Noreturn void assertion_failed(const char *file, int line, const char *function,
                                const char *condition)
{
    fprintf(stderr, "%s:%d: %s: assertion `%s' failed\n", file, line, function, condition);
    abort();
}

/* ---- numbers */

static int digit_value(int character)
{
    if (isdigit(character))
        return character - '0';
    return isalpha(character) ? tolower(character) - 'a' + 10 : INT_MAX;
}

/* The magnitude, clipped to `limit`; *negative, *overflow and *end as found. */
static unsigned long long parse(const char *text, char **end, int base, unsigned long long limit,
                                bool *negative, bool *overflow)
{
    const char *start = text;
    while (isspace((unsigned char)*text))
        text++;
    *negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    bool has_prefix = text[0] == '0' && tolower((unsigned char)text[1]) == 'x' &&
                      digit_value((unsigned char)text[2]) < 16;
    if ((base == 0 || base == 16) && has_prefix) {
        text += 2;
        base = 16;
    } else if (base == 0) {
        base = *text == '0' ? 8 : 10;
    }
    unsigned long long value = 0;
    const char *digits = text;
    *overflow = false;
    for (int digit; (digit = digit_value((unsigned char)*text)) < base; text++) {
        if (*overflow || value > (limit - (unsigned)digit) / (unsigned)base)
            *overflow = true;
        else
            value = value * (unsigned)base + (unsigned)digit;
    }
    if (end != NULL)
        *end = (char *)(text == digits ? start : text);
    return *overflow ? limit : value;
}

long long strtoll(const char *text, char **end, int base)
{
    bool negative, overflow;
    /* One more below zero than above. */
    unsigned long long value =
        parse(text, end, base, (unsigned long long)LLONG_MAX + 1, &negative, &overflow);
    if (overflow || (!negative && value > LLONG_MAX)) {
        errno = ERANGE;
        return negative ? LLONG_MIN : LLONG_MAX;
    }
    return negative ? (long long)(0 - value) : (long long)value;
}

unsigned long long strtoull(const char *text, char **end, int base)
{
    bool negative, overflow;
    unsigned long long value = parse(text, end, base, ULLONG_MAX, &negative, &overflow);
    if (overflow) {
        errno = ERANGE;
        return ULLONG_MAX;
    }
    return negative ? 0 - value : value;
}

long strtol(const char *text, char **end, int base)
{
    return strtoll(text, end, base);
}

unsigned long strtoul(const char *text, char **end, int base)
{
    return strtoull(text, end, base);
}

int atoi(const char *text)
{
    return (int)strtol(text, NULL, 10);
}

long atol(const char *text)
{
    return strtol(text, NULL, 10);
}

int abs(int value)
{
    return value < 0 ? -value : value;
}

long labs(long value)
{
    return value < 0 ? -value : value;
}

/* xorshift64* (Vigna 2016), upper bits. */
static uint64_t random_state = 88172645463325252ull;

void srand(unsigned seed)
{
    random_state = seed * 0x9e3779b97f4a7c15ull + 1;
}

int rand(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (int)((random_state * 0x2545f4914f6cdd1dull) >> 33);
}

/* ---- sorting */

typedef int (*plain_compare)(const void *, const void *);

static int call_plain(const void *left, const void *right, void *auxiliary)
{
    plain_compare *compare = auxiliary;
    return (*compare)(left, right);
}

void qsort(void *array, size_t count, size_t size, plain_compare compare)
{
    sort_elements(array, count, size, call_plain, &compare);
}

void *bsearch(const void *key, const void *array, size_t count, size_t size, plain_compare compare)
{
    return search_elements(key, array, count, size, call_plain, &compare);
}
