/* Child of syn-write: writes the part of the file that is its number. Exits with that number. */
#include "../lib/suite.h"
#include "../lib/syn.h"

#include <random.h>
#include <stdlib.h>

static char contents[SYN_WRITE_BYTES];

int main(int argc, char *argv[])
{
    int descriptor;
    test_name = "child-syn-wrt";
    quiet = true;
    CHECK(argc == 2, "one argument");
    int part = atoi(argv[1]);
    random_init(0);
    random_bytes(contents, sizeof contents);
    descriptor = open_file(SYN_WRITE_FILE);
    seek(descriptor, (unsigned)(part * SYN_PART_BYTES));
    CHECK(write(descriptor, contents + part * SYN_PART_BYTES, SYN_PART_BYTES) == SYN_PART_BYTES,
          "write part %d", part);
    close(descriptor);
    return part;
}
