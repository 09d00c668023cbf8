/* <string.h>, <stdlib.h>, <ctype.h>, <round.h>, <limits.h> of the Pintos set. */
#include "../lib/suite.h"

#include <ctype.h>
#include <limits.h>
#include <round.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(long) == 8 && sizeof(size_t) == 8 && sizeof(uintptr_t) == 8, "64 bits");
_Static_assert(PID_ERROR == -1 && READDIR_MAX_LEN == 14, "constants of <syscall.h>");
_Static_assert(EXIT_SUCCESS == 0 && EXIT_FAILURE == 1, "constants of <syscall.h>");
_Static_assert(INT_MAX == 2147483647 && INT_MIN == -INT_MAX - 1, "<limits.h>");
_Static_assert(ROUND_UP(4097, 4096) == 8192 && ROUND_UP(4096, 4096) == 4096, "<round.h>");
_Static_assert(ROUND_DOWN(8191, 4096) == 4096 && DIV_ROUND_UP(10, 3) == 4, "<round.h>");

static int compare_ints(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

static int compare_turned(const void *left, const void *right, void *factor)
{
    return compare_ints(left, right) * *(int *)factor;
}

static void check_memory(void)
{
    char buffer[16] = "abcdef";
    memmove(buffer + 2, buffer, 6);
    CHECK(memcmp(buffer, "ababcdef", 8) == 0, "memmove upward over itself");
    memmove(buffer, buffer + 2, 6);
    CHECK(memcmp(buffer, "abcdefef", 8) == 0, "and downward");
    CHECK(memset(buffer, 'x', 3) == buffer && memcmp(buffer, "xxxdef", 6) == 0, "memset");
    CHECK(memcmp("a\200", "a\1", 2) > 0 && memcmp("a", "b", 0) == 0, "memcmp counts unsigned");
    CHECK(memchr(buffer, 'e', 16) == buffer + 4 && memchr(buffer, 'e', 4) == NULL, "memchr");
    CHECK(memcpy(buffer, "12", 2) == buffer && buffer[2] == 'x', "memcpy");
}

static void check_strings(void)
{
    char buffer[8] = "", words[] = "  one two,three ", *position;
    CHECK(strlcpy(buffer, "0123456789", 8) == 10 && strcmp(buffer, "0123456") == 0, "strlcpy");
    strlcpy(buffer, "ab", 8);
    CHECK(strlcat(buffer, "cdefghij", 8) == 10 && strcmp(buffer, "abcdefg") == 0, "strlcat");
    CHECK(strlen("") == 0 && strnlen("abc", 2) == 2 && strnlen("abc", 9) == 3, "strlen, strnlen");
    CHECK(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && strcmp("a", "a") == 0 &&
              strcmp("a", "a\200") < 0 && strncmp("abc", "abd", 2) == 0,
          "strcmp, strncmp");
    const char *text = "hello, world";
    CHECK(strchr(text, 'o') == text + 4 && strrchr(text, 'o') == text + 8 &&
              strchr(text, '\0') == text + 12 && strchr(text, 'z') == NULL,
          "strchr, strrchr");
    CHECK(strstr(text, "o, w") == text + 4 && strstr(text, "") == text && !strstr(text, "x"),
          "strstr");
    CHECK(strpbrk(text, "wl") == text + 2 && strspn(text, "ehl") == 4 && strcspn(text, ",") == 5,
          "strpbrk, strspn, strcspn");
    CHECK(strcmp(strtok_r(words, " ,", &position), "one") == 0 &&
              strcmp(strtok_r(NULL, " ,", &position), "two") == 0 &&
              strcmp(strtok_r(NULL, " ,", &position), "three") == 0 &&
              strtok_r(NULL, " ,", &position) == NULL,
          "strtok_r");
}

static void check_numbers(void)
{
    CHECK(atoi("42") == 42 && atoi("  -17x") == -17 && atoi("+5") == 5 && atoi("x") == 0 &&
              atoi("-2147483648") == INT_MIN && atoi("2147483647") == INT_MAX,
          "atoi");
    for (int c = -1; c < 256; c++) {
        bool digit = c >= '0' && c <= '9', lower = c >= 'a' && c <= 'z',
             upper = c >= 'A' && c <= 'Z';
        bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
        if (!isdigit(c) != !digit || !islower(c) != !lower || !isupper(c) != !upper ||
            !isalpha(c) != !(lower || upper) || !isalnum(c) != !(lower || upper || digit) ||
            !isspace(c) != !blank ||
            !isxdigit(c) != !(digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) ||
            tolower(c) != (upper ? c + 32 : c) || toupper(c) != (lower ? c - 32 : c))
            fail("the class of character %d", c);
    }
    msg("<ctype.h> agrees with ASCII");
}

static void check_sorting(void)
{
    int values[200], turned = -1, key = 77;
    for (int index = 0; index < 200; index++)
        values[index] = index * 73 % 200;
    qsort(values, 200, sizeof *values, compare_ints);
    for (int index = 0; index < 200; index++)
        if (values[index] != index)
            fail("qsort put %d at %d", values[index], index);
    CHECK(bsearch(&key, values, 200, sizeof *values, compare_ints) == &values[77], "bsearch");
    key = 200;
    CHECK(bsearch(&key, values, 200, sizeof *values, compare_ints) == NULL, "bsearch of nothing");
    sort(values, 200, sizeof *values, compare_turned, &turned);
    CHECK(values[0] == 199 && values[199] == 0, "sort with an auxiliary value");
    key = 3;
    CHECK(binary_search(&key, values, 200, sizeof *values, compare_turned, &turned) == &values[196],
          "binary_search");
    qsort(values, 0, sizeof *values, compare_ints);
}

void test_main(void)
{
    check_memory();
    check_strings();
    check_numbers();
    check_sorting();
}
