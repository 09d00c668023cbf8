/*
 * Which step answers which operation, and who may ask for it.
 */
#include "dispatch.h"
#include "address_space.h"
#include "thread.h"

#include <quire/errno.h>

enum privilege { NOBODY = 0, ANYONE, INIT };

static const struct operation {
    enum request_status (*step)(struct request *request);
    enum privilege privilege;
} operations[] = {
    [PAGER_MAP] = {memory_map_step, ANYONE},
    [PAGER_UNMAP] = {memory_unmap_step, ANYONE},
    [PAGER_UNMAP_WHOLE] = {memory_unmap_whole_step, ANYONE},
    [PAGER_PROTECT] = {memory_protect_step, ANYONE},
    [PAGER_ADVISE] = {memory_advise_step, ANYONE},
    [PAGER_SYNC] = {memory_sync_step, ANYONE},
    [PAGER_RESIDENT] = {memory_resident_step, ANYONE},
    [PAGER_LOCK] = {memory_lock_step, ANYONE},
    [PAGER_UNLOCK] = {memory_unlock_step, ANYONE},
    [PAGER_REMAP] = {memory_remap_step, ANYONE},
    [PAGER_BREAK] = {memory_break_step, ANYONE},
    [PAGER_PHYSICAL] = {memory_physical_step, ANYONE},

    [PAGER_THREAD_CREATE] = {thread_create_step, ANYONE},
    [PAGER_THREAD_EXIT] = {thread_exit_step, ANYONE},
    [PAGER_THREAD_WAIT] = {thread_wait_step, ANYONE},
    [PAGER_WAIT_ADDRESS] = {address_wait_step, ANYONE},
    [PAGER_WAKE_ADDRESS] = {address_wake_step, ANYONE},

    [PAGER_OPEN] = {path_open_step, ANYONE},
    [PAGER_CLOSE] = {file_close_step, ANYONE},
    [PAGER_READ] = {file_read_step, ANYONE},
    [PAGER_WRITE] = {file_write_step, ANYONE},
    [PAGER_SEEK] = {file_seek_step, ANYONE},
    [PAGER_STAT_FD] = {file_stat_step, ANYONE},
    [PAGER_STAT] = {path_stat_step, ANYONE},
    [PAGER_TRUNCATE] = {file_truncate_step, ANYONE},
    [PAGER_SYNC_FD] = {file_sync_step, ANYONE},
    [PAGER_DUPLICATE] = {file_duplicate_step, ANYONE},
    [PAGER_CREATE] = {path_create_step, ANYONE},
    [PAGER_UNLINK] = {path_unlink_step, ANYONE},
    [PAGER_MKDIR] = {path_make_directory_step, ANYONE},
    [PAGER_RMDIR] = {path_remove_directory_step, ANYONE},
    [PAGER_RENAME] = {path_rename_step, ANYONE},
    [PAGER_LINK] = {path_link_step, ANYONE},
    [PAGER_SYMLINK] = {path_symlink_step, ANYONE},
    [PAGER_READLINK] = {path_readlink_step, ANYONE},
    [PAGER_READ_DIRECTORY] = {file_read_directory_step, ANYONE},
    [PAGER_CHDIR] = {path_change_directory_step, ANYONE},
    [PAGER_GETCWD] = {current_directory_step, ANYONE},
    [PAGER_DISK_COUNTS] = {disk_counts_step, ANYONE},

    [PAGER_SYSTEM_STATISTICS] = {system_statistics_step, ANYONE},
    [PAGER_GROUP_STATISTICS] = {group_statistics_step, ANYONE},

    [PROCESS_CREATE] = {process_create_step, INIT},
    [PROCESS_FORK] = {process_fork_step, INIT},
    [PROCESS_RESET] = {process_reset_step, INIT},
    [PROCESS_MAP_SEGMENT] = {process_map_segment_step, INIT},
    [PROCESS_MAP_STACK] = {process_map_stack_step, INIT},
    [PROCESS_READ] = {process_read_step, INIT},
    [PROCESS_WRITE] = {process_write_step, INIT},
    [PROCESS_DESTROY] = {process_destroy_step, INIT},
    [PROCESS_NEXT_DEATH] = {process_next_death_step, INIT},
    [PROCESS_EXECUTES] = {process_executes_step, INIT},
    [PROCESS_SET_GROUP] = {process_set_group_step, INIT},
    [PROCESS_SET_DIRECTORY] = {process_set_directory_step, INIT},

    [GROUP_CREATE] = {group_create_step, INIT},
    [GROUP_DESTROY] = {group_destroy_step, INIT},
    [GROUP_SET_LIMIT] = {group_set_limit_step, INIT},
    [GROUP_SET_POLICY] = {group_set_policy_step, INIT},
    [GROUP_SET_OPTION] = {group_set_option_step, INIT},

    [TRACE_READ] = {trace_read_step, INIT},
    [CAPTURE_START] = {capture_start_step, INIT},
    [CAPTURE_STOP] = {capture_stop_step, INIT},
    [SYSTEM_DROP_CACHE] = {drop_cache_step, INIT},
    [SYSTEM_SHUTDOWN] = {shutdown_step, INIT},
    [SYSTEM_POWER_OFF] = {power_off_step, INIT},
    [SYSTEM_NOTIFY_DEATHS] = {notify_deaths_step, INIT},
    [SYSTEM_OPTION] = {system_option_step, INIT},
};

bool dispatch_select(struct request *request)
{
    switch (TAG_KIND(request->message.tag)) {
    case MESSAGE_FAULT: request->step = fault_step; return true;
    case MESSAGE_EXCEPTION: request->step = exception_step; return true;
    default: break;
    }

    uint32_t number = TAG_LABEL(request->message.tag) & ~PAGER_STRICT_POINTERS;
    if (number >= sizeof operations / sizeof operations[0] ||
        operations[number].privilege == NOBODY) {
        request->result = -ENOSYS;
        return false;
    }
    if (operations[number].privilege == INIT && !request->space->is_init) {
        request->result = -EPERM;
        return false;
    }
    request->step = operations[number].step;
    return true;
}
