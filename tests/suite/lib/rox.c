/* See rox.h. The bytes written are those that were read there, so the program stays whole. */
#include "rox.h"

#include "suite.h"

#include <stdio.h>

void write_around_child(int levels)
{
    char bytes[16], command[32];
    int descriptor = open_file("child-rox");
    CHECK(read(descriptor, bytes, sizeof bytes) == (int)sizeof bytes, "read \"child-rox\"");
    seek(descriptor, 0);
    CHECK(write(descriptor, bytes, sizeof bytes) == (int)sizeof bytes, "write \"child-rox\"");

    snprintf(command, sizeof command, "child-rox %d", levels);
    msg("run \"%s\"", command);
    pid_t child = fork("child-rox");
    if (child == 0) {
        exec(command);
        fail("exec() returned");
    }
    int status = wait(child);
    CHECK(status == 12, "the child's status: %d", status);

    seek(descriptor, 0);
    CHECK(write(descriptor, bytes, sizeof bytes) == (int)sizeof bytes, "write \"child-rox\" again");
}
