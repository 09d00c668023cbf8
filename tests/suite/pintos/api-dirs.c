/* Directories, links and inode numbers: chdir, mkdir, readdir, isdir, inumber, symlink, remove. */
#include "../lib/suite.h"

#include <stdio.h>
#include <string.h>

/* How often `name` is in the directory, and how many entries there are. */
/* What wait() returned. Asked for before the line that tells of it, which would race with the child's. */
static int status;

static int count_entries(const char *directory, const char *name, int *total)
{
    char entry[READDIR_MAX_LEN + 1];
    int descriptor = open(directory), found = 0;
    *total = 0;
    while (readdir(descriptor, entry)) {
        found += strcmp(entry, name) == 0;
        ++*total;
    }
    close(descriptor);
    return found;
}

static int inode_of(const char *path)
{
    int descriptor = open(path);
    int number = inumber(descriptor);
    close(descriptor);
    return number;
}

static void check_making(void)
{
    int total;
    CHECK(mkdir("a") && mkdir("a/b"), "mkdir in a directory");
    CHECK(!mkdir("a") && !mkdir("") && !mkdir("none/b"),
          "not twice, not without name, not nowhere");
    CHECK(!mkdir("a/fifteen-chars-x") && mkdir("a/fourteen-chars"),
          "names have at most 14 characters");
    CHECK(create("a/fourteen-files", 3) && !create("a/fifteen-files-x", 3), "for files too");
    CHECK(count_entries("a", "b", &total) == 1 && total == 3, "readdir finds all, and no dots");
    CHECK(count_entries("a/b", "b", &total) == 0 && total == 0, "an empty directory has none");
    CHECK(count_entries(".", "a-longer-name-", &total) == 1, "readdir cuts a long name at 14");
}

static void check_kinds(void)
{
    int directory = open_file("a"), file = open_file("a/fourteen-files");
    char bytes[4] = "";
    CHECK(isdir(directory) && !isdir(file) && !isdir(STDOUT_FILENO), "which is a directory");
    CHECK(write(directory, bytes, 1) == -1, "a directory cannot be written");
    CHECK(!readdir(file, bytes), "a file cannot be listed");
    close(directory);
    close(file);
}

static void check_moving(void)
{
    int top = inode_of("."), inner = inode_of("a/b");
    CHECK(top > 0 && inner > 0 && top != inner && inner != inode_of("a"), "inode numbers differ");
    CHECK(chdir("a/b") && inode_of(".") == inner, "chdir");
    CHECK(inode_of("../..") == top && inode_of("../b/./../b") == inner, "dots lead up");
    CHECK(create("here", 10) && chdir("..") && inode_of("b/here") > 0, "names start from there");
    CHECK(!chdir("none") && !chdir("b/here") && !chdir(""), "not to what is no directory");
    CHECK(chdir("..") && inode_of(".") == top, "and back");
    pid_t child = fork("child");
    if (child == 0)
        exit(chdir("a") && inode_of("b") == inner ? 5 : 6);
    status = wait(child);
    CHECK(status == 5 && inode_of(".") == top, "a child's directory is its own");
}

static void check_links(void)
{
    CHECK(symlink("a/b/here", "link") == 0, "symlink");
    CHECK(inode_of("link") == inode_of("a/b/here"), "open follows it");
    CHECK(symlink("a", "link") == -1, "not over something");
    CHECK(symlink("a/b", "to-b") == 0 && chdir("to-b") && chdir("../.."), "to a directory");
    CHECK(symlink("none", "dangling") == 0 && open("dangling") == -1, "to nothing");
    CHECK(symlink("round", "round") == 0 && open("round") == -1, "to itself");
    CHECK(symlink("here", "a/b/near") == 0 && inode_of("a/b/near") == inode_of("link"),
          "from where it lies");
    CHECK(remove("link") && inode_of("a/b/here") > 0, "remove takes the link, not the file");
}

static void check_removing(void)
{
    int file;
    CHECK(!remove("a") && !remove("a/b"), "a full directory stays");
    CHECK((file = open("a/b/here")) > 1 && remove("a/b/here") && filesize(file) == 10,
          "an open file goes on");
    CHECK(remove("a/b/near") && remove("to-b") && remove("a/b"), "an empty directory goes");
    CHECK(open("a/b") == -1 && !remove("a/b"), "it is gone");
    close(file);
}

void test_main(void)
{
    check_making();
    check_kinds();
    check_moving();
    check_links();
    check_removing();
}
