/*
 * The event loop's body: from the pager's ring through operations and the disk to the ring of
 * completions. The same on the host, where tests are the pager and the disk.
 */
#pragma once

#include "file_system.h"

#include <quire/ring.h>

struct fs_server {
    struct file_system fs;
    struct ring submission, completion;
    struct fs_counters *counters; /* in the shared area */
    struct operation *spare;      /* for the next request */
};

/* `rings`: FS_AREA_BYTES shared with the pager. False: bad rings, or a heap that is far too small. */
bool fs_server_start(struct fs_server *server, struct file_system_environment *environment,
                     uint8_t *rings);
/* Does all that can be done now. True: the pager must be notified of completions. */
bool fs_server_run(struct fs_server *server);
/* Call before waiting. False: new requests came, run again instead. */
bool fs_server_may_sleep(struct fs_server *server);
/* When to run again without a notification: absolute nanoseconds, 0 never. */
uint64_t fs_server_deadline(const struct fs_server *server);
