/* See file_patterns.h. */
#include "file_patterns.h"

#include "shuffle.h"
#include "suite.h"

#include <random.h>
#include <string.h>

#define BYTES_MAX 76800
#define BLOCKS_MAX 256
#define RANDOM_BLOCK_MAX 1031

static char contents[BYTES_MAX];
static size_t order[BLOCKS_MAX];

void test_create(const char *file, size_t size)
{
    CHECK(create(file, (unsigned)size), "create \"%s\"", file);
    check_file(file, contents, size);
}

void test_full(const char *file, size_t size)
{
    int descriptor;
    random_bytes(contents, size);
    CHECK(create(file, (unsigned)size), "create \"%s\"", file);
    descriptor = open_file(file);
    msg("write \"%s\"", file);
    if (write(descriptor, contents, (unsigned)size) != (int)size)
        fail("write of %zu bytes to \"%s\"", size, file);
    close(descriptor);
    check_file(file, contents, size);
}

static void mix_order(size_t blocks)
{
    for (size_t index = 0; index < blocks; index++) {
        size_t other = index + random_ulong() % (blocks - index);
        size_t kept = order[index];
        order[index] = order[other];
        order[other] = kept;
    }
}

void test_random_order(const char *file, size_t size, size_t block)
{
    static char buffer[512];
    size_t blocks = size / block;
    int descriptor;
    random_bytes(contents, size);
    for (size_t index = 0; index < blocks; index++)
        order[index] = index;

    CHECK(create(file, (unsigned)size), "create \"%s\"", file);
    descriptor = open_file(file);
    msg("write \"%s\" in random order", file);
    mix_order(blocks);
    for (size_t index = 0; index < blocks; index++) {
        size_t offset = order[index] * block;
        seek(descriptor, (unsigned)offset);
        if (write(descriptor, contents + offset, (unsigned)block) != (int)block)
            fail("write of %zu bytes at %zu", block, offset);
    }
    msg("read \"%s\" in random order", file);
    mix_order(blocks);
    for (size_t index = 0; index < blocks; index++) {
        size_t offset = order[index] * block;
        seek(descriptor, (unsigned)offset);
        if (read(descriptor, buffer, (unsigned)block) != (int)block)
            fail("read of %zu bytes at %zu", block, offset);
        compare_bytes(buffer, contents + offset, block, offset, file);
    }
    close(descriptor);
}

void test_sequence(const char *file, size_t size, size_t block)
{
    int descriptor;
    size_t offset = 0;
    random_bytes(contents, size);
    CHECK(create(file, 0), "create \"%s\"", file);
    descriptor = open_file(file);
    msg("write \"%s\"", file);
    while (offset < size) {
        size_t count = block != 0 ? block : random_ulong() % RANDOM_BLOCK_MAX + 1;
        if (count > size - offset)
            count = size - offset;
        if (write(descriptor, contents + offset, (unsigned)count) != (int)count)
            fail("write of %zu bytes at %zu", count, offset);
        offset += count;
    }
    close(descriptor);
    check_file(file, contents, size);
}
