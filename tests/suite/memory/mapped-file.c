/*
 * A file that is mapped and removed, closed, renamed, replaced or opened again; mapped twice; the
 * program's own text; a page that is dirty in two processes at once.
 */
#include "support/promise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGES ((size_t)16)
#define SHARED (MAP_SHARED)
#define RIGHTS (PROT_READ | PROT_WRITE)

PROMISE(a_removed_file_lives_while_it_is_mapped)
{
    int file = file_make("removed", PAGES, 1);
    char *mapping = map_file(file, 0, PAGES, RIGHTS, SHARED);
    CHECK(close(file) == 0);
    CHECK(unlink("removed") == 0);
    CHECK(open("removed", O_RDONLY) == -1 && errno == ENOENT);
    evict_everything();
    CHECK(holds(mapping, PAGES, 1));
    fill(mapping, PAGES, 50);
    evict_everything();
    CHECK(holds(mapping, PAGES, 50));
    CHECK(msync(mapping, PAGES * PAGE, MS_SYNC) == 0);
    unmap(mapping, PAGES);
}

PROMISE(a_new_file_of_that_name_is_another_file)
{
    int file = file_make("name", PAGES, 1);
    char *mapping = map_file(file, 0, PAGES, RIGHTS, SHARED);
    CHECK(unlink("name") == 0);
    int other = file_make("name", PAGES, 200);
    CHECK(holds(mapping, PAGES, 1));
    page_fill(mapping, 70);
    CHECK(file_holds(other, 0, PAGES, 200));
    CHECK(file_holds(file, 0, 1, 70));
    CHECK(close(file) == 0 && close(other) == 0);
    unmap(mapping, PAGES);
}

PROMISE(a_renamed_file_is_the_same_file)
{
    int file = file_make("before", PAGES, 1);
    char *mapping = map_file(file, 0, PAGES, RIGHTS, SHARED);
    CHECK(close(file) == 0);
    CHECK(rename("before", "after") == 0);
    fill(mapping, PAGES, 90);
    file = open("after", O_RDONLY);
    CHECK(file >= 0);
    CHECK(file_holds(file, 0, PAGES, 90));
    CHECK(close(file) == 0);
    unmap(mapping, PAGES);
}

PROMISE(a_file_opened_again_shows_what_its_mapping_wrote)
{
    int file = file_make("again", PAGES, 1);
    char *mapping = map_file(file, 0, PAGES, RIGHTS, SHARED);
    CHECK(close(file) == 0);
    fill(mapping, PAGES, 30);
    file = open("again", O_RDWR);
    CHECK(file_holds(file, 0, PAGES, 30));
    unmap(mapping, PAGES);
    CHECK(file_holds(file, 0, PAGES, 30));
    mapping = map_file(file, 4, 4, PROT_READ, SHARED);
    CHECK(holds(mapping, 4, 34));
    unmap(mapping, 4);
    CHECK(close(file) == 0);
}

PROMISE(two_mappings_in_one_process_show_the_same_pages)
{
    int file = file_make("twice", PAGES, 1);
    char *first = map_file(file, 0, PAGES, RIGHTS, SHARED);
    char *second = map_file(file, 4, 8, RIGHTS, SHARED);
    char *copy = map_file(file, 0, PAGES, RIGHTS, MAP_PRIVATE);
    for (size_t i = 0; i < 8; i++) {
        page_fill(second + i * PAGE, 300 + i);
        CHECK(page_holds(first + (4 + i) * PAGE, 300 + i));
    }
    evict_everything();
    page_fill(first + 5 * PAGE, 400);
    CHECK(page_holds(second + PAGE, 400));
    page_fill(copy + 5 * PAGE, 500);
    CHECK(page_holds(second + PAGE, 400) && page_holds(first + 5 * PAGE, 400));
    unmap(first, PAGES);
    page_fill(second + 2 * PAGE, 600);
    CHECK(file_holds(file, 6, 1, 600));
    CHECK(page_holds(copy + 5 * PAGE, 500));
    unmap(second, 8);
    unmap(copy, PAGES);
    CHECK(close(file) == 0);
}

static int answer(void)
{
    return 42;
}

PROMISE(a_program_can_map_its_own_text)
{
    int file = open("mapped-file", O_RDONLY);
    CHECK(file >= 0);
    CHECK(open("mapped-file", O_RDWR | O_TRUNC) == -1 && errno == ETXTBSY);
    size_t pages = ((size_t)file_size(file) + PAGE - 1) / PAGE;
    char *shared = map_file(file, 0, pages, PROT_READ, SHARED);
    char *copy = map_file(file, 0, pages, RIGHTS, MAP_PRIVATE);
    CHECK(mprotect(shared, PAGE, RIGHTS) == -1 && errno == EACCES);

    /* The bytes of a function of this program are somewhere in its file. */
    size_t at = 0, end = (size_t)file_size(file) - 16;
    while (at < end && memcmp(shared + at, (const void *)(uintptr_t)answer, 16) != 0)
        at++;
    CHECK(at < end);
    memset(copy, 0xcc, pages * PAGE);
    CHECK(memcmp(shared + at, (const void *)(uintptr_t)answer, 16) == 0);
    evict_everything();
    CHECK(answer() == 42);
    CHECK((unsigned char)copy[at] == 0xcc);
    unmap(copy, pages);
    unmap(shared, pages);
    CHECK(close(file) == 0);
}

static char *both;

static void write_upper_halves(void *context)
{
    (void)context;
    for (size_t i = 0; i < PAGES; i++)
        memset(both + i * PAGE + PAGE / 2, 'u', PAGE / 2);
    evict_everything();
    for (size_t i = 0; i < PAGES; i++)
        memset(both + i * PAGE + PAGE / 2, 'U', PAGE / 2);
}

PROMISE(a_page_dirty_in_two_processes_keeps_what_both_wrote)
{
    static char page[PAGE];
    int file = file_make("both", PAGES, 1);
    both = map_file(file, 0, PAGES, RIGHTS, SHARED);
    pid_t child = child_start(write_upper_halves, NULL);
    for (size_t i = 0; i < PAGES; i++)
        memset(both + i * PAGE, 'l', PAGE / 2);
    evict_everything();
    for (size_t i = 0; i < PAGES; i++)
        memset(both + i * PAGE, 'L', PAGE / 2);
    expect_exit(child, 0);
    unmap(both, PAGES);
    for (size_t i = 0; i < PAGES; i++) {
        CHECK(pread(file, page, PAGE, (off_t)(i * PAGE)) == (ssize_t)PAGE);
        for (size_t byte = 0; byte < PAGE; byte++)
            CHECK(page[byte] == (byte < PAGE / 2 ? 'L' : 'U'));
    }
    CHECK(close(file) == 0);
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(a_removed_file_lives_while_it_is_mapped),
        KEEP(a_new_file_of_that_name_is_another_file),
        KEEP(a_renamed_file_is_the_same_file),
        KEEP(a_file_opened_again_shows_what_its_mapping_wrote),
        KEEP(two_mappings_in_one_process_show_the_same_pages),
        KEEP(a_program_can_map_its_own_text),
        KEEP(a_page_dirty_in_two_processes_keeps_what_both_wrote),
    };
    return keep_promises("mapped-file", promises, sizeof promises / sizeof *promises);
}
