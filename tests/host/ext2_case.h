/* What the tests of the file-system server share: one pager and one image at a time. */
#pragma once

#include "ext2_pager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1u << 20)
#define IMAGE_BYTES (16u * MIB)
#define HEAP_BYTES (2u * MIB)

static struct test_pager pager;

static inline void open_image(const char *options, uint64_t bytes)
{
    uint8_t *image = test_make_image(options, bytes);
    test_pager_open(&pager, image, bytes, HEAP_BYTES, 42);
    free(image);
}

static inline void open_block_size(unsigned block_bytes)
{
    char options[64];
    snprintf(options, sizeof options, "-t ext2 -b %u", block_bytes);
    open_image(options, IMAGE_BYTES);
}

static inline void close_clean(void)
{
    assert_int_equal(test_shutdown(&pager), 0);
    assert_int_equal(test_e2fsck(&pager, "-fn"), 0);
    test_pager_close(&pager);
}

static inline uint32_t create(const char *path, uint32_t mode)
{
    struct fs_completion completion = test_create(&pager, path, mode);
    assert_int_equal(completion.result, 0);
    return completion.inode;
}

static inline int release(uint32_t inode)
{
    return test_call(&pager,
                     (struct fs_request){.operation = FS_RELEASE, .inode = inode, .count = 1})
        .result;
}

static inline int set_size(uint32_t inode, uint64_t size)
{
    return test_call(&pager,
                     (struct fs_request){.operation = FS_SET_SIZE, .inode = inode, .size = size})
        .result;
}

static inline uint64_t free_pages(void)
{
    return test_call(&pager, (struct fs_request){.operation = FS_STATISTICS}).value;
}

static inline void fill(uint8_t *page, unsigned seed)
{
    for (unsigned i = 0; i < PAGE; i++)
        page[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
}

static inline void check_page(uint32_t inode, uint64_t page, const uint8_t *expected)
{
    uint8_t data[PAGE];
    assert_int_equal(test_read(&pager, inode, page, data), 0);
    assert_memory_equal(data, expected, PAGE);
}

static const unsigned block_sizes[] = {1024, 2048, 4096};
#define FOR_EACH_BLOCK_SIZE(size) \
    for (unsigned which = 0, size; which < 3 && (size = block_sizes[which]) != 0; which++)
