/* See merge.h. */
#include "merge.h"

#include "rc4.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static size_t histogram[256];

static void fill_and_count(uint8_t *bytes, size_t count)
{
    struct rc4 rc4;
    msg("fill");
    rc4_start(&rc4, "foobar", 6);
    rc4_crypt(&rc4, bytes, count);
    for (size_t index = 0; index < count; index++)
        histogram[bytes[index]]++;
}

static void write_chunk(const char *file, const uint8_t *chunk, size_t bytes)
{
    int descriptor;
    quiet = true;
    create(file, (unsigned)bytes);
    CHECK((descriptor = open(file)) > 1, "open \"%s\"", file);
    CHECK(write(descriptor, chunk, (unsigned)bytes) == (int)bytes, "write \"%s\"", file);
    close(descriptor);
    quiet = false;
}

static void read_chunk(const char *file, uint8_t *chunk, size_t bytes)
{
    int descriptor;
    quiet = true;
    CHECK((descriptor = open(file)) > 1, "open \"%s\"", file);
    CHECK(read(descriptor, chunk, (unsigned)bytes) == (int)bytes, "read \"%s\"", file);
    close(descriptor);
    quiet = false;
}

static pid_t start_child(const char *program, const char *file)
{
    char command[128];
    snprintf(command, sizeof command, "%s %s", program, file);
    pid_t pid = fork(program);
    if (pid == 0) {
        exec(command);
        exit(-1);
    }
    if (pid == PID_ERROR)
        fail("fork for \"%s\"", command);
    return pid;
}

static void sort_one_after_the_other(const struct merge_plan *plan, uint8_t *runs)
{
    for (size_t index = 0; index < plan->chunk_count; index++) {
        uint8_t *chunk = runs + index * plan->chunk_bytes;
        msg("sort chunk %zu", index);
        write_chunk("buffer", chunk, plan->chunk_bytes);
        pid_t pid = start_child(plan->child, "buffer");
        int status = wait(pid);
        if (status != plan->child_status)
            fail("%s exited with %d", plan->child, status);
        read_chunk("buffer", chunk, plan->chunk_bytes);
    }
}

static void sort_at_once(const struct merge_plan *plan, uint8_t *runs)
{
    enum { CHILDREN_MAX = 16 };
    pid_t pids[CHILDREN_MAX];
    char file[16];
    for (size_t index = 0; index < plan->chunk_count; index++) {
        msg("sort chunk %zu", index);
        snprintf(file, sizeof file, "buf%zu", index);
        write_chunk(file, runs + index * plan->chunk_bytes, plan->chunk_bytes);
        pids[index] = start_child(plan->child, file);
    }
    for (size_t index = 0; index < plan->chunk_count; index++) {
        int status;
        CHECK((status = wait(pids[index])) == plan->child_status, "wait for child %zu", index);
        snprintf(file, sizeof file, "buf%zu", index);
        read_chunk(file, runs + index * plan->chunk_bytes, plan->chunk_bytes);
    }
}

/* The smallest head of all runs, again and again. */
static size_t merge_runs(const struct merge_plan *plan, const uint8_t *runs, uint8_t *merged)
{
    const uint8_t *head[16], *end[16];
    size_t live = plan->chunk_count, total = 0;
    msg("merge");
    for (size_t index = 0; index < live; index++) {
        head[index] = runs + index * plan->chunk_bytes;
        end[index] = head[index] + plan->chunk_bytes;
    }
    while (live > 0) {
        size_t smallest = 0;
        for (size_t index = 1; index < live; index++)
            if (*head[index] < *head[smallest])
                smallest = index;
        merged[total++] = *head[smallest]++;
        if (head[smallest] == end[smallest]) {
            live--;
            head[smallest] = head[live];
            end[smallest] = end[live];
        }
    }
    return total;
}

static void verify(const uint8_t *merged)
{
    size_t position = 0;
    msg("verify");
    for (unsigned value = 0; value < 256; value++)
        for (size_t count = histogram[value]; count > 0; count--, position++)
            if (merged[position] != value)
                fail("byte %zu is %u and should be %u", position, merged[position], value);
    msg("success, buf_idx=%'zu", position);
}

void merge_with_children(const struct merge_plan *plan, uint8_t *runs, uint8_t *merged)
{
    size_t bytes = plan->chunk_bytes * plan->chunk_count;
    fill_and_count(runs, bytes);
    if (plan->at_once)
        sort_at_once(plan, runs);
    else
        sort_one_after_the_other(plan, runs);
    if (merge_runs(plan, runs, merged) != bytes)
        fail("merged too few bytes");
    verify(merged);
}
