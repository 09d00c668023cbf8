/* Durability and the end. */
#pragma once

#include "operation.h"

status request_sync(struct operation *operation);
status request_shutdown(struct operation *operation);
status request_statistics(struct operation *operation);
/* Starts a flush of the disk's cache for the operation; 0 when it is done. */
status sync_flush(struct operation *operation);
