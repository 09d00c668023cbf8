/* Finding out what the disks hold: see disks.c. */
#pragma once

#include "server_loader.h"

/*
 * Looks at every virtio disk. Swap is opened (swap_boot()), the file system's disk, or else the
 * RAM-disk module, is described to the fs-server and its interrupt and memory are given to it.
 */
void disks_boot(const struct boot_information *information, struct server *fs);
