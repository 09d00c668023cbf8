/* <dirent.h>: a buffer of the pager's directory records for each open directory. */
#include "result.h"

#include <dirent.h>
#include <fcntl.h>
#include <quire/fs_protocol.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES 4096

struct directory_stream {
    int descriptor;
    size_t position, filled;
    struct dirent entry;
    _Alignas(8) char buffer[BUFFER_BYTES];
};

DIR *opendir(const char *path)
{
    DIR *directory = malloc(sizeof *directory);
    if (directory == NULL)
        return NULL;
    directory->descriptor = open(path, O_RDONLY | O_DIRECTORY);
    directory->position = directory->filled = 0;
    if (directory->descriptor >= 0)
        return directory;
    free(directory);
    return NULL;
}

static unsigned char type_of(uint8_t ext2_type)
{
    switch (ext2_type) {
    case 1: return DT_REG;
    case 2: return DT_DIR;
    case 7: return DT_LNK;
    default: return DT_UNKNOWN;
    }
}

struct dirent *readdir(DIR *directory)
{
    if (directory->position >= directory->filled) {
        int64_t count = word_or_errno(server_call(
            PAGER_HANDLE, PAGER_READ_DIRECTORY, as_word(directory->descriptor),
            (uintptr_t)directory->buffer, sizeof directory->buffer, 0, 0, stack_pointer()));
        if (count <= 0)
            return NULL;
        directory->position = 0;
        directory->filled = (size_t)count;
    }
    const struct fs_directory_entry *record =
        (const void *)(directory->buffer + directory->position);
    directory->position += record->record_bytes;
    directory->entry.d_ino = record->inode;
    directory->entry.d_type = type_of(record->type);
    strlcpy(directory->entry.d_name, (const char *)(record + 1), sizeof directory->entry.d_name);
    return &directory->entry;
}

int closedir(DIR *directory)
{
    int result = close(directory->descriptor);
    free(directory);
    return result;
}
