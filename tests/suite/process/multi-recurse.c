/* Started with N, runs itself with N - 1, down to 0; each level exits with its number. */
#include "../lib/suite.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    test_name = "multi-recurse";
    int level = atoi(argv[argc - 1]);
    msg("begin %d", level);
    if (level > 0) {
        char command[32];
        snprintf(command, sizeof command, "multi-recurse %d", level - 1);
        pid_t child = fork("multi-recurse");
        if (child == 0) {
            exec(command);
            fail("exec() returned");
        }
        int status = wait(child);
        CHECK(status == level - 1, "wait for level %d", level - 1);
    }
    msg("end %d", level);
    return level;
}
