/* A test's own directory: made with copies of its files, removed with all that is in it. */
#include "init.h"
#include "suite.h"

#include <quire/errno.h>
#include <quire/format.h>
#include <quire/fs_protocol.h>
#include <string.h>

#define PATH_BYTES 512
#define REMOVED_PATH_BYTES 4096 /* tests may make deep trees */
#define COPY_BYTES (64u << 10)

static int32_t copy_contents(int32_t from, int32_t to)
{
    uint8_t *buffer = memory_allocate(COPY_BYTES);
    if (buffer == NULL)
        return -ENOMEM;
    uint64_t offset = 0;
    int64_t count;
    while ((count = file_read(from, buffer, COPY_BYTES, offset)) > 0) {
        for (int64_t done = 0; done < count;) {
            struct pager_result written =
                pager_call(PAGER_WRITE, (uint64_t)to, (uintptr_t)buffer + (uint64_t)done,
                           (uint64_t)(count - done), offset + (uint64_t)done, 0, 0);
            if (written.result < 0 || written.word[0] == 0) {
                memory_free(buffer, COPY_BYTES);
                return written.result < 0 ? written.result : -ENOSPC;
            }
            done += (int64_t)written.word[0];
        }
        offset += (uint64_t)count;
    }
    memory_free(buffer, COPY_BYTES);
    return (int32_t)count;
}

/* `name`, or `name:new_name`, from the root directory. */
static int32_t copy_file(const char *name, size_t length)
{
    char from_path[PATH_BYTES], to_path[PATH_BYTES];
    const char *colon = memchr(name, ':', length);
    const char *new_name = colon == NULL ? name : colon + 1;
    int from_length = (int)(colon == NULL ? length : (size_t)(colon - name));
    int to_length = (int)(name + length - new_name);
    if (format_string(from_path, sizeof from_path, "/%.*s", from_length, name) >= PATH_BYTES ||
        format_string(to_path, sizeof to_path, "%s/%.*s", SUITE_DIRECTORY, to_length, new_name) >=
            PATH_BYTES)
        return -ENAMETOOLONG;
    int32_t from = file_open(from_path);
    if (from < 0)
        return from;
    int32_t to = pager_call(PAGER_OPEN, (uintptr_t)to_path, strlen(to_path),
                            OPEN_WRITE | OPEN_CREATE | OPEN_EXCLUSIVE, 0755, 0, 0)
                     .result;
    int32_t error = to < 0 ? to : copy_contents(from, to);
    file_close(from);
    if (to >= 0)
        file_close(to);
    return error;
}

int32_t suite_directory_make(const struct suite_test *test)
{
    int32_t error =
        pager_call(PAGER_MKDIR, (uintptr_t)SUITE_DIRECTORY, strlen(SUITE_DIRECTORY), 0755, 0, 0, 0)
            .result;
    if (error < 0) {
        print("# %s: cannot make %s: error %d\n", test->name, SUITE_DIRECTORY, -error);
        return error;
    }
    /* The program is the command's first word; then the list of files. */
    const char *list = test->command;
    size_t length = strcspn(list, " ");
    const char *rest = test->files;
    while (length > 0) {
        error = copy_file(list, length);
        if (error < 0) {
            print("# %s: cannot copy %.*s: error %d\n", test->name, (int)length, list, -error);
            return error;
        }
        list = rest + strspn(rest, ", ");
        length = strcspn(list, ", ");
        rest = list + length;
    }
    return 0;
}

/* Appends "/" and the name of the first entry that is not the directory itself or its parent.
   false: there is none, or no room. */
static bool descend(char *path, size_t capacity)
{
    int32_t directory =
        pager_call(PAGER_OPEN, (uintptr_t)path, strlen(path), OPEN_READ | OPEN_DIRECTORY, 0, 0, 0)
            .result;
    if (directory < 0)
        return false;
    bool found = false;
    uint8_t entries[1024];
    while (!found) {
        struct pager_result read = pager_call(PAGER_READ_DIRECTORY, (uint64_t)directory,
                                              (uintptr_t)entries, sizeof entries, 0, 0, 0);
        if (read.result < 0 || read.word[0] == 0)
            break;
        for (uint64_t offset = 0; offset < read.word[0] && !found;) {
            const struct fs_directory_entry *entry = (const void *)(entries + offset);
            const char *name = (const char *)(entry + 1);
            offset += entry->record_bytes;
            if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
                continue;
            size_t length = strlen(path);
            found =
                format_string(path + length, capacity - length, "/%s", name) + length < capacity;
            if (!found)
                path[length] = '\0';
        }
    }
    file_close(directory);
    return found;
}

/* Removes one name below the directory: the first that is no directory or an empty one, on the
   way down along first entries. false: nothing went. */
static bool remove_one(void)
{
    static char path[REMOVED_PATH_BYTES];
    format_string(path, sizeof path, "%s", SUITE_DIRECTORY);
    while (descend(path, sizeof path)) {
        size_t length = strlen(path);
        if (pager_call(PAGER_UNLINK, (uintptr_t)path, length, 0, 0, 0, 0).result >= 0 ||
            pager_call(PAGER_RMDIR, (uintptr_t)path, length, 0, 0, 0, 0).result >= 0)
            return true;
    }
    return false;
}

void suite_directory_remove(void)
{
    while (remove_one())
        ;
    pager_call(PAGER_RMDIR, (uintptr_t)SUITE_DIRECTORY, strlen(SUITE_DIRECTORY), 0, 0, 0, 0);
}
