/*
 * What the pager's services stand on, faked for their unit tests: slabs and frames from the
 * host's heap, the kernel's notifications counted, user memory as host memory.
 */
#pragma once

#include "address_space.h"
#include "memory.h"

#include "host_test.h"

/* Forgets everything; each test begins with it (setup function). */
int services_reset(void **state);
/* Fails the test if memory is still in use (teardown function). */
int services_check_leaks(void **state);

extern uint64_t slab_objects_in_use, wired_frames_in_use;
/* Allocations that still succeed; -1: all. */
extern int64_t allocations_left;
extern unsigned notifications_sent;
extern char last_message[512]; /* of console_message() */
extern unsigned messages;
/* user_copy parks at the first touch of each page while this is set. */
extern bool copies_park;
extern uint64_t bad_address; /* user_copy faults there */

/* A request of `space` whose step is run by hand; resumed counts its wake-ups. */
struct test_request {
    struct request request; /* first */
    unsigned resumed;
};
void test_request_start(struct test_request *test, struct address_space *space);
