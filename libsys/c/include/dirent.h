/* Reading of directories. */
#pragma once

#include <sys/types.h>

struct dirent {
    ino_t d_ino;
    unsigned char d_type; /* DT_* */
    char d_name[256];
};

#define DT_UNKNOWN 0
#define DT_REG 8
#define DT_DIR 4
#define DT_LNK 10

typedef struct directory_stream DIR;

DIR *opendir(const char *path);
/* The next entry, in memory that lives until the next call; NULL at the end. */
struct dirent *readdir(DIR *directory);
int closedir(DIR *directory);
