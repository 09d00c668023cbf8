/*
 * What read, write and the other calls on a descriptor have in common.
 *
 * The open file is held from the first run of the step to its end: another thread may close
 * the descriptor meanwhile.
 */
#pragma once

#include "descriptor.h"
#include "file_object.h"
#include "request.h"

/* Where a step keeps things between its runs. scratch[0..3] belong to the console's steps. */
#define CALL_OPEN_FILE scratch[7]
#define CALL_OFFSET scratch[5] /* of the first byte */
#define CALL_ON_CONSOLE scratch[6]

/* Bytes moved before others get a turn: 64 pages. */
#define CALL_PIECE_PAGES 64u

static inline struct open_file *call_open_file(const struct request *request)
{
    return (struct open_file *)(uintptr_t)request->CALL_OPEN_FILE;
}

/* A call that began on the console stays there, whatever becomes of the descriptor. */
static inline bool call_is_console(struct request *request, bool console)
{
    if (console && request->CALL_OPEN_FILE == 0)
        request->CALL_ON_CONSOLE = 1;
    return request->CALL_ON_CONSOLE != 0;
}

/* The open file of word 0, held by the call; NULL: *status is the step's result (-EBADF). */
struct open_file *call_begin(struct request *request);
/* Releases all that the call holds; sets the result. */
enum request_status call_end(struct request *request, int32_t result);

/* One write at a time to a file. False: parked. */
bool call_take_writer(struct request *request, struct file_object *file);
