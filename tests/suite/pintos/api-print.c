/* <stdio.h>: conversions, hex_dump and the rest. The transcript is what is compared. */
#include "../lib/suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int print_list(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vprintf(format, arguments);
    va_end(arguments);
    va_start(arguments, format);
    length += vhprintf(STDOUT_FILENO, format, arguments);
    va_end(arguments);
    return length;
}

static void check_conversions(void)
{
    size_t million = 1048576;
    printf("%s|%10s|%-10s|%.2s|\n", "text", "right", "left", "cut");
    printf("%d|%5d|%-5d|%05d|%+d|%i\n", -1, 42, 42, 42, 42, INT32_MIN);
    printf("%u|%lu|%llu|%zu|%'zu|%'d\n", 4000000000u, ~0ul, ~0ull, million, million, -1234567);
    printf("%x|%X|%#x|%o|%02hhx|%hd\n", 0xbeef, 0xbeef, 0xbeef, 8, (unsigned char)5, (short)-1);
    printf("%p|%p|%c|%%\n", (void *)0x10000000, (void *)0x8004000000, 'c');
    printf("%" PRIu64 "|%" PRIx32 "|%" PRIdPTR "|%jd|%td\n", UINT64_MAX, UINT32_MAX, (intptr_t)-3,
           INTMAX_MIN, (ptrdiff_t)-5);
    printf("%*d|%-*d|%.*s|\n", 4, 7, 4, 7, 3, "abcdef");
}

static void check_lengths(void)
{
    char small[8];
    int wanted = snprintf(small, sizeof small, "%s", "0123456789");
    CHECK(wanted == 10 && strcmp(small, "0123456") == 0, "snprintf cuts, and says what it wanted");
    CHECK(snprintf(NULL, 0, "%d", 12345) == 5, "snprintf measures");
    CHECK(print_list("%s %d\n", "twice", 2) == 16, "vprintf and vhprintf");
    CHECK(hprintf(STDOUT_FILENO, "to a descriptor\n") == 16, "hprintf");
    CHECK(puts("a line") == 0 && putchar('x') == 'x' && putchar('\n') == '\n', "puts, putchar");
}

static void check_dumps(void)
{
    static const char bytes[] = "\0\1\2Hello, world!\177\377 and more than a line";
    hex_dump(0, bytes, 16, true);
    hex_dump(0x1005, bytes, 20, true);
    hex_dump(0x7ffffff8, bytes, 3, false);
    static const uint64_t sizes[] = {0,       1,          1023,       1024,
                                     5 << 20, 3ull << 30, 7ull << 40, 9000ull << 40};
    for (size_t index = 0; index < LENGTH_OF(sizes); index++) {
        print_human_readable_size(sizes[index]);
        putchar(index + 1 < LENGTH_OF(sizes) ? ',' : '\n');
    }
}

static void check_long_text(void)
{
    static char text[3000];
    memset(text, '.', sizeof text - 1);
    int length = printf("%s", text);
    printf("\n");
    CHECK(length == sizeof text - 1, "a text longer than any buffer");
}

void test_main(void)
{
    check_conversions();
    check_lengths();
    check_dumps();
    check_long_text();
}
