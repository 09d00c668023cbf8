/* A broken invariant of our own: stops the server, which the pager reports. */
#pragma once

#if __STDC_HOSTED__
#include <stdio.h>
#include <stdlib.h>
#define FS_PANIC(text) (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, text), abort())
#else
#include <quire/server.h>
#define FS_PANIC(text) server_panic("fs-server: %s:%d: %s", __FILE__, __LINE__, text)
#endif

#define FS_ASSERT(condition)      \
    do {                          \
        if (!(condition))         \
            FS_PANIC(#condition); \
    } while (0)
