/* memory: what the pager has, and what it is used for. */
#include "../../libsys/c/calls.h"

#include <quire/statistics.h>
#include <stdio.h>

int main(void)
{
    struct system_statistics system;
    struct group_statistics root;
    server_call(PAGER_HANDLE, PAGER_SYSTEM_STATISTICS, (uintptr_t)&system, 0, 0, 0, 0,
                stack_pointer());
    server_call(PAGER_HANDLE, PAGER_GROUP_STATISTICS, 0, (uintptr_t)&root, 0, 0, 0,
                stack_pointer());
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {
        {"frames", system.frames_total},
        {"free", system.frames_free},
        {"anonymous", system.frames_anonymous},
        {"page cache", system.frames_file},
        {"page tables", system.frames_table},
        {"kernel objects", system.frames_object},
        {"wired", system.frames_wired},
        {"metadata bytes a frame", system.metadata_bytes_per_frame},
        {"swap slots", system.swap_slots_total},
        {"swap slots used", system.swap_slots_used},
        {"address spaces", system.address_spaces},
        {"regions", system.regions},
        {"open files", system.open_files},
        {"page-ins of this group", root.page_ins},
        {"page-outs of this group", root.page_outs},
    };
    for (size_t index = 0; index < sizeof rows / sizeof *rows; index++)
        printf("%-24s %12lu\n", rows[index].what, (unsigned long)rows[index].count);
    printf("%-24s %12s\n", "policy", root.policy);
    return 0;
}
