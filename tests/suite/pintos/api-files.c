/* Positions, sizes and copies of descriptors: seek, tell, filesize, dup2, and descriptors that are not open. */
#include "../lib/suite.h"

#include <stdio.h>
#include <string.h>

#define NOT_OPEN 77

static void check_positions(int descriptor)
{
    char byte = 0;
    CHECK(tell(descriptor) == 0, "a new descriptor stands at 0");
    CHECK(write(descriptor, "0123456789", 10) == 10, "write 10 bytes");
    CHECK(tell(descriptor) == 10, "it stands at 10");
    seek(descriptor, 3);
    CHECK(tell(descriptor) == 3 && read(descriptor, &byte, 1) == 1 && byte == '3', "seek to 3");
    CHECK(tell(descriptor) == 4, "the read moved it on");
    seek(descriptor, 1000);
    CHECK(tell(descriptor) == 1000 && read(descriptor, &byte, 1) == 0, "nothing is behind the end");
    CHECK(filesize(descriptor) == 10, "looking there did not make the file longer");
    CHECK(write(descriptor, "x", 1) == 1 && filesize(descriptor) == 1001, "a write there does");
    seek(descriptor, 500);
    CHECK(read(descriptor, &byte, 1) == 1 && byte == 0, "the gap is zeros");
}

static void check_two_of_one_file(int descriptor)
{
    int other = open_file("data");
    seek(descriptor, 5);
    CHECK(tell(other) == 0, "a second descriptor has a position of its own");
    close(other);
    CHECK(tell(descriptor) == 5, "closing it leaves the first alone");
}

static void check_copies(int descriptor)
{
    char byte = 0;
    CHECK(dup2(descriptor, 40) == 40, "dup2 to a number of one's choice");
    seek(descriptor, 7);
    CHECK(tell(40) == 7, "both share the position");
    close(descriptor);
    CHECK(read(40, &byte, 1) == 1 && byte == '7', "the copy outlives the original");
    CHECK(dup2(40, 40) == 40 && filesize(40) == 1001, "dup2 to itself changes nothing");
    CHECK(dup2(NOT_OPEN, 41) == -1 && filesize(41) == -1, "dup2 of nothing");
    CHECK(dup2(40, -1) == -1, "dup2 to a negative number");
    CHECK(dup2(STDOUT_FILENO, 50) == 50, "dup2 of the console");
    CHECK(write(50, "(api-files) through the copy\n", 29) == 29, "the copy writes there");
    close(50);
    close(40);
}

static void check_not_open(void)
{
    char byte;
    CHECK(filesize(NOT_OPEN) == -1, "filesize of nothing");
    CHECK(tell(NOT_OPEN) == (unsigned)-1, "tell of nothing");
    CHECK(read(NOT_OPEN, &byte, 1) == -1, "read from nothing");
    CHECK(write(NOT_OPEN, &byte, 1) == -1, "write to nothing");
    seek(NOT_OPEN, 1);
    close(NOT_OPEN);
    CHECK(!isdir(NOT_OPEN) && inumber(NOT_OPEN) == -1, "nothing is no directory and no inode");
}

void test_main(void)
{
    CHECK(create("data", 0), "create \"data\"");
    int descriptor = open_file("data");
    check_positions(descriptor);
    check_two_of_one_file(descriptor);
    check_copies(descriptor);
    check_not_open();
    CHECK(!create("data", 5), "create it again");
    CHECK(remove("data") && !remove("data"), "remove it, once");
    CHECK(open("data") == -1, "it is gone");
}
