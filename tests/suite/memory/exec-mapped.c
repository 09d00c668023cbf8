/* exec of a file that is being mapped: it runs, and the mappings stay what they were. */
#include "support/promise.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STATUS 37

static int file;
static size_t pages;
static char *copy, *shared;

static void run(void *context)
{
    (void)context;
    execv("program", (char *[]){"exec-mapped", "child", NULL});
    CHECK(!"exec returned");
}

PROMISE(a_mapped_file_can_be_run)
{
    expect_exit(child_start(run, NULL), STATUS);
    CHECK(memcmp(shared, "\177ELF", 4) == 0);
}

PROMISE(it_runs_as_the_file_is_and_not_as_a_private_copy)
{
    memset(copy, 0, pages * PAGE);
    expect_exit(child_start(run, NULL), STATUS);
    CHECK(page_is_zero(copy));
}

static void run_refused(void *context)
{
    (void)context;
    CHECK(execv("program", (char *[]){"exec-mapped", "child", NULL}) == -1 && errno == ENOEXEC);
}

PROMISE(it_runs_with_what_a_shared_mapping_wrote)
{
    char *writable = map_file(file, 0, pages, PROT_READ | PROT_WRITE, MAP_SHARED);
    char magic = *writable;
    *writable = 'x';
    in_child(run_refused, NULL);
    *writable = magic;
    expect_exit(child_start(run, NULL), STATUS);
    unmap(writable, pages);
}

PROMISE(many_runs_while_memory_is_short_all_end_well)
{
    pid_t children[8];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 8; i++)
            children[i] = child_start(run, NULL);
        evict_everything();
        for (int i = 0; i < 8; i++)
            expect_exit(children[i], STATUS);
    }
}

static void copy_program(void)
{
    static char page[PAGE];
    int source = open("exec-mapped", O_RDONLY);
    file = open("program", O_RDWR | O_CREAT | O_EXCL, 0755);
    CHECK(source >= 0 && file >= 0);
    for (ssize_t bytes; (bytes = read(source, page, PAGE)) > 0;)
        CHECK(write(file, page, (size_t)bytes) == bytes);
    CHECK(close(source) == 0);
}

int main(int argc, char *argv[])
{
    static const struct promise promises[] = {
        KEEP(a_mapped_file_can_be_run),
        KEEP(it_runs_as_the_file_is_and_not_as_a_private_copy),
        KEEP(it_runs_with_what_a_shared_mapping_wrote),
        KEEP(many_runs_while_memory_is_short_all_end_well),
    };
    if (argc == 2 && strcmp(argv[1], "child") == 0)
        return STATUS;
    test_name = "exec-mapped";
    copy_program();
    pages = ((size_t)file_size(file) + PAGE - 1) / PAGE;
    copy = map_file(file, 0, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    shared = map_file(file, 0, pages, PROT_READ, MAP_SHARED);
    return keep_promises(test_name, promises, sizeof promises / sizeof *promises);
}
