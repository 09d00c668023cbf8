/*
 * The pager's trace of the run, from its memory into the file that trace=/PATH names. Nothing
 * of this is in the trace: the first read ends it.
 */
#include "init.h"

#include <quire/errno.h>
#include <quire/pager_protocol.h>
#include <string.h>

#define BUFFER_BYTES (64u << 10)
#define PATH_BYTES 256
#define FILE_MODE 0644

static int32_t copy_out(int32_t descriptor, char *buffer)
{
    for (;;) {
        struct pager_result read =
            pager_call(TRACE_READ, (uintptr_t)buffer, BUFFER_BYTES, 0, 0, 0, 0);
        if (read.result < 0 || read.word[0] == 0)
            return read.result;
        for (uint64_t done = 0; done < read.word[0];) {
            struct pager_result written =
                pager_call(PAGER_WRITE, (uint64_t)descriptor, (uintptr_t)buffer + done,
                           read.word[0] - done, IO_AT_POSITION, 0, 0);
            if (written.result < 0 || written.word[0] == 0)
                return written.result < 0 ? written.result : -ENOSPC;
            done += written.word[0];
        }
    }
}

void trace_save(void)
{
    char path[PATH_BYTES];
    if (!option_value("trace", path, sizeof path) || path[0] != '/')
        return;
    char *buffer = memory_allocate(BUFFER_BYTES);
    int32_t error = -ENOMEM;
    if (buffer != NULL) {
        struct pager_result opened =
            pager_call(PAGER_OPEN, (uintptr_t)path, strlen(path),
                       OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE, FILE_MODE, 0, 0);
        error = opened.result < 0 ? opened.result : copy_out(opened.result, buffer);
        memory_free(buffer, BUFFER_BYTES);
    }
    if (error < 0)
        print("init: the trace cannot be written to %s: error %d\n", path, -error);
}
