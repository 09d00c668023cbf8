/* init as a client of the pager: calls, files and console lines. */
#include "init.h"

#include <quire/errno.h>
#include <quire/format.h>
#include <quire/server.h>
#include <quire/system_call.h>
#include <string.h>

struct pager_result pager_call(uint32_t operation, uint64_t word0, uint64_t word1, uint64_t word2,
                               uint64_t word3, uint64_t word4, uint64_t word5)
{
    uint32_t handles = operation == SYSTEM_NOTIFY_DEATHS ? 1 : 0;
    struct message message = {
        .tag = MAKE_TAG(operation, MESSAGE_WORDS, handles),
        .words = {word0, word1, word2, word3, word4, word5},
    };
    int64_t status = sys_call(SERVER_HANDLE_PAGER, &message);
    if (status != KERNEL_OK)
        server_panic("init: the pager is gone (%ld)", (long)status);
    struct pager_result result = {.result = (int32_t)TAG_LABEL(message.tag)};
    memcpy(result.word, message.words, sizeof result.word);
    return result;
}

int32_t file_open(const char *path)
{
    return file_open_for(0, path);
}

int32_t file_open_for(uint32_t space, const char *path)
{
    return pager_call(PAGER_OPEN, (uintptr_t)path, strlen(path), OPEN_READ, 0, space, 0).result;
}

void file_close(int32_t descriptor)
{
    pager_call(PAGER_CLOSE, (uint64_t)descriptor, 0, 0, 0, 0, 0);
}

int64_t file_read(int32_t descriptor, void *buffer, size_t bytes, uint64_t offset)
{
    size_t done = 0;
    while (done < bytes) {
        struct pager_result read =
            pager_call(PAGER_READ, (uint64_t)descriptor, (uintptr_t)buffer + done, bytes - done,
                       offset + done, 0, 0);
        if (read.result < 0)
            return read.result;
        if (read.word[0] == 0)
            break;
        done += read.word[0];
    }
    return (int64_t)done;
}

int64_t file_size(int32_t descriptor)
{
    struct pager_stat status;
    struct pager_result result =
        pager_call(PAGER_STAT_FD, (uint64_t)descriptor, (uintptr_t)&status, 0, 0, 0, 0);
    return result.result < 0 ? result.result : (int64_t)status.size;
}

char *file_read_whole(const char *path, size_t *length, int32_t *error)
{
    char *text = NULL;
    int32_t descriptor = file_open(path);
    if (descriptor < 0) {
        *error = descriptor;
        return NULL;
    }
    int64_t size = file_size(descriptor);
    if (size < 0) {
        *error = (int32_t)size;
    } else if ((text = memory_allocate((size_t)size + 1)) == NULL) {
        *error = -ENOMEM;
    } else {
        int64_t done = file_read(descriptor, text, (size_t)size, 0);
        *error = done < 0 ? (int32_t)done : done < size ? -EIO : 0;
        *length = (size_t)size;
        if (*error != 0) {
            memory_free(text, (size_t)size + 1);
            text = NULL;
        }
    }
    file_close(descriptor);
    return text;
}

void print(const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    size_t length = format_string_list(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= sizeof line)
        length = sizeof line - 1;
    pager_call(PAGER_WRITE, 1, (uintptr_t)line, length, IO_AT_POSITION, 0, 0);
}
