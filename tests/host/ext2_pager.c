/* The test's end of the rings; see ext2_pager.h. */
#include "ext2_pager.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs of the server without a completion after which a test gives up. */
#define IDLE_RUNS_MAX 2000000u

static uint64_t fake_time;

static uint64_t fake_clock(void)
{
    return fake_time += 50 * 1000;
}

static void fail(const char *text)
{
    fprintf(stderr, "%s\n", text);
    abort();
}

static void temporary_file(char *path)
{
    strcpy(path, "/tmp/quire-ext2-XXXXXX");
    int file = mkstemp(path);
    if (file < 0)
        fail("mkstemp");
    close(file);
}

static void store(const char *path, const uint8_t *bytes, uint64_t count)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, count, file) != count || fclose(file) != 0)
        fail("cannot write the image");
}

static void load(const char *path, uint8_t *bytes, uint64_t count)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(bytes, 1, count, file) != count)
        fail("cannot read the image");
    fclose(file);
}

uint8_t *test_make_image(const char *options, uint64_t bytes)
{
    char path[64], command[1024];
    temporary_file(path);
    if (truncate(path, (off_t)bytes) != 0)
        fail("truncate");
    snprintf(command, sizeof command, "PATH=$PATH:/sbin:/usr/sbin mke2fs -q -F %s %s", options,
             path);
    if (system(command) != 0)
        fail("mke2fs");
    uint8_t *image = malloc(bytes);
    load(path, image, bytes);
    unlink(path);
    return image;
}

static void boot(struct test_pager *pager, uint64_t heap_bytes)
{
    pager->heap = aligned_alloc(PAGE, heap_bytes);
    pager->rings = aligned_alloc(PAGE, FS_AREA_BYTES);
    memset(pager->heap, 0, heap_bytes);
    memset(pager->rings, 0, FS_AREA_BYTES);
    ring_format(pager->rings + FS_AREA_SUBMISSION, FS_RING_ENTRIES, sizeof(struct fs_request));
    ring_format(pager->rings + FS_AREA_COMPLETION, FS_RING_ENTRIES, sizeof(struct fs_completion));
    ring_attach(&pager->submission, pager->rings + FS_AREA_SUBMISSION, FS_RING_ENTRIES,
                sizeof(struct fs_request));
    ring_attach(&pager->completion, pager->rings + FS_AREA_COMPLETION, FS_RING_ENTRIES,
                sizeof(struct fs_completion));
    struct file_system_environment environment = {
        .heap = pager->heap,
        .heap_physical = (uint64_t)(uintptr_t)pager->heap,
        .heap_bytes = heap_bytes,
        .device = pager->disk.bytes == NULL ? NULL : &pager->disk.device,
        .device_error = -ENODEV,
        .clock = fake_clock,
    };
    if (!fs_server_start(&pager->server, &environment, pager->rings))
        fail("fs_server_start");
}

void test_pager_open(struct test_pager *pager, const uint8_t *image, uint64_t bytes,
                     uint64_t heap_bytes, uint64_t seed)
{
    memset(pager, 0, sizeof *pager);
    pager->next_cookie = 1;
    if (image != NULL)
        test_disk_open(&pager->disk, image, bytes, seed);
    boot(pager, heap_bytes);
}

static void power_off(struct test_pager *pager)
{
    free(pager->heap);
    free(pager->rings);
    pager->disk.queued = 0;
}

void test_pager_close(struct test_pager *pager)
{
    power_off(pager);
    test_disk_close(&pager->disk);
}

void test_pager_reboot(struct test_pager *pager, uint64_t heap_bytes)
{
    power_off(pager);
    test_disk_cut_power(&pager->disk);
    boot(pager, heap_bytes);
}

char *test_slot(struct test_pager *pager, unsigned slot)
{
    return (char *)pager->rings + FS_AREA_NAMES + (size_t)slot * FS_NAME_SLOT_BYTES;
}

uint64_t test_submit(struct test_pager *pager, struct fs_request request)
{
    request.cookie = pager->next_cookie++;
    if (!ring_push(&pager->submission, &request))
        fail("submission ring full");
    return request.cookie;
}

struct fs_completion test_next(struct test_pager *pager)
{
    struct fs_completion completion;

    ring_publish(&pager->submission);
    for (unsigned runs = 0; !ring_pop(&pager->completion, &completion); runs++) {
        if (runs == IDLE_RUNS_MAX)
            fail("the server has stopped answering");
        fs_server_run(&pager->server);
    }
    if (completion.diagnosis != 0)
        memcpy(pager->diagnosis, test_slot(pager, FS_DIAGNOSIS_SLOT), FS_NAME_SLOT_BYTES);
    return completion;
}

struct fs_completion test_call(struct test_pager *pager, struct fs_request request)
{
    uint64_t cookie = test_submit(pager, request);
    struct fs_completion completion = test_next(pager);
    if (completion.cookie != cookie)
        fail("completion of another request");
    return completion;
}

struct fs_completion test_path(struct test_pager *pager, uint32_t operation, const char *path)
{
    strcpy(test_slot(pager, 0), path);
    return test_call(pager, (struct fs_request){.operation = operation});
}

struct fs_completion test_create(struct test_pager *pager, const char *path, uint32_t mode)
{
    strcpy(test_slot(pager, 0), path);
    return test_call(pager, (struct fs_request){.operation = FS_CREATE, .mode = mode});
}

struct fs_completion test_two_paths(struct test_pager *pager, uint32_t operation, const char *first,
                                    const char *second)
{
    strcpy(test_slot(pager, 0), first);
    strcpy(test_slot(pager, 1), second);
    return test_call(pager, (struct fs_request){.operation = operation, .slot = 0, .slot2 = 1});
}

int test_write(struct test_pager *pager, uint32_t inode, uint64_t page, const void *data,
               uint64_t size)
{
    void *frame = aligned_alloc(PAGE, PAGE);
    memcpy(frame, data, PAGE);
    struct fs_completion completion =
        test_call(pager, (struct fs_request){.operation = FS_WRITE_PAGE,
                                             .inode = inode,
                                             .offset = page,
                                             .frame = (uint64_t)(uintptr_t)frame,
                                             .size = size});
    free(frame);
    return completion.result;
}

int test_read(struct test_pager *pager, uint32_t inode, uint64_t page, void *data)
{
    uint8_t *frame = aligned_alloc(PAGE, PAGE);
    memset(frame, 0xa5, PAGE); /* what must not be seen */
    struct fs_completion completion =
        test_call(pager, (struct fs_request){.operation = FS_READ_PAGE,
                                             .inode = inode,
                                             .offset = page,
                                             .frame = (uint64_t)(uintptr_t)frame});
    for (unsigned i = 0; i < PAGE / BLOCK_SECTOR_BYTES; i++) {
        if (completion.value >> i & 1)
            memset(frame + i * BLOCK_SECTOR_BYTES, 0, BLOCK_SECTOR_BYTES);
    }
    uint64_t start = page * PAGE;
    if (completion.size < start + PAGE) {
        uint64_t kept = completion.size > start ? completion.size - start : 0;
        memset(frame + kept, 0, PAGE - kept);
    }
    memcpy(data, frame, PAGE);
    free(frame);
    return completion.result;
}

int test_shutdown(struct test_pager *pager)
{
    return test_call(pager, (struct fs_request){.operation = FS_SHUTDOWN}).result;
}

static char *run_tool(struct test_pager *pager, const char *format, const char *argument,
                      bool reload, int *exit_status)
{
    char path[64], command[1024], tool[512];
    temporary_file(path);
    store(path, pager->disk.bytes, pager->disk.device.sectors * BLOCK_SECTOR_BYTES);
    snprintf(tool, sizeof tool, format, argument);
    snprintf(command, sizeof command, "PATH=$PATH:/sbin:/usr/sbin %s %s 2>&1", tool, path);
    FILE *pipe = popen(command, "r");
    size_t length = 0, room = 1 << 16;
    char *output = malloc(room);
    for (size_t got; (got = fread(output + length, 1, room - length - 1, pipe)) != 0;) {
        length += got;
        if (room - length < 4096)
            output = realloc(output, room *= 2);
    }
    output[length] = '\0';
    *exit_status = pclose(pipe) >> 8;
    if (reload) {
        uint64_t bytes = pager->disk.device.sectors * BLOCK_SECTOR_BYTES;
        load(path, pager->disk.bytes, bytes);
        memcpy(pager->disk.stable, pager->disk.bytes, bytes);
    }
    unlink(path);
    return output;
}

int test_e2fsck(struct test_pager *pager, const char *options)
{
    int exit_status;
    bool repairs = strchr(options, 'y') != NULL;
    char *output = run_tool(pager, "e2fsck %s", options, repairs, &exit_status);
    if (exit_status != 0 && !repairs)
        fprintf(stderr, "%s", output);
    free(output);
    return exit_status;
}

char *test_debugfs(struct test_pager *pager, const char *command)
{
    int exit_status;
    if (strncmp(command, "-w ", 3) == 0)
        return run_tool(pager, "debugfs -w -R '%s'", command + 3, true, &exit_status);
    return run_tool(pager, "debugfs -R '%s'", command, false, &exit_status);
}
