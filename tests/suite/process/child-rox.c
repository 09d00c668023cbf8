/* Child of rox-*: its file cannot be written while it runs, nor before or after a run of its own
   child. Started with the number of levels. Exits with 12. */
#include "../lib/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define STATUS 12

static void try_write(void)
{
    char bytes[16];
    quiet = true;
    int descriptor = open_file("child-rox");
    CHECK(read(descriptor, bytes, sizeof bytes) == (int)sizeof bytes, "read \"child-rox\"");
    seek(descriptor, 0);
    CHECK(write(descriptor, bytes, sizeof bytes) == 0, "try to write \"child-rox\"");
    close(descriptor);
    quiet = false;
}

int main(int argc, char *argv[])
{
    test_name = "child-rox";
    int levels = atoi(argv[argc - 1]);
    msg("begin %d", levels);
    try_write();
    if (levels > 1) {
        char command[32];
        snprintf(command, sizeof command, "child-rox %d", levels - 1);
        pid_t child = fork("child-rox");
        if (child == 0) {
            exec(command);
            fail("exec() returned");
        }
        if (wait(child) != STATUS)
            fail("the child's child did not exit with %d", STATUS);
    }
    try_write();
    msg("end %d", levels);
    return STATUS;
}
