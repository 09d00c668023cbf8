/* Strings, numbers, formatted text, sorting and the heap of the C library. */
#include "../memory/support/promise.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 64

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

PROMISE(bytes_are_copied_moved_set_compared_and_found)
{
    char from[BYTES], to[BYTES + 2];
    for (int i = 0; i < BYTES; i++)
        from[i] = (char)(200 + i);
    for (size_t length = 0; length <= BYTES; length++) {
        memset(to, 1, sizeof to);
        CHECK(memcpy(to + 1, from, length) == to + 1);
        CHECK(to[0] == 1 && to[length + 1] == 1 && memcmp(to + 1, from, length) == 0);
    }
    memcpy(to, from, BYTES);
    memmove(to + 3, to, BYTES - 3);
    CHECK(memcmp(to + 3, from, BYTES - 3) == 0);
    memmove(to, to + 3, BYTES - 3);
    CHECK(memcmp(to, from, BYTES - 3) == 0);
    CHECK(memcmp("\xff", "\x01", 1) > 0 && memcmp("ab", "ac", 2) < 0);
    CHECK(memchr(from, (unsigned char)from[9], BYTES) == from + 9);
    CHECK(memchr(from, (unsigned char)from[9], 9) == NULL);
}

PROMISE(strings_are_measured_compared_searched_and_joined)
{
    const char *text = "the pager owns the pages";
    CHECK(strlen("") == 0 && strlen(text) == 24 && strnlen(text, 5) == 5);
    CHECK(sign(strcmp("a", "b")) == -1 && strcmp("a", "a") == 0 && sign(strcmp("b", "")) == 1);
    CHECK(sign(strcmp("\xff", "a")) == 1);
    CHECK(strncmp("abc", "abd", 2) == 0 && strncmp("abc", "abd", 3) < 0);
    CHECK(strchr(text, 'p') == text + 4 && strrchr(text, 'p') == text + 19);
    CHECK(strchr(text, '\0') == text + 24 && strchr(text, 'z') == NULL);
    CHECK(strstr(text, "page") == text + 4 && strstr(text, "pages") == text + 19);
    CHECK(strstr(text, "") == text && strstr(text, "swap") == NULL);
    CHECK(strspn(text, "eht") == 3 && strcspn(text, "p") == 4);
    CHECK(strpbrk(text, "go") == text + 6 && strpbrk(text, "z") == NULL);

    char room[8];
    CHECK(strlcpy(room, "abc", sizeof room) == 3 && strlcat(room, "defghij", sizeof room) == 10);
    CHECK(strcmp(room, "abcdefg") == 0);
    memset(room, 'x', sizeof room);
    strncpy(room, "ab", 5);
    CHECK(memcmp(room, "ab\0\0\0xxx", 8) == 0);
    strcpy(room, "ab");
    CHECK(strcmp(strncat(room, "cdef", 2), "abcd") == 0);
    CHECK(strcmp(strcat(room, "e"), "abcde") == 0);

    char words[] = ",one,,two;three";
    char *position;
    CHECK(strcmp(strtok_r(words, ",;", &position), "one") == 0);
    CHECK(strcmp(strtok_r(NULL, ",;", &position), "two") == 0);
    CHECK(strcmp(strtok_r(NULL, ",;", &position), "three") == 0);
    CHECK(strtok_r(NULL, ",;", &position) == NULL);

    char *copy = strdup(text);
    CHECK(copy != text && strcmp(copy, text) == 0);
    free(copy);
}

PROMISE(numbers_are_read_in_any_base_to_their_limits)
{
    char *end;
    CHECK(strtol("  -42x", &end, 10) == -42 && *end == 'x');
    CHECK(strtol("0x1fz", &end, 0) == 31 && *end == 'z');
    CHECK(strtol("0777", NULL, 0) == 511 && strtol("zz", NULL, 36) == 35 * 37);
    const char *none = "-";
    CHECK(strtol(none, &end, 10) == 0 && end == none);
    errno = 0;
    CHECK(strtol("9223372036854775807", NULL, 10) == LONG_MAX && errno == 0);
    CHECK(strtol("9223372036854775808", NULL, 10) == LONG_MAX && errno == ERANGE);
    errno = 0;
    CHECK(strtol("-9223372036854775809", NULL, 10) == LONG_MIN && errno == ERANGE);
    errno = 0;
    CHECK(strtoul("18446744073709551615", NULL, 10) == ULONG_MAX && errno == 0);
    CHECK(strtoul("18446744073709551616", NULL, 10) == ULONG_MAX && errno == ERANGE);
    CHECK(atoi("17 pages") == 17 && abs(-3) == 3 && labs(-3000000000l) == 3000000000l);
}

#define FORMATS(expected, ...)                                                \
    do {                                                                      \
        char text[BYTES];                                                     \
        CHECK(snprintf(text, sizeof text, __VA_ARGS__) == (int)strlen(text)); \
        CHECK(strcmp(text, expected) == 0);                                   \
    } while (0)

PROMISE(formatted_text_follows_flags_width_and_precision)
{
    FORMATS("-7 7 +7  7", "%d %u %+d % d", -7, 7u, 7, 7);
    FORMATS("   42|42   |00042", "%5d|%-5d|%05d", 42, 42, 42);
    FORMATS("ff FF 0xff 0377", "%x %X %#x %#o", 255, 255, 255, 255);
    FORMATS("   -042", "%7.3d", -42);
    FORMATS("abc  |  abc|ab", "%-5s|%5s|%.2s", "abc", "abc", "abc");
    FORMATS("    x|y", "%*c|%c", 5, 'x', 'y');
    FORMATS("-9223372036854775808 18446744073709551615", "%ld %lu", LONG_MIN, ULONG_MAX);
    FORMATS("255 -1 65535", "%hhu %hhd %hu", (unsigned char)255, (signed char)-1,
            (unsigned short)65535);
    FORMATS("100% 12", "%d%% %zu", 100, (size_t)12);
    char little[4] = "...";
    CHECK(snprintf(little, sizeof little, "%d", 123456) == 6 && strcmp(little, "123") == 0);
    CHECK(snprintf(NULL, 0, "%s", "four") == 4);
}

PROMISE(characters_belong_to_their_classes)
{
    int letters = 0, digits = 0, spaces = 0, marks = 0;
    for (int c = 0; c < 128; c++) {
        letters += isalpha(c) != 0;
        digits += isdigit(c) != 0;
        spaces += isspace(c) != 0;
        marks += ispunct(c) != 0;
        CHECK(toupper(tolower(c)) == (islower(c) ? c - 'a' + 'A' : c));
    }
    CHECK(letters == 52 && digits == 10 && spaces == 6 && marks == 32);
}

static int by_number(const void *left, const void *right)
{
    int a = *(const int *)left, b = *(const int *)right;
    return (a > b) - (a < b);
}

PROMISE(arrays_are_sorted_and_searched)
{
    enum { COUNT = 5000 };
    static int numbers[COUNT];
    for (int kind = 0; kind < 4; kind++) {
        long before = 0, after = 0;
        for (int i = 0; i < COUNT; i++) {
            numbers[i] = kind == 0 ? i : kind == 1 ? COUNT - i : kind == 2 ? i % 7 : rand();
            before += numbers[i];
        }
        qsort(numbers, COUNT, sizeof *numbers, by_number);
        for (int i = 0; i < COUNT; i++) {
            after += numbers[i];
            CHECK(i == 0 || numbers[i - 1] <= numbers[i]);
        }
        CHECK(before == after);
        int *found = bsearch(&numbers[1234], numbers, COUNT, sizeof *numbers, by_number);
        CHECK(found != NULL && *found == numbers[1234]);
    }
    int missing = -1;
    CHECK(bsearch(&missing, numbers, COUNT, sizeof *numbers, by_number) == NULL);
}

PROMISE(the_heap_gives_aligned_pieces_of_their_own_and_takes_them_back)
{
    enum { PIECES = 200, STEPS = 20000 };
    static struct {
        unsigned char *start;
        size_t bytes;
    } pieces[PIECES];
    srand(7);
    for (int step = 0; step < STEPS; step++) {
        int i = rand() % PIECES;
        for (size_t at = 0; at < pieces[i].bytes; at += 97)
            CHECK(pieces[i].start[at] == (unsigned char)i);
        size_t bytes = (size_t)rand() % (step % 50 == 0 ? 100000 : 500) + 1;
        if (rand() % 3 == 0) {
            free(pieces[i].start);
            pieces[i].start = malloc(bytes);
        } else {
            pieces[i].start = realloc(pieces[i].start, bytes);
        }
        CHECK(pieces[i].start != NULL && (uintptr_t)pieces[i].start % 16 == 0);
        pieces[i].bytes = bytes;
        memset(pieces[i].start, i, bytes);
    }
    for (int i = 0; i < PIECES; i++)
        free(pieces[i].start);

    unsigned char *zeros = calloc(100, 100);
    for (int i = 0; i < 10000; i++)
        CHECK(zeros[i] == 0);
    free(zeros);
    CHECK(calloc(SIZE_MAX / 2, 3) == NULL && errno == ENOMEM);
    for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
        void *piece = aligned_alloc(alignment, alignment);
        CHECK(piece != NULL && (uintptr_t)piece % alignment == 0);
        free(piece);
    }
    free(NULL);
}

PROMISE(errors_have_names_and_the_environment_variables)
{
    CHECK(strcmp(strerror(ENOENT), strerror(EACCES)) != 0 && strlen(strerror(ENOENT)) > 0);
    CHECK(getenv("QUIRE_TEST") == NULL);
    CHECK(setenv("QUIRE_TEST", "one", 1) == 0 && strcmp(getenv("QUIRE_TEST"), "one") == 0);
    CHECK(setenv("QUIRE_TEST", "two", 0) == 0 && strcmp(getenv("QUIRE_TEST"), "one") == 0);
    CHECK(setenv("QUIRE_TEST", "two", 1) == 0 && strcmp(getenv("QUIRE_TEST"), "two") == 0);
    CHECK(setenv("a=b", "x", 1) == -1 && errno == EINVAL);
    CHECK(unsetenv("QUIRE_TEST") == 0 && getenv("QUIRE_TEST") == NULL);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(bytes_are_copied_moved_set_compared_and_found),
        KEEP(strings_are_measured_compared_searched_and_joined),
        KEEP(numbers_are_read_in_any_base_to_their_limits),
        KEEP(formatted_text_follows_flags_width_and_precision),
        KEEP(characters_belong_to_their_classes),
        KEEP(arrays_are_sorted_and_searched),
        KEEP(the_heap_gives_aligned_pieces_of_their_own_and_takes_them_back),
        KEEP(errors_have_names_and_the_environment_variables),
    };
    return keep_promises("posix-text", promises, sizeof promises / sizeof *promises);
}
