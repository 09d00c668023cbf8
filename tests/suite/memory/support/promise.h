/*
 * What the memory tests share. A test is a list of promises, each a function that checks itself:
 *
 *      PROMISE(writes_are_seen_by_other_processes)      "(NAME) writes are seen by other processes"
 *      {                                                when it holds
 *          CHECK(*page == 7);
 *      }
 *
 * The first check that fails ends the program with its place in the source; in a child it makes the
 * parent's wait fail too. Sizes come from the budget of the paging group, so that a test that is
 * meant to page does so on any machine.
 */
#pragma once

#include <quire/statistics.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PAGE ((size_t)4096)

extern const char *test_name;

/* Prints one line: (NAME) text. Nothing of it stays in a buffer that a child would inherit. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

_Noreturn void check_failed(const char *file, int line, const char *what);
#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE_NAME__, __LINE__, #condition))

struct promise {
    const char *name; /* of the function: words joined by _ */
    void (*keep)(void);
};
#define PROMISE(name) static void name(void)
/* The body of main: keeps each of the promises in turn and says so. Returns the exit status. */
int keep_promises(const char *program, const struct promise *promises, size_t count);
#define KEEP(name)  \
    {               \
#name, name \
    }

/* ---- processes */

/* A child that runs `body` and ends with status 0. */
pid_t child_start(void (*body)(void *context), void *context);
void expect_exit(pid_t child, int status);
void expect_signal(pid_t child, int signal);
/* Runs `body` in a child to its end, which must be as said. */
void in_child(void (*body)(void *context), void *context);
void in_child_dies(int signal, void (*body)(void *context), void *context);
/* A touch in a child, which it must not survive. */
void expect_read_dies(int signal, const volatile void *address);
void expect_write_dies(int signal, volatile void *address);

/* ---- pages */

/* Contents that depend on the seed in every word. */
void page_fill(void *page, uint64_t seed);
bool page_holds(const void *page, uint64_t seed);
bool page_is_zero(const void *page);
void fill(void *memory, size_t pages, uint64_t seed); /* page i gets seed + i */
bool holds(const void *memory, size_t pages, uint64_t seed);

void *map_private(size_t pages); /* anonymous */
void *map_shared(size_t pages);
void *map_file(int file, size_t first_page, size_t pages, int protection, int flags);
void unmap(void *memory, size_t pages);

/* ---- files: a new file of that many pages, filled as fill() does; open for reading and writing */
int file_make(const char *name, size_t pages, uint64_t seed);
bool file_holds(int file, size_t first_page, size_t pages, uint64_t seed); /* by read */
off_t file_size(int file);

/* ---- what the pager has */
struct group_statistics group_statistics(void);
struct system_statistics system_statistics(void);
/* Frames that the program's paging group may have. */
size_t frame_budget(void);
/* Uses more memory than there is, so that whatever else the group has in memory leaves it. */
void evict_everything(void);
