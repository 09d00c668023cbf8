/*
 * The reaper: frees inodes that have no name and no user left. One internal operation does
 * them one after the other; requests that find no space wait for it before they fail.
 */
#pragma once

#include "inode.h"

/* The inode's last user is gone. */
void reap(struct file_system *fs, struct inode_state *state);
/* Sets the reaper up; it has its own budget of buffers. False: no memory. */
bool reaper_start(struct file_system *fs);
