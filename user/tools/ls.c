/* ls [DIRECTORY...]: names, sizes and kinds. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int list(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        perror(path);
        return 1;
    }
    int result = 0;
    struct dirent *entry;
    while (errno = 0, (entry = readdir(directory)) != NULL) {
        char full[4096];
        struct stat status;
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        if (lstat(full, &status) != 0) {
            perror(full);
            result = 1;
            continue;
        }
        printf("%10ld %s%s\n", (long)status.st_size, entry->d_name,
               S_ISDIR(status.st_mode) ? "/" : "");
    }
    if (errno != 0) {
        perror(path);
        result = 1;
    }
    closedir(directory);
    return result;
}

int main(int argc, char *argv[])
{
    int result = 0;
    if (argc < 2)
        return list(".");
    for (int index = 1; index < argc; index++)
        result |= list(argv[index]);
    return result;
}
