/* After fork both see the same frame; the one that writes gets a frame of its own. */
#include "../lib/data.h"
#include "../lib/suite.h"

#include <string.h>

void test_main(void)
{
    void *frame;
    pid_t child;
    static const char first[] = "This is large.txt";
    CHECK(memcmp(large, first, strlen(first)) == 0, "the data are as linked");
    frame = get_phys_addr(large);
    child = fork("child");
    if (child == 0) {
        CHECK(memcmp(large, first, strlen(first)) == 0, "the data are as linked");
        CHECK(get_phys_addr(large) == frame, "the child sees the frame of its parent");
        large[0] = '!';
        CHECK(get_phys_addr(large) != frame, "the child that stored has a frame of its own");
        exit(0);
    }
    if (child == PID_ERROR)
        fail("fork");
    wait(child);
    CHECK(get_phys_addr(large) == frame, "the parent keeps its frame");
    CHECK(memcmp(large, first, strlen(first)) == 0, "the parent keeps its data");
}
