/* Paging groups: calls to the process server, which may change them, and to the pager. */
#include "calls.h"
#include "result.h"

#include <paging_group.h>
#include <string.h>

int group_of(pid_t pid)
{
    return (int)word_or_errno(
        server_call(PROCESS_HANDLE, PROCESS_GROUP_OF, (uint64_t)pid, 0, 0, 0, 0, 0));
}

int group_set_policy(int group, const char *policy)
{
    return or_errno(server_call(PROCESS_HANDLE, PROCESS_GROUP_SET_POLICY, (uint64_t)group,
                                (uintptr_t)policy, strlen(policy), 0, 0, 0));
}

int group_set_limit(int group, size_t minimum, size_t limit)
{
    return or_errno(server_call(PROCESS_HANDLE, PROCESS_GROUP_SET_LIMIT, (uint64_t)group, minimum,
                                limit, 0, 0, 0));
}

int group_set_option(int group, enum group_option option, size_t pages)
{
    return or_errno(server_call(PROCESS_HANDLE, PROCESS_GROUP_SET_OPTION, (uint64_t)group,
                                (uint64_t)option, pages, 0, 0, 0));
}

int group_counters(int group, struct group_statistics *counters)
{
    /* Zero is the caller's group in this call, not the root group. */
    uint64_t id = group == 0 ? PAGER_ROOT_GROUP : (uint64_t)group;
    return or_errno(server_call(PAGER_HANDLE, PAGER_GROUP_STATISTICS, id, (uintptr_t)counters, 0, 0,
                                0, stack_pointer()));
}
