/*
 * The pager's side of the rings, for tests: one server over one test disk, requests one at a
 * time or many at once.
 */
#pragma once

#include "ext2_disk.h"
#include "server.h"

#include <quire/fs_protocol.h>
#include <quire/server_start.h>

#define PAGE 4096u

struct test_pager {
    struct fs_server server;
    struct test_disk disk;
    uint8_t *heap, *rings;
    struct ring submission, completion;
    uint64_t next_cookie;
    char diagnosis[FS_NAME_SLOT_BYTES]; /* the last one */
};

/* Makes an image with mke2fs and the options given. The caller frees it. */
uint8_t *test_make_image(const char *options, uint64_t bytes);
/* Mounts a copy of the image. */
void test_pager_open(struct test_pager *pager, const uint8_t *image, uint64_t bytes,
                     uint64_t heap_bytes, uint64_t seed);
void test_pager_close(struct test_pager *pager);
/* Power cut and boot again, with the disk as it then is. */
void test_pager_reboot(struct test_pager *pager, uint64_t heap_bytes);

char *test_slot(struct test_pager *pager, unsigned slot);
/* Queues a request; its cookie. */
uint64_t test_submit(struct test_pager *pager, struct fs_request request);
/* The next completion, in whatever order. Fails the test when the server has stopped moving. */
struct fs_completion test_next(struct test_pager *pager);
/* One request and its completion. */
struct fs_completion test_call(struct test_pager *pager, struct fs_request request);

/* Requests with a path in slot 0. */
struct fs_completion test_path(struct test_pager *pager, uint32_t operation, const char *path);
struct fs_completion test_create(struct test_pager *pager, const char *path, uint32_t mode);
struct fs_completion test_two_paths(struct test_pager *pager, uint32_t operation, const char *first,
                                    const char *second);
int test_write(struct test_pager *pager, uint32_t inode, uint64_t page, const void *data,
               uint64_t size);
/* Reads a page and zeroes what the pager has to zero. */
int test_read(struct test_pager *pager, uint32_t inode, uint64_t page, void *data);
int test_shutdown(struct test_pager *pager);

/* Runs e2fsck -fn (or with other options) on the disk; its exit status, the text on stderr if not 0. */
int test_e2fsck(struct test_pager *pager, const char *options);
/* Runs a debugfs command ("-w" and a command: it may write) on the disk and returns its output. The caller frees it. */
char *test_debugfs(struct test_pager *pager, const char *command);
