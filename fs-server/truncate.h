/* Freeing the blocks at the end of a file, in bounded commits. */
#pragma once

#include "inode.h"

/* Frees the blocks from logical block `first` on. Restartable; holds nothing between batches. */
status truncate_blocks(struct operation *operation, uint32_t inode, uint64_t first);

status request_set_size(struct operation *operation);
