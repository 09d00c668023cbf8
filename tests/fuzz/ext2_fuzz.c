/*
 * libFuzzer target: a broken image and a script of requests.
 *
 * The input is bytes to overwrite in a sound little image, then requests:
 *
 *      u8 patch count | count x (u16 block-ish, u16 offset, u8 value) | requests, 8 bytes each
 *
 * Patches reach the metadata at the image's beginning, where everything is that the server
 * must not trust. What counts: no crash, no sanitizer report, no request without an answer,
 * no access outside the disk. Run it by hand for longer:
 *
 *      ext2_fuzz -max_len=512 -jobs=2 corpus/
 */
#include "ext2_pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_BYTES (1u << 20)
#define PATCH_BYTES 5u
#define REQUEST_BYTES 8u
#define REQUESTS_MAX 48u
#define OUTSTANDING_MAX 8u

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *images[3];

static const char *const paths[] = {
    "/",         "/a",    "/a/b",         "/a/b/../c", "/fast", "/slow/x",
    "/file",     "/link", "/lost+found/", "/a/b/dir",  "/new",  "/new/",
    "/fast/../", "/big",  "/hole",        "relative",
};
#define PATHS (sizeof paths / sizeof paths[0])

/* Something of everything to be corrupted: made by the server itself. */
static void populate(struct test_pager *pager)
{
    static uint8_t page[PAGE] = {1};
    test_create(pager, "/a", 040755);
    test_create(pager, "/a/b", 040755);
    test_create(pager, "/a/c", 0100644);
    char target[200] = "/a";
    for (int i = 0; i < 90; i++)
        strcat(target, "/");
    test_two_paths(pager, FS_SYMLINK, "/fast", "a/b");
    test_two_paths(pager, FS_SYMLINK, "/slow", target);
    uint32_t file = test_create(pager, "/file", 0100644).inode;
    for (unsigned i = 0; i < 40; i++)
        test_write(pager, file, i * 3, page, (i * 3 + 1) * PAGE);
    uint32_t hole = test_create(pager, "/hole", 0100644).inode;
    test_write(pager, hole, 20000, page, 20001ull * PAGE);
    char path[64];
    for (unsigned i = 0; i < 60; i++) {
        snprintf(path, sizeof path, "/a/b/entry-with-a-longer-name-%u", i);
        test_create(pager, path, 0100644);
    }
    if (test_shutdown(pager) != 0)
        abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    for (unsigned i = 0; i < 3; i++) {
        static struct test_pager pager;
        char options[64];
        snprintf(options, sizeof options, "-t ext2 -N 128 -b %u", 1024u << i);
        uint8_t *image = test_make_image(options, IMAGE_BYTES);
        test_pager_open(&pager, image, IMAGE_BYTES, 4 << 20, 1);
        populate(&pager);
        memcpy(image, pager.disk.bytes, IMAGE_BYTES);
        images[i] = image;
        test_pager_close(&pager);
    }
    return 0;
}

static void submit(struct test_pager *pager, const uint8_t *data, unsigned number)
{
    static uint8_t frame[PAGE] __attribute__((aligned(PAGE)));
    unsigned slot = number % OUTSTANDING_MAX * 2;

    strcpy(test_slot(pager, slot), paths[data[3] % PATHS]);
    strcpy(test_slot(pager, slot + 1), paths[data[4] % PATHS]);
    test_submit(pager, (struct fs_request){
                           .operation = data[0] % (FS_SHUTDOWN + 2),
                           .inode = data[1] % 3 == 0   ? 0
                                    : data[1] % 3 == 1 ? FS_ROOT_INODE
                                                       : 11u + data[2] % 32,
                           .offset = (uint64_t)data[5] << (data[6] % 8),
                           .frame = (uint64_t)(uintptr_t)frame,
                           .size = (uint64_t)data[5] << (data[7] % 40),
                           .count = data[6] % 16 + 1,
                           .slot = (uint16_t)slot,
                           .slot2 = (uint16_t)(slot + 1),
                           .mode = data[7] & 128 ? 0100644 : 040755,
                           .flags = data[7] >> 6 & 1,
                       });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct test_pager pager;
    static uint8_t image[IMAGE_BYTES];
    size_t at = 1;

    if (size == 0)
        return 0;
    memcpy(image, images[data[0] % 3], IMAGE_BYTES);
    for (unsigned i = 0; i < data[0] / 3u % 16 && at + PATCH_BYTES <= size; i++) {
        /* The first 128 KiB have the metadata and the directories. */
        uint32_t offset =
            (data[at] | (uint32_t)data[at + 1] << 8 | (uint32_t)(data[at + 2] & 1) << 16);
        uint32_t value = data[at + 3] | (uint32_t)data[at + 4] << 8;
        if (data[at + 2] & 2)
            offset &= 0x1fff; /* superblock and descriptors */
        memcpy(image + offset, &value, data[at + 2] & 4 ? 4 : data[at + 2] & 8 ? 2 : 1);
        at += PATCH_BYTES;
    }

    test_pager_open(&pager, image, IMAGE_BYTES, 2 << 20, size);
    unsigned outstanding = 0;
    for (unsigned i = 0; i < REQUESTS_MAX && at + REQUEST_BYTES <= size; i++, at += REQUEST_BYTES) {
        submit(&pager, data + at, i);
        if (++outstanding == OUTSTANDING_MAX) {
            test_next(&pager);
            outstanding--;
        }
    }
    for (; outstanding != 0; outstanding--)
        test_next(&pager);
    test_shutdown(&pager);
    test_pager_close(&pager);
    return 0;
}
