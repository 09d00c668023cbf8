/* Threads of one program that fault at the same time, on different pages and on the same ones. */
#include "library.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 6
#define PAGE_BYTES 4096
/* Two and a half times the frames that suite.txt gives. */
#define PAGES 480
#define ROUNDS 3

static unsigned char *memory;
static pthread_barrier_t start;

static void run_all(void *(*routine)(void *))
{
    pthread_t threads[THREADS];
    CHECK(pthread_barrier_init(&start, NULL, THREADS) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, routine, (void *)i) == 0);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(pthread_barrier_destroy(&start) == 0);
}

static size_t *word(size_t page)
{
    return (size_t *)(memory + page * PAGE_BYTES);
}

/* Each has its own pages, which lie between those of the others. */
static void *own_pages(void *argument)
{
    size_t index = (size_t)argument;
    pthread_barrier_wait(&start);
    for (size_t round = 1; round <= ROUNDS; round++) {
        for (size_t page = index; page < PAGES; page += THREADS) {
            CHECK(*word(page) == (round == 1 ? 0 : page * (round - 1)));
            *word(page) = page * round;
        }
    }
    return NULL;
}

/* All touch the same pages, each its own word of them. */
static void *same_pages(void *argument)
{
    size_t index = (size_t)argument;
    for (size_t page = 0; page < PAGES; page++) {
        if (page % 32 == 0)
            pthread_barrier_wait(&start);
        word(page)[8 + index] = page + index;
    }
    pthread_barrier_wait(&start);
    for (size_t page = 0; page < PAGES; page++)
        for (size_t other = 0; other < THREADS; other++)
            CHECK(word(page)[8 + other] == page + other);
    return NULL;
}

static void *write_shared(void *argument)
{
    size_t index = (size_t)argument;
    pthread_barrier_wait(&start);
    for (size_t page = 0; page < PAGES; page += 4)
        word(page)[16 + index] = index + 1;
    return NULL;
}

static void check_words(size_t expected_first)
{
    for (size_t page = 0; page < PAGES; page += 4)
        for (size_t other = 0; other < THREADS; other++)
            CHECK(word(page)[16 + other] == (expected_first != 0 ? other + expected_first : 0));
}

static void copy_on_write_by_all(void)
{
    run_all(write_shared);
    check_words(1);
}

static void *read_file(void *argument)
{
    const unsigned char *file = argument;
    pthread_barrier_wait(&start);
    for (size_t page = 0; page < PAGES; page++)
        CHECK(file[page * PAGE_BYTES + 5] == (unsigned char)page);
    return NULL;
}

static unsigned char *file_pages;

static void *read_the_file(void *argument)
{
    (void)argument;
    return read_file(file_pages);
}

void test_main(void)
{
    memory =
        mmap(NULL, PAGES * PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    run_all(own_pages);
    kept("pages that threads touch beside each other keep their contents");
    run_all(same_pages);
    kept("pages that threads touch at the same time keep what each wrote");
    check_child_exits(copy_on_write_by_all, 0);
    check_words(0);
    kept("threads of a child copy its parent's pages");

    int descriptor = open("pages", O_RDWR | O_CREAT, 0644);
    CHECK(descriptor >= 0);
    for (size_t page = 0; page < PAGES; page++) {
        unsigned char contents[PAGE_BYTES];
        memset(contents, (int)page, sizeof contents);
        CHECK(write(descriptor, contents, sizeof contents) == sizeof contents);
    }
    file_pages = mmap(NULL, PAGES * PAGE_BYTES, PROT_READ, MAP_SHARED, descriptor, 0);
    CHECK(file_pages != MAP_FAILED && close(descriptor) == 0);
    run_all(read_the_file);
    kept("threads wait for the same page of a file together");
}
