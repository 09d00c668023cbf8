/*
 * What a run cost: the counters of its group and of the disks, from the program's start to its
 * end, as a table to read (the option `table`) or as JSON (`table=json`), after its last line.
 */
#include "init.h"

#include <quire/statistics.h>
#include <quire/system_call.h>
#include <string.h>

#define MILLISECOND 1000000u

struct reading {
    struct group_statistics group;
    struct system_statistics system;
    uint64_t nanoseconds;
};

static struct reading before;
static uint32_t group_id;

static void read_counters(struct reading *reading)
{
    uint64_t group = group_id != 0 ? group_id : PAGER_ROOT_GROUP;
    pager_call(PAGER_GROUP_STATISTICS, group, (uintptr_t)&reading->group, 0, 0, 0, 0);
    pager_call(PAGER_SYSTEM_STATISTICS, (uintptr_t)&reading->system, 0, 0, 0, 0, 0);
    reading->nanoseconds = sys_clock_read();
}

void result_table_start(uint32_t group)
{
    group_id = group;
    read_counters(&before);
}

enum part { GROUP, SYSTEM };

struct row {
    const char *name; /* in JSON; NULL: the label is a heading */
    const char *label;
    enum part part;
    size_t offset;
};

#define GROUP_ROW(label, member)                                         \
    {                                                                    \
#member, label, GROUP, offsetof(struct group_statistics, member) \
    }
#define SYSTEM_ROW(label, member)                                          \
    {                                                                      \
#member, label, SYSTEM, offsetof(struct system_statistics, member) \
    }
#define HEADING(label)        \
    {                         \
        NULL, label, GROUP, 0 \
    }

static const struct row rows[] = {
    HEADING("what programs did"),
    GROUP_ROW("faults", faults),
    GROUP_ROW("  filled with zeros", faults_zero_fill),
    GROUP_ROW("  page of a file in memory", faults_file_hit),
    GROUP_ROW("  page of a file read", faults_file_read),
    GROUP_ROW("  page read from swap", faults_swap_read),
    GROUP_ROW("  copies on write", faults_cow),
    GROUP_ROW("  anonymous page in memory", faults_in_cache),
    GROUP_ROW("file pages mapped along", mapped_around),
    GROUP_ROW("  write to a clean page", faults_protection),
    GROUP_ROW("  waited for another's read", faults_joined),
    GROUP_ROW("  grew the stack", faults_stack),
    GROUP_ROW("references seen", references),
    HEADING("what went"),
    GROUP_ROW("evictions, clean", evictions_clean),
    GROUP_ROW("evictions, dirty", evictions_dirty),
    GROUP_ROW("  of zeros, not written", zero_evictions),
    GROUP_ROW("refaults", refaults),
    GROUP_ROW("victims used meanwhile", rescued),
    GROUP_ROW("victims refused", rejected),
    GROUP_ROW("victims the core had to pick", core_picked),
    GROUP_ROW("policies taken out", contained),
    HEADING("pages moved"),
    GROUP_ROW("page-ins", page_ins),
    GROUP_ROW("  from swap", swap_ins),
    GROUP_ROW("  from files", file_ins),
    GROUP_ROW("page-outs", page_outs),
    GROUP_ROW("  to swap", swap_outs),
    GROUP_ROW("  to files", file_outs),
    GROUP_ROW("read ahead and used", read_ahead_used),
    GROUP_ROW("read ahead and wasted", read_ahead_wasted),
    GROUP_ROW("huge pages now", large_pages),
    GROUP_ROW("  made", faults_large),
    GROUP_ROW("  wanted in vain", large_fallbacks),
    GROUP_ROW("  split", large_splits),
    HEADING("I/O of the whole system, in sectors"),
    SYSTEM_ROW("files read", sectors_read),
    SYSTEM_ROW("files written", sectors_written),
    SYSTEM_ROW("swap read", swap_sectors_read),
    SYSTEM_ROW("swap written", swap_sectors_written),
    {"disk_requests", "requests for files", SYSTEM,
     offsetof(struct system_statistics, disk.requests)},
    {"swap_requests", "requests for swap", SYSTEM,
     offsetof(struct system_statistics, swap.requests)},
    HEADING("the policy's work"),
    GROUP_ROW("looks at Accessed bits", scans),
    GROUP_ROW("calls of hooks", policy_calls),
    GROUP_ROW("ticks in hooks", policy_ticks),
    GROUP_ROW("virtual time", virtual_time),
};

static uint64_t counter(const struct reading *reading, const struct row *row)
{
    const void *part = row->part == GROUP ? (const void *)&reading->group : &reading->system;
    return *(const uint64_t *)(const void *)((const uint8_t *)part + row->offset);
}

static uint64_t ratio(uint64_t value, uint64_t by)
{
    return by != 0 ? value / by : 0;
}

/* How much of the time a disk was busy, and how many requests it had meanwhile. */
struct load {
    unsigned long busy_permille, depth_tenths;
};

static struct load load_of(const struct reading *now, const struct disk_activity *end,
                           const struct disk_activity *begin)
{
    uint64_t busy = end->busy_ticks - begin->busy_ticks;
    uint64_t ticks = now->system.time_stamp - before.system.time_stamp;
    return (struct load){ratio(busy * 1000, ticks),
                         ratio((end->in_flight_ticks - begin->in_flight_ticks) * 10, busy)};
}

static void print_tenths(const char *label, unsigned long tenths)
{
    print("  %-34s %12lu.%lu\n", label, tenths / 10, tenths % 10);
}

static void print_loads(const struct reading *now)
{
    struct load files = load_of(now, &now->system.disk, &before.system.disk);
    struct load swap = load_of(now, &now->system.swap, &before.system.swap);
    print("the disks' time\n");
    print_tenths("files: busy, percent", files.busy_permille);
    print_tenths("  in flight while busy", files.depth_tenths);
    print_tenths("swap: busy, percent", swap.busy_permille);
    print_tenths("  in flight while busy", swap.depth_tenths);
}

static void print_load_json(const char *disk, struct load load)
{
    print(", \"%s_busy_percent\": %lu.%lu, \"%s_in_flight\": %lu.%lu", disk,
          load.busy_permille / 10, load.busy_permille % 10, disk, load.depth_tenths / 10,
          load.depth_tenths % 10);
}

static void print_text(const struct reading *now, uint64_t ticks_a_fault)
{
    const struct group_statistics *group = &now->group;
    const char *task = group->policy_in_task ? " in a task of its own" : "";
    if (group->limit == UINT64_MAX)
        print("\npolicy %s%s, no limit, at most %lu frames resident\n", group->policy, task,
              (unsigned long)group->resident_peak);
    else
        print("\npolicy %s%s, %lu frames, at most %lu resident\n", group->policy, task,
              (unsigned long)group->limit, (unsigned long)group->resident_peak);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].name == NULL)
            print("%s\n", rows[i].label);
        else
            print("  %-34s %14lu\n", rows[i].label,
                  (unsigned long)(counter(now, &rows[i]) - counter(&before, &rows[i])));
    }
    print("  %-34s %14lu\n", "ticks in hooks a fault", (unsigned long)ticks_a_fault);
    print_loads(now);
    print("%-36s %14lu\n", "milliseconds",
          (unsigned long)((now->nanoseconds - before.nanoseconds) / MILLISECOND));
    if (group->evictions_clean + group->evictions_dirty ==
        before.group.evictions_clean + before.group.evictions_dirty)
        print("This run never paged: nothing was evicted.\n");
}

static void print_json(const struct reading *now, uint64_t ticks_a_fault)
{
    const struct group_statistics *group = &now->group;
    print("{\"policy\": \"%s\", \"policy_in_task\": %s, \"frames\": %lu, \"resident_peak\": %lu",
          group->policy, group->policy_in_task ? "true" : "false",
          (unsigned long)(group->limit == UINT64_MAX ? 0 : group->limit),
          (unsigned long)group->resident_peak);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].name != NULL)
            print(", \"%s\": %lu", rows[i].name,
                  (unsigned long)(counter(now, &rows[i]) - counter(&before, &rows[i])));
    }
    print_load_json("disk", load_of(now, &now->system.disk, &before.system.disk));
    print_load_json("swap", load_of(now, &now->system.swap, &before.system.swap));
    print(", \"policy_ticks_per_fault\": %lu, \"nanoseconds\": %lu}\n",
          (unsigned long)ticks_a_fault, (unsigned long)(now->nanoseconds - before.nanoseconds));
}

void result_table_end(void)
{
    char form[8];
    struct reading now;
    if (!option_given("table"))
        return;
    read_counters(&now);
    uint64_t ticks_a_fault = ratio(now.group.policy_ticks - before.group.policy_ticks,
                                   now.group.faults - before.group.faults);
    if (option_value("table", form, sizeof form) && strcmp(form, "json") == 0)
        print_json(&now, ticks_a_fault);
    else
        print_text(&now, ticks_a_fault);
}
