/*
 * Private to the event loop: receiving requests, and the steps of calls that services
 * implement. Memory calls are in address_space.h.
 */
#pragma once

#include "request.h"

struct address_space;

/* ---- request.c */
/* The request to receive into; NULL: no memory, take no message now. */
struct request *request_spare(void);
/* The spare was started and parked: it lives on by itself. */
void request_keep(void);
/* Initialises all but the message, and counts the request in its space. */
void request_start(struct request *request, struct address_space *space);
/* Uncounts it: the end of a request whose memory stays the spare's. */
void request_end(struct request *request);
/* Runs the step, or abandons the request of a dying space. True: done. */
bool request_step(struct request *request);
/* Turns the message received into the reply, in place. */
void request_make_reply(struct request *request);
/* The kernel refused the reply. */
void request_reply_failed(struct request *request, int64_t status);
uint64_t requests_parked(void);
/* Those of a dying space that wait for something that others bring about, a read for instance, end at
   once; those with a request of their own at the fs-server end with that. */
void requests_cancel(struct address_space *space);

/* The queries `int $0x42`, 0x43 and 0x44: two bytes of instruction to skip. */
#define EXCEPTION_QUERY_BYTES 2

/* ---- dispatch.c: sets request->step; false: `result` is the answer already. */
bool dispatch_select(struct request *request);

/* ---- exception.c */
enum request_status exception_step(struct request *request);

/* ---- event_loop.c */
_Noreturn void event_loop_run(void);
/* Waits for notifications only, until `finished` says so, and handles them. For boot and shutdown. */
void event_loop_until(bool (*finished)(void *context), void *context);

/* ---- file_read.c, file_write.c, file_calls.c */
enum request_status file_read_step(struct request *request);
enum request_status file_write_step(struct request *request);
enum request_status file_close_step(struct request *request);
enum request_status file_seek_step(struct request *request);
enum request_status file_stat_step(struct request *request);
enum request_status file_truncate_step(struct request *request);
enum request_status file_sync_step(struct request *request);
enum request_status file_duplicate_step(struct request *request);
enum request_status file_read_directory_step(struct request *request);

/* ---- path_calls.c, path_open.c, directory_calls.c */
enum request_status path_open_step(struct request *request);
enum request_status path_stat_step(struct request *request);
enum request_status path_create_step(struct request *request);
enum request_status path_make_directory_step(struct request *request);
enum request_status path_unlink_step(struct request *request);
enum request_status path_remove_directory_step(struct request *request);
enum request_status path_rename_step(struct request *request);
enum request_status path_link_step(struct request *request);
enum request_status path_symlink_step(struct request *request);
enum request_status path_readlink_step(struct request *request);
enum request_status path_change_directory_step(struct request *request);
enum request_status process_set_directory_step(struct request *request);
enum request_status current_directory_step(struct request *request);

/* ---- statistics.c */
enum request_status disk_counts_step(struct request *request);
enum request_status system_statistics_step(struct request *request);
enum request_status group_statistics_step(struct request *request);

/* ---- process_calls.c, process_memory.c, death.c */
enum request_status process_create_step(struct request *request);
enum request_status process_fork_step(struct request *request);
enum request_status process_reset_step(struct request *request);
enum request_status process_map_segment_step(struct request *request);
enum request_status process_map_stack_step(struct request *request);
enum request_status process_read_step(struct request *request);
enum request_status process_write_step(struct request *request);
enum request_status process_destroy_step(struct request *request);
enum request_status process_executes_step(struct request *request);
enum request_status process_set_group_step(struct request *request);
enum request_status process_next_death_step(struct request *request);
enum request_status notify_deaths_step(struct request *request);

/* ---- group_calls.c */
enum request_status group_create_step(struct request *request);
enum request_status group_destroy_step(struct request *request);
enum request_status group_set_limit_step(struct request *request);
enum request_status group_set_policy_step(struct request *request);
enum request_status group_set_option_step(struct request *request);

/* ---- trace_output.c */
enum request_status trace_read_step(struct request *request);

/* ---- capture.c, option.c, shutdown.c */
enum request_status capture_start_step(struct request *request);
enum request_status capture_stop_step(struct request *request);
enum request_status system_option_step(struct request *request);
enum request_status drop_cache_step(struct request *request);
enum request_status shutdown_step(struct request *request);
enum request_status power_off_step(struct request *request);

/* Ends a step with a result. */
static inline enum request_status request_done(struct request *request, int32_t result)
{
    request->result = result;
    return REQUEST_DONE;
}
