/*
 * The memory that policy code writes: instances' states and arenas, the policies' stack, and the
 * desk, where the core and a hook exchange what does not fit registers. With struct policy_page
 * (page.h) that is all of it.
 *
 * Where the CPU has protection keys all of it has POLICY_KEY, and everything else has key 0, which
 * policy code may only read. An instance's frames are in the RAM window too, with key 0; so they
 * are mapped a second time, at POLICY_WINDOW + physical address. Without keys the window does.
 */
#pragma once

#include "memory.h"
#include "policy_protocol.h"

struct boot_information;

#define POLICY_KEY 1u
#define POLICY_WINDOW 0x0000300000000000ull
/* A page that is not mapped, the stack, the desk. */
#define POLICY_AREA 0x00002f0000000000ull
#define POLICY_STACK_BYTES (16 * PAGE_SIZE)

/* The core trusts nothing that it finds here after a hook. */
struct policy_desk {
    struct policy policy; /* as of an event, while events are delivered */
    struct policy_page *pages[POLICY_EXPORT_MAX];
    int64_t index_offsets[POLICY_VICTIMS_MAX];
    uint64_t cursor;
};
_Static_assert(sizeof(struct policy_desk) <= PAGE_SIZE, "a page is mapped for it");

#ifdef QUIRE_HOST
extern struct policy_desk host_policy_desk;
#define POLICY_DESK (&host_policy_desk)
#else
#define POLICY_DESK \
    ((struct policy_desk *)(uintptr_t)(POLICY_AREA + PAGE_SIZE + POLICY_STACK_BYTES))
#endif

/* Before the first policy: the stack, the desk, and the rights of hooks. */
void policy_memory_boot(void);
/* What a page's descriptor (abi.h) has more if policies write it. */
uint64_t policy_key_bits(const struct boot_information *information);

/* State and arena of an instance for `frames` frames, zeroed: the state first, the arena on a cache
   line. false: no memory; policy->arena_frames and arena_bytes may have changed. */
bool policy_allocate_memory(struct policy *policy, size_t frames);
/* state and arena only; no hook is called. */
void policy_free_memory(struct policy *policy);
