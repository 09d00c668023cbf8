/* Ten children write a part of one file each, at the same time. */
#include "../lib/suite.h"
#include "../lib/syn.h"

#include <random.h>

static char expected[SYN_WRITE_BYTES];

void test_main(void)
{
    pid_t children[SYN_CHILDREN];
    CHECK(create(SYN_WRITE_FILE, sizeof expected), "create \"%s\"", SYN_WRITE_FILE);
    start_children("child-syn-wrt", children, SYN_CHILDREN);
    wait_children(children, SYN_CHILDREN);
    random_bytes(expected, sizeof expected);
    check_file(SYN_WRITE_FILE, expected, sizeof expected);
}
