/*
 * Capture: while init runs a test it wants to see what the console shows. Records are copied
 * to a buffer of init's, which is wired memory, so that the copy never waits.
 */
#include "address_space.h"
#include "console.h"
#include "dispatch.h"

#include <quire/errno.h>

static struct address_space *owner; /* NULL: no capture */
static uint64_t buffer, capacity, used;
static bool overflow, quiet;

bool capture_is_quiet(void)
{
    return owner != NULL && quiet;
}

void capture_record(const void *bytes, size_t length)
{
    if (owner == NULL || owner->dying)
        return;
    if (length > capacity - used) {
        overflow = true;
        length = capacity - used;
    }
    struct request request = {.space = owner};
    uint64_t progress = 0;
    if (length > 0 &&
        user_copy_out(&request, owner, buffer + used, bytes, length, 0, &progress) == COPY_DONE)
        used += length;
}

enum request_status capture_start_step(struct request *request)
{
    if (owner != NULL)
        return request_done(request, -EBUSY);
    owner = request->space;
    buffer = request->message.words[0];
    capacity = request->message.words[1];
    quiet = (request->message.words[2] & CAPTURE_QUIET) != 0;
    used = 0;
    overflow = false;
    return request_done(request, 0);
}

enum request_status capture_stop_step(struct request *request)
{
    if (owner == NULL)
        return request_done(request, -EINVAL);
    owner = NULL;
    request->value[0] = used;
    return request_done(request, overflow ? -EOVERFLOW : 0);
}
