/*
 * The memory that policy code writes. See policy_memory.h.
 */
#include "policy_memory.h"
#include "containment.h"
#include "policy_task.h"
#include "wired_map.h"

#include <quire/server.h>

static uint64_t key_bits;

uint64_t policy_key_bits(const struct boot_information *information)
{
    key_bits = information->cpu_features & BOOT_CPU_PROTECTION_KEYS
                   ? (uint64_t)POLICY_KEY << PAGE_KEY_SHIFT
                   : 0;
    return key_bits;
}

/* ---------------------------------------------------------------- stack and desk */

#ifdef QUIRE_HOST

struct policy_desk host_policy_desk;

/* Hooks stay on the caller's stack: the sanitizers know no other. */
void policy_memory_boot(void)
{
}

#else

/* Two bits for each key: no access, no writes. Key 0 is read, POLICY_KEY is written. */
#define NO_WRITES(key) (2u << 2 * (key))
#define NO_ACCESS(key) (1u << 2 * (key))
#define POLICY_RIGHTS ((0x55555555u & ~NO_ACCESS(0) & ~NO_ACCESS(POLICY_KEY)) | NO_WRITES(0))

void policy_memory_boot(void)
{
    const uint64_t bytes = POLICY_STACK_BYTES + PAGE_SIZE;
    uint64_t physical = frames_allocate_wired(bytes >> PAGE_SHIFT, PAGE_SIZE);
    if (physical == 0 || !wired_map(BOOT_HANDLE_TASK, POLICY_AREA + PAGE_SIZE, physical, bytes,
                                    PAGE_WRITE | key_bits))
        server_panic("pager: no memory for the stack of policies");
    hook_guard.policy_stack = POLICY_AREA + PAGE_SIZE + POLICY_STACK_BYTES;
    if (key_bits == 0)
        return;
    hook_full_rights();
    hook_guard.policy_rights = POLICY_RIGHTS;
}

#endif

/* ---------------------------------------------------------------- instances */

static uint64_t bytes_of(const struct policy *policy)
{
    uint64_t bytes = policy_arena_offset(policy->ops) + policy->arena_bytes;
    return (bytes + PAGE_SIZE - 1) & PAGE_MASK;
}

static uint64_t physical_of(const struct policy *policy)
{
    return key_bits != 0 ? (uintptr_t)policy->state - POLICY_WINDOW
                         : (uint64_t)((const uint8_t *)policy->state - (const uint8_t *)window(0));
}

bool policy_allocate_memory(struct policy *policy, size_t frames)
{
    const struct policy_ops *ops = policy->ops;
    policy->arena_frames = frames;
    policy->arena_bytes = policy_arena_bytes(ops, frames);
    uint64_t bytes = bytes_of(policy);
    if (bytes == 0)
        return true;
    uint64_t physical = frames_allocate_wired(bytes >> PAGE_SHIFT, PAGE_SIZE);
    if (physical == 0)
        return false;
    uint8_t *memory = window(physical);
    if (key_bits != 0) {
        memory = (uint8_t *)(uintptr_t)(POLICY_WINDOW + physical);
        if (!wired_map(BOOT_HANDLE_TASK, (uintptr_t)memory, physical, bytes,
                       PAGE_WRITE | key_bits)) {
            frames_free_wired(physical, bytes >> PAGE_SHIFT);
            return false;
        }
    }
    policy->state = memory;
    policy->arena = memory + policy_arena_offset(ops);
    return true;
}

void policy_free_memory(struct policy *policy)
{
    if (policy->task != NULL)
        policy_task_destroy(policy->task);
    policy->task = NULL;
    if (policy->state != NULL) {
        uint64_t physical = physical_of(policy), bytes = bytes_of(policy);
        if (key_bits != 0)
            wired_unmap(BOOT_HANDLE_TASK, (uintptr_t)policy->state, bytes);
        frames_free_wired(physical, bytes >> PAGE_SHIFT);
    }
    policy->state = NULL;
}
