/*
 * The pager's end of the fs rings. See fs_client.h.
 *
 * A cookie is the call's place in the table of calls in flight and a number that changes with
 * each use of the place, so that a completion that the fs-server makes up, or sends twice,
 * finds nothing.
 */
#include "fs_client.h"
#include "kernel_interface.h"
#include "services.h"

#include <quire/errno.h>
#include <quire/ring.h>
#include <quire/server_start.h>
#include <string.h>

_Static_assert(RING_BYTES(FS_RING_ENTRIES, sizeof(struct fs_request)) <= FS_AREA_COUNTERS,
               "the submission ring fits");
_Static_assert(RING_BYTES(FS_RING_ENTRIES, sizeof(struct fs_completion)) <=
                   FS_AREA_NAMES - FS_AREA_COMPLETION,
               "the completion ring fits");

struct place {
    struct fs_call *call;
    uint32_t use;
    uint16_t next_free;
};

#define NO_PLACE UINT16_MAX

static struct {
    uint8_t *area;
    struct ring submission, completion;
    uint32_t notification;
    bool gone;
    struct fs_call *first, *last; /* waiting for the ring */
    struct place places[FS_RING_ENTRIES];
    uint16_t free_place;
    uint32_t in_flight;

    uint64_t free_slots; /* bit i: slot i is free */
    struct wait_queue slot_waiters;
} client;

void fs_client_boot(void *area, uint32_t notification_of_fs)
{
    memset(&client, 0, sizeof client);
    client.area = area;
    client.notification = notification_of_fs;
    ring_format(client.area + FS_AREA_SUBMISSION, FS_RING_ENTRIES, sizeof(struct fs_request));
    ring_format(client.area + FS_AREA_COMPLETION, FS_RING_ENTRIES, sizeof(struct fs_completion));
    ring_attach(&client.submission, client.area + FS_AREA_SUBMISSION, FS_RING_ENTRIES,
                sizeof(struct fs_request));
    ring_attach(&client.completion, client.area + FS_AREA_COMPLETION, FS_RING_ENTRIES,
                sizeof(struct fs_completion));
    ring_prepare_sleep(&client.completion);
    for (uint16_t i = 0; i < FS_RING_ENTRIES; i++)
        client.places[i].next_free = i + 1 < FS_RING_ENTRIES ? i + 1 : NO_PLACE;
    client.free_place = 0;
    client.free_slots = UINT64_MAX >> (64 - FS_DIAGNOSIS_SLOT);
}

void fs_submit(struct fs_call *call)
{
    call->next = NULL;
    if (client.last != NULL)
        client.last->next = call;
    else
        client.first = call;
    client.last = call;
}

bool fs_client_failing(void)
{
    return client.gone && client.first != NULL;
}

bool fs_client_busy(void)
{
    return client.first != NULL || client.in_flight != 0;
}

static struct fs_call *waiting_take(void)
{
    struct fs_call *call = client.first;
    client.first = call->next;
    if (client.first == NULL)
        client.last = NULL;
    return call;
}

static void fail_call(struct fs_call *call)
{
    memset(&call->completion, 0, sizeof call->completion);
    call->completion.result = -EIO;
    call->done(call);
}

static SLOW_PATH void submit_waiting(void)
{
    if (client.gone) {
        /* Whoever hears of the failure may submit more: that is for the next flush. */
        struct fs_call *last = client.last;
        struct fs_call *call;
        do {
            call = waiting_take();
            fail_call(call);
        } while (call != last);
        return;
    }

    bool pushed = false;
    while (client.first != NULL && client.free_place != NO_PLACE) {
        uint16_t index = client.free_place;
        struct place *place = &client.places[index];
        struct fs_call *call = client.first;
        call->request.cookie = (uint64_t)place->use << 16 | index;
        if (!ring_push(&client.submission, &call->request))
            break;
        waiting_take();
        client.free_place = place->next_free;
        place->call = call;
        client.in_flight++;
        pushed = true;
    }
    if (pushed && ring_publish(&client.submission))
        sys_notify(client.notification, SERVER_BIT_RING);
}

void fs_client_flush(void)
{
    if (client.first != NULL)
        submit_waiting();
}

/* The call that a cookie names, taken out of the table; NULL: no such call. */
static struct fs_call *in_flight_take(uint64_t cookie)
{
    uint64_t index = cookie & UINT16_MAX;
    if (index >= FS_RING_ENTRIES)
        return NULL;
    struct place *place = &client.places[index];
    struct fs_call *call = place->call;
    if (call == NULL || place->use != cookie >> 16)
        return NULL;
    place->call = NULL;
    place->use++;
    place->next_free = client.free_place;
    client.free_place = (uint16_t)index;
    client.in_flight--;
    return call;
}

static void show_diagnosis(void)
{
    char text[160];
    memcpy(text, fs_slot_memory(FS_DIAGNOSIS_SLOT), sizeof text);
    text[sizeof text - 1] = '\0';
    text[strcspn(text, "\n")] = '\0';
    console_message("fs-server: %s", text);
}

static void drain_completions(void)
{
    struct fs_completion completion;
    while (ring_pop(&client.completion, &completion)) {
        if (completion.diagnosis == 1)
            show_diagnosis();
        struct fs_call *call = in_flight_take(completion.cookie);
        if (call == NULL) {
            console_message("fs-server completed a request that is not in flight");
            continue;
        }
        call->completion = completion;
        call->done(call);
    }
}

void fs_client_interrupt(void)
{
    do
        drain_completions();
    while (!ring_prepare_sleep(&client.completion));
}

void fs_client_fail(void)
{
    client.gone = true;
    for (uint32_t i = 0; i < FS_RING_ENTRIES; i++) {
        struct place *place = &client.places[i];
        if (place->call != NULL)
            fail_call(in_flight_take((uint64_t)place->use << 16 | i));
    }
}

/* ---------------------------------------------------------------- name slots */

bool fs_slots_take(uint32_t count, uint16_t slots[], struct waiter *waiter)
{
    if ((uint32_t)__builtin_popcountll(client.free_slots) < count) {
        wait_queue_add(&client.slot_waiters, waiter);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        slots[i] = (uint16_t)__builtin_ctzll(client.free_slots);
        client.free_slots &= client.free_slots - 1;
    }
    return true;
}

void fs_slots_give(uint32_t count, const uint16_t slots[])
{
    for (uint32_t i = 0; i < count; i++)
        client.free_slots |= 1ull << slots[i];
    if (client.slot_waiters.first != NULL)
        wait_queue_wake(&client.slot_waiters, 0);
}

char *fs_slot_memory(uint16_t slot)
{
    return (char *)client.area + FS_AREA_NAMES + (uint64_t)slot * FS_NAME_SLOT_BYTES;
}

const volatile struct fs_counters *fs_counters(void)
{
    return client.area != NULL ? (const void *)(client.area + FS_AREA_COUNTERS) : NULL;
}
