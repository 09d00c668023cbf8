/* A removed file goes on for those who have it open. */
#include "../lib/suite.h"

#include <random.h>

#define FILE_NAME "removed.dat"
#define BYTES 1234

static char contents[BYTES], buffer[BYTES];

void test_main(void)
{
    int descriptor;
    CHECK(create(FILE_NAME, BYTES), "create \"%s\"", FILE_NAME);
    descriptor = open_file(FILE_NAME);
    CHECK(remove(FILE_NAME), "remove \"%s\"", FILE_NAME);
    random_bytes(contents, BYTES);
    CHECK(write(descriptor, contents, BYTES) == BYTES, "write \"%s\"", FILE_NAME);
    msg("seek \"%s\" to 0", FILE_NAME);
    seek(descriptor, 0);
    CHECK(read(descriptor, buffer, BYTES) == BYTES, "read \"%s\"", FILE_NAME);
    compare_bytes(buffer, contents, BYTES, 0, FILE_NAME);
    msg("close \"%s\"", FILE_NAME);
    close(descriptor);
}
