/* Which step answers which request. */
#include "data_path.h"
#include "directory.h"
#include "namespace.h"
#include "operation.h"
#include "reserve.h"
#include "symlink.h"
#include "sync.h"
#include "truncate.h"

static const struct {
    operation_step step;
    bool modifies; /* refused when read-only; waits while too much is dirty */
} requests[] = {
    [FS_READ_PAGE] = {request_read_page, false},
    [FS_WRITE_PAGE] = {request_write_page, true},
    [FS_RESERVE] = {request_reserve, true},
    [FS_SET_SIZE] = {request_set_size, true},
    [FS_LOOKUP] = {request_lookup, false},
    [FS_CREATE] = {request_create, true},
    [FS_UNLINK] = {request_unlink, true},
    [FS_RMDIR] = {request_rmdir, true},
    [FS_RENAME] = {request_rename, true},
    [FS_LINK] = {request_link, true},
    [FS_SYMLINK] = {request_symlink, true},
    [FS_READLINK] = {request_readlink, false},
    [FS_READ_DIRECTORY] = {request_read_directory, false},
    [FS_ATTRIBUTES] = {request_attributes, false},
    [FS_RELEASE] = {request_release, false},
    [FS_SYNC] = {request_sync, false},
    [FS_STATISTICS] = {request_statistics, false},
    [FS_SHUTDOWN] = {request_shutdown, false},
};

operation_step request_step(uint32_t number)
{
    return number < sizeof requests / sizeof requests[0] ? requests[number].step : NULL;
}

bool request_modifies(uint32_t number)
{
    return requests[number].modifies;
}
