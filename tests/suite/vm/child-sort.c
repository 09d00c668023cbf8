/* Child of page-merge-*: counting sort of a file in static memory. Exits with 123. */
#include "../lib/suite.h"

#define BYTES_MAX (128 * 1024)
#define STATUS 123

static unsigned char buffer[BYTES_MAX];
static size_t histogram[256];

int main(int argc, char *argv[])
{
    int descriptor;
    test_name = "child-sort";
    quiet = true;
    CHECK(argc == 2, "one argument");
    CHECK((descriptor = open(argv[1])) > 1, "open \"%s\"", argv[1]);
    int size = read(descriptor, buffer, sizeof buffer);
    CHECK(size >= 0, "read \"%s\"", argv[1]);

    for (int index = 0; index < size; index++)
        histogram[buffer[index]]++;
    unsigned char *to = buffer;
    for (unsigned value = 0; value < 256; value++)
        for (size_t count = histogram[value]; count > 0; count--)
            *to++ = (unsigned char)value;

    seek(descriptor, 0);
    CHECK(write(descriptor, buffer, (unsigned)size) == size, "write \"%s\"", argv[1]);
    close(descriptor);
    return STATUS;
}
