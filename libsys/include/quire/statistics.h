/*
 * What the pager counts. struct statistics_page is mapped read-only at
 * STATISTICS_ADDRESS in every program; the structures are also copied out by
 * PAGER_SYSTEM_STATISTICS and PAGER_GROUP_STATISTICS. All counters are since boot (or
 * since the group's creation) and never wrap.
 */
#pragma once

#include <stdint.h>

#define STATISTICS_ADDRESS 0x0000007ffffff000ull /* one page, just under the programs' limit */

/* A disk since boot, in ticks of the time-stamp counter (block_device.h). */
struct disk_activity {
    uint64_t requests;
    uint64_t busy_ticks;      /* with any request in flight */
    uint64_t in_flight_ticks; /* sum over requests: by busy_ticks it is the mean queue depth */
};

/* How many of each thing exist now. Equal before and after a program: nothing leaked. */
struct system_statistics {
    uint64_t frames_total; /* frames the pager manages */
    uint64_t frames_free;
    uint64_t frames_anonymous; /* in anonymous objects */
    uint64_t frames_file;      /* page cache, mapped or not */
    uint64_t frames_table;     /* donated as page tables */
    uint64_t frames_object;    /* donated as kernel objects */
    uint64_t frames_wired;     /* servers, the pager's own metadata */
    uint64_t swap_slots_total, swap_slots_used;
    uint64_t open_files;   /* open file descriptions */
    uint64_t file_objects; /* inodes the page cache knows */
    uint64_t address_spaces, regions, groups;
    uint64_t anonymous_entries, extra_mappings; /* metadata objects in use */
    uint64_t parked;                            /* operations that wait for something */
    uint64_t sectors_read, sectors_written;     /* file-system disk */
    uint64_t swap_sectors_read, swap_sectors_written;
    uint64_t metadata_bytes_per_frame; /* the pager's tables; the kernel has 8 more */
    uint64_t time_stamp;               /* when these were taken, in ticks */
    struct disk_activity disk, swap;
};

struct group_statistics {
    uint32_t group;
    uint32_t processes;
    uint64_t minimum, limit, resident, resident_peak;
    uint64_t read_ahead, fault_around; /* options, in pages; 0: off */
    uint64_t faults;                   /* of programs; some are of several of these kinds in turn */
    uint64_t faults_zero_fill, faults_file_hit, faults_file_read, faults_swap_read, faults_cow,
        faults_protection, faults_stack, faults_joined, faults_in_cache;
    uint64_t mapped_around; /* file pages that were mapped along with one that faulted */
    uint64_t evictions_clean, evictions_dirty;
    uint64_t refaults, rescued, rejected, core_picked; /* victims: see the policy interface */
    uint64_t page_ins, page_outs;                      /* pages, from and to any disk */
    uint64_t swap_ins, swap_outs, file_ins, file_outs, zero_evictions;
    uint64_t read_ahead_used, read_ahead_wasted;
    uint64_t scans;                      /* looks at Accessed bits */
    uint64_t policy_calls, policy_ticks; /* time-stamp ticks spent in policy code */
    uint64_t references, virtual_time;
    uint64_t faults_large, large_fallbacks; /* where MADV_HUGEPAGE was said: 2 MiB mapped, or not */
    uint64_t large_pages, large_splits;     /* mapped now; and made into small ones */
    uint64_t contained;                     /* policies that were taken out of service */
    uint64_t policy_in_task;                /* 1: in a task of its own, 0: in the pager */
    char policy[32];
};

struct statistics_page {
    uint64_t version; /* odd while being updated */
    struct system_statistics system;
    struct group_statistics root;
};
