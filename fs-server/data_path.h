/* File pages between the disk and the pager's frames. */
#pragma once

#include "operation.h"

status request_read_page(struct operation *operation);
status request_write_page(struct operation *operation);
