/*
 * A kernel for unit tests: frames with types, real x86-64 page tables in host_ram, page
 * operations with the kernel's rules (kernel/frame_table.h), objects as bare handles.
 *
 * It defines system_call_plain() and system_call_message(), host_ram and host_page_array. A
 * program's access is fake_touch(): it walks the tables and sets Accessed and Dirty as the
 * hardware does.
 */
#pragma once

#include <quire/system_call.h>
#include <stdbool.h>
#include <stdint.h>

/* Makes a machine with that much RAM (its first MiB is missing, the second is the pager's own) and
   runs memory_boot(). A module of module_bytes lies at 2 MiB. */
void fake_kernel_boot(uint64_t ram_bytes, uint64_t module_bytes);
void fake_kernel_end(void);
/* The boot information that memory_boot() got. */
const struct boot_information *fake_boot_information(void);

/* false: a page fault (nothing mapped, or a write to a read-only page). Sets Accessed and Dirty. */
bool fake_touch(uint32_t task, uint64_t address, bool write);
/* The frame that the task sees at the address, as host memory; NULL: not mapped. */
void *fake_memory(uint32_t task, uint64_t address);
/* The hardware entry in the form of abi.h; 0: none. */
uint64_t fake_entry(uint32_t task, uint64_t address);
/* What the kernel does with a FAULT_MAP reply. */
int fake_reply_map(uint32_t task, uint64_t address, uint64_t page, const uint64_t tables[3]);

enum frame_type fake_frame_type(uint64_t physical);
/* Mappings of a frame that are counted. */
uint32_t fake_frame_count(uint64_t physical);
/* Verifies the frame-table invariant over all tasks; fails the test if it is broken. */
void fake_check(void);

/* What happened since boot. */
struct fake_counters {
    uint64_t map_calls, unmap_calls, protect_calls, operations, splits;
};
extern struct fake_counters fake_counters;
/* The last message replied with SYS_REPLY or SYS_REPLY_AND_WAIT. */
/* Who answers SYS_CALL; NULL: nobody. */
extern int64_t (*fake_call)(struct message *message);
extern struct message fake_last_reply;
extern uint64_t fake_last_reply_token;
/* The time that CLOCK_READ gives. */
extern uint64_t fake_clock;
