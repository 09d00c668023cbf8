/* read and write of what is in the page cache; open and close. */
#include "rows.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "bench.dat"
#define REPETITIONS 128
#define MEBIBYTE (1ul << 20)

static int open_file(const char *row, char *buffer, size_t bytes)
{
    int descriptor = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0644);
    require(descriptor >= 0 && write(descriptor, buffer, bytes) == (ssize_t)bytes, row);
    return descriptor;
}

static void transfer(const char *row, size_t bytes, bool writes)
{
    size_t repetitions = bytes < MEBIBYTE ? REPETITIONS : REPETITIONS / 2;
    struct samples samples = samples_begin(row, repetitions);
    char *buffer = malloc(bytes);
    require(buffer != NULL, row);
    memset(buffer, 1, bytes);
    int descriptor = open_file(row, buffer, bytes);
    for (size_t index = 0; index < repetitions; index++) {
        uint64_t start = ticks();
        ssize_t done =
            writes ? pwrite(descriptor, buffer, bytes, 0) : pread(descriptor, buffer, bytes, 0);
        samples_add(&samples, ticks() - start);
        require(done == (ssize_t)bytes, row);
    }
    close(descriptor);
    unlink(FILE_NAME);
    free(buffer);
    if (writes)
        samples_report_least(&samples, row);
    else
        samples_report(&samples, row, 1);
}

void read_1(const char *row)
{
    transfer(row, 1, false);
}

void read_4k(const char *row)
{
    transfer(row, PAGE, false);
}

void read_1m(const char *row)
{
    transfer(row, MEBIBYTE, false);
}

void write_1(const char *row)
{
    transfer(row, 1, true);
}

void write_4k(const char *row)
{
    transfer(row, PAGE, true);
}

void write_1m(const char *row)
{
    transfer(row, MEBIBYTE, true);
}

void open_and_close(const char *row)
{
    struct samples samples = samples_begin(row, REPETITIONS);
    char byte = 1;
    /* In a directory of its own: the time to find a name grows with the names beside it. */
    require(mkdir("bench-directory", 0755) == 0 && chdir("bench-directory") == 0, row);
    close(open_file(row, &byte, 1));
    for (int index = 0; index < REPETITIONS; index++) {
        uint64_t start = ticks();
        int descriptor = open(FILE_NAME, O_RDONLY);
        close(descriptor);
        samples_add(&samples, ticks() - start);
        require(descriptor >= 0, row);
    }
    unlink(FILE_NAME);
    require(chdir("..") == 0 && rmdir("bench-directory") == 0, row);
    samples_report(&samples, row, 1);
}
