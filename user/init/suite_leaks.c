/* What a test leaves behind: the pager's counts before and after. */
#include "init.h"
#include "suite.h"

void suite_measure(struct system_statistics *statistics)
{
    pager_call(SYSTEM_DROP_CACHE, 0, 0, 0, 0, 0, 0);
    pager_call(PAGER_SYSTEM_STATISTICS, (uintptr_t)statistics, 0, 0, 0, 0, 0);
}

struct counted {
    const char *what;
    size_t offset;
};

#define COUNTED(member)                                     \
    {                                                       \
#member, offsetof(struct system_statistics, member) \
    }

static const struct counted counted[] = {
    COUNTED(frames_free),       COUNTED(frames_anonymous), COUNTED(frames_file),
    COUNTED(frames_table),      COUNTED(frames_object),    COUNTED(frames_wired),
    COUNTED(swap_slots_used),   COUNTED(open_files),       COUNTED(file_objects),
    COUNTED(address_spaces),    COUNTED(regions),          COUNTED(groups),
    COUNTED(anonymous_entries), COUNTED(extra_mappings),   COUNTED(parked),
};

static uint64_t value(const struct system_statistics *statistics, const struct counted *which)
{
    return *(const uint64_t *)((const uint8_t *)statistics + which->offset);
}

bool suite_nothing_leaked(const char *name, const struct system_statistics *before,
                          const struct system_statistics *after)
{
    bool equal = true;
    for (size_t index = 0; index < sizeof counted / sizeof *counted; index++) {
        uint64_t was = value(before, &counted[index]), is = value(after, &counted[index]);
        if (was != is) {
            print("# %s: %s was %lu and is %lu\n", name, counted[index].what, (unsigned long)was,
                  (unsigned long)is);
            equal = false;
        }
    }
    return equal;
}
