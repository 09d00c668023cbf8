/* Threads of programs beyond the first, and waiting at an address: see thread.c, address_wait.c. */
#pragma once

#include "request.h"

struct address_space;

/* None runs any more, the first included; their requests under way are to end without a reply. */
void threads_stop(struct address_space *space);
/* The further ones are gone, and the first is as in a new process. None runs. */
void threads_release(struct address_space *space);

/* Wakes everyone who waits at an address of the space. For a space that is stopped. */
void address_waits_forget(struct address_space *space);
/* Ends the waits whose time has come, and sees to being called for the next. */
void address_waits_expire(uint64_t now);

enum request_status thread_create_step(struct request *request);
enum request_status thread_exit_step(struct request *request);
enum request_status thread_wait_step(struct request *request);
enum request_status address_wait_step(struct request *request);
enum request_status address_wake_step(struct request *request);
