/* Child of syn-read: reads the file a byte a call and compares. Exits with its number. */
#include "../lib/suite.h"
#include "../lib/syn.h"

#include <random.h>
#include <stdlib.h>

static char expected[SYN_READ_BYTES];

int main(int argc, char *argv[])
{
    int descriptor;
    test_name = "child-syn-read";
    quiet = true;
    CHECK(argc == 2, "one argument");
    random_init(0);
    random_bytes(expected, sizeof expected);
    descriptor = open_file(SYN_READ_FILE);
    for (size_t index = 0; index < sizeof expected; index++) {
        char byte;
        CHECK(read(descriptor, &byte, 1) == 1, "read byte %zu", index);
        compare_bytes(&byte, expected + index, 1, index, SYN_READ_FILE);
    }
    close(descriptor);
    return atoi(argv[1]);
}
