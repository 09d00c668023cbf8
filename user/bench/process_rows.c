/* fork, exec, spawn, exit and wait. */
#include "rows.h"

#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 16

/* A program that does nothing: this one, asked for no row. */
static char *nothing[] = {"bench", "--nothing", NULL};

static void fork_exit_wait(const char *row, size_t resident)
{
    struct samples samples = samples_begin(row, ROUNDS);
    char *memory =
        map_pages(row, resident, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t page = 0; page < resident; page++)
            memory[page * PAGE] = (char)round;
        uint64_t start = ticks();
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        require(child > 0 && waitpid(child, NULL, 0) == child, row);
        samples_add(&samples, ticks() - start);
    }
    munmap(memory, resident * PAGE);
    samples_report(&samples, row, 1);
}

void fork_exit_wait_100(const char *row)
{
    fork_exit_wait(row, 100);
}

void fork_exit_wait_10000(const char *row)
{
    fork_exit_wait(row, 10000);
}

void fork_exec_wait(const char *row)
{
    struct samples samples = samples_begin(row, ROUNDS);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = ticks();
        pid_t child = fork();
        if (child == 0) {
            execv(nothing[0], nothing);
            _exit(1);
        }
        int status = 0;
        require(child > 0 && waitpid(child, &status, 0) == child && status == 0, row);
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row, 1);
}

void spawn_wait(const char *row)
{
    struct samples samples = samples_begin(row, ROUNDS);
    for (int round = 0; round < ROUNDS; round++) {
        int status = 0;
        uint64_t start = ticks();
        pid_t child = spawn(nothing[0], nothing);
        require(child > 0 && waitpid(child, &status, 0) == child && status == 0, row);
        samples_add(&samples, ticks() - start);
    }
    samples_report(&samples, row, 1);
}
