/* Ten children read one file at the same time, a byte a call. */
#include "../lib/suite.h"
#include "../lib/syn.h"

#include <random.h>

static char buffer[SYN_READ_BYTES];

void test_main(void)
{
    pid_t children[SYN_CHILDREN];
    int descriptor;
    CHECK(create(SYN_READ_FILE, sizeof buffer), "create \"%s\"", SYN_READ_FILE);
    descriptor = open_file(SYN_READ_FILE);
    random_bytes(buffer, sizeof buffer);
    CHECK(write(descriptor, buffer, sizeof buffer) == (int)sizeof buffer, "write \"%s\"",
          SYN_READ_FILE);
    close(descriptor);
    start_children("child-syn-read", children, SYN_CHILDREN);
    wait_children(children, SYN_CHILDREN);
}
