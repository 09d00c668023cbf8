/*
 * The pager's end of the fs rings: any number of calls, in the order of submission; more than
 * the ring holds wait in a queue here.
 *
 *      fs_submit --> waiting --> ring --> completion --> done()
 *                    (list)   (at most FS_RING_ENTRIES, found again by the cookie)
 *
 * Operations that carry a path, and those that return text, own a slot of the name area from
 * before the path is copied in until the result is read out. fs_slots_take() gives all that an
 * operation needs or none, so nobody holds one slot and waits for another.
 */
#pragma once

#include "wait.h"
#include <quire/fs_protocol.h>

struct fs_call {
    struct fs_request request; /* the cookie is the client's to fill */
    struct fs_completion completion;
    void (*done)(struct fs_call *call); /* from the event loop; the call is the caller's again */
    void *context;
    struct fs_call *next;
};

/* `area`: FS_AREA_BYTES, formatted here, shared with the fs-server. */
void fs_client_boot(void *area, uint32_t notification_of_fs);
/* Queues the call; never fails, never blocks. fs_client_flush() rings the doorbell once for many; the
   event loop calls it before it waits. */
void fs_submit(struct fs_call *call);
void fs_client_flush(void);
void fs_client_interrupt(void); /* PAGER_BIT_FS */
/* The fs-server is gone: what is in flight and what comes fails with -EIO. */
void fs_client_fail(void);
/* Calls wait for the flush that fails them. */
bool fs_client_failing(void);
/* True while calls are in flight or wait for the ring. */
bool fs_client_busy(void);

/* What the fs-server counts, in the shared area; NULL before boot. */
const volatile struct fs_counters *fs_counters(void);

/* A path in a slot is NUL-terminated: at most this many bytes. */
#define FS_PATH_MAX (FS_NAME_SLOT_BYTES - 1)

/* Takes `count` (1 or 2) slots. False: none taken, the waiter is queued. */
bool fs_slots_take(uint32_t count, uint16_t slots[], struct waiter *waiter);
void fs_slots_give(uint32_t count, const uint16_t slots[]);
char *fs_slot_memory(uint16_t slot);
