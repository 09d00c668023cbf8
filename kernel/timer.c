/*
 * Notification timers: a leftist heap, ordered by deadline, its nodes inside the notifications.
 * Setting, cancelling and expiring one are O(log n), with no memory but the nodes.
 *
 * Leftist: the rank of a node is the length of its rightmost path, the left child's rank is
 * never smaller than the right child's, so a right path has at most log2(n) nodes.
 */
#include "handle.h"
#include "scheduler.h"

/* Timers raised by one interrupt; the rest follows at once with the next. */
#define EXPIRE_MAX 16

typedef struct notification *timer_node;

static uint32_t rank(timer_node node)
{
    return node != NULL ? node->timer_rank : 0;
}

/* Restores leftist order at a node. Whether its rank changed. */
static bool update_rank(timer_node node)
{
    if (rank(node->timer_left) < rank(node->timer_right)) {
        timer_node left = node->timer_left;
        node->timer_left = node->timer_right;
        node->timer_right = left;
    }
    uint32_t old = node->timer_rank;
    node->timer_rank = rank(node->timer_right) + 1;
    return node->timer_rank != old;
}

/* Merges two heaps along their right paths; the root's parent is left to the caller. */
static timer_node merge(timer_node a, timer_node b)
{
    timer_node root = NULL, last = NULL;
    while (a != NULL && b != NULL) {
        if (b->deadline < a->deadline) {
            timer_node swap = a;
            a = b;
            b = swap;
        }
        /* a is next on the merged right path */
        a->timer_parent = last;
        if (last != NULL)
            last->timer_right = a;
        else
            root = a;
        last = a;
        a = a->timer_right;
    }
    timer_node rest = a != NULL ? a : b;
    if (last == NULL)
        return rest;
    last->timer_right = rest;
    if (rest != NULL)
        rest->timer_parent = last;
    for (timer_node node = last; node != NULL; node = node->timer_parent)
        update_rank(node);
    return root;
}

static void heap_insert(struct scheduler *scheduler, timer_node node)
{
    node->timer_left = node->timer_right = node->timer_parent = NULL;
    node->timer_rank = 1;
    scheduler->timers = merge(scheduler->timers, node);
    scheduler->timers->timer_parent = NULL;
}

static void heap_remove(struct scheduler *scheduler, timer_node node)
{
    timer_node parent = node->timer_parent;
    timer_node below = merge(node->timer_left, node->timer_right);
    if (below != NULL)
        below->timer_parent = parent;
    if (parent == NULL)
        scheduler->timers = below;
    else if (parent->timer_left == node)
        parent->timer_left = below;
    else
        parent->timer_right = below;
    /* Up while ranks change: they grow on the way up, so that is O(log n) nodes. */
    while (parent != NULL && update_rank(parent))
        parent = parent->timer_parent;
    node->deadline = 0;
}

void timer_set(struct notification *notification, uint64_t deadline, uint64_t bits)
{
    struct scheduler *scheduler = this_scheduler();
    if (notification->deadline != 0)
        heap_remove(scheduler, notification);
    notification->timer_bits = bits;
    notification->deadline = deadline;
    if (deadline != 0)
        heap_insert(scheduler, notification);
    scheduler_arm_timer();
}

void timer_expire(uint64_t now)
{
    struct scheduler *scheduler = this_scheduler();
    for (unsigned i = 0; i < EXPIRE_MAX; i++) {
        timer_node first = scheduler->timers;
        if (first == NULL || first->deadline > now)
            return;
        heap_remove(scheduler, first);
        notification_raise(first, first->timer_bits);
    }
}

/* ---------------------------------------------------------------- SYS_CLOCK */

void system_clock(struct thread *thread)
{
    struct thread_registers *registers = &thread->context.registers;
    struct handle_slot *slot;
    int status;
    switch (registers->rdi) {
    case CLOCK_READ:
        registers->rdx = machine_nanoseconds();
        status = KERNEL_OK;
        break;
    case CLOCK_ARM:
        status =
            handle_find(thread->task, registers->rsi, OBJECT_NOTIFICATION, RIGHT_RECEIVE, &slot);
        if (status == KERNEL_OK)
            timer_set((struct notification *)slot->object, registers->r8, registers->rdx);
        break;
    default: status = ERROR_ARGUMENT; break;
    }
    thread_set_status(thread, status);
}
