/* Requests that look up, make and remove names. */
#pragma once

#include "operation.h"

status request_lookup(struct operation *operation);
status request_create(struct operation *operation);
status request_unlink(struct operation *operation);
status request_rmdir(struct operation *operation);
status request_link(struct operation *operation);
status request_rename(struct operation *operation);
status request_attributes(struct operation *operation);
status request_release(struct operation *operation);
