/* What a superblock must say for us to trust its geometry. */
#pragma once

#include "file_system.h"

/* Fills fs->geometry. Refuses with a diagnosis; sets read_only where that is enough. */
status superblock_check(struct file_system *fs, const struct ext2_superblock *superblock);
