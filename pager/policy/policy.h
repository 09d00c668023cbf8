/*
 * The page-replacement interface: the one header that a policy includes.
 *
 * A policy keeps the resident pages of one paging group in an order of its own and names
 * victims when the core asks. It never evicts, maps, reads or writes anything: naming a
 * page transfers nothing, and every page named has exactly one outcome. The same file is
 * compiled into the pager and into the simulator on the host, and given the same events it
 * makes the same choices: it sees virtual time only, and allocates only from its arena.
 *
 *      insert --> resident, in the policy's lists --> remove (EVICTED, UNMAPPED, ...)
 *                    |    ^
 *           victims  v    | outcome REJECTED, RESCUED
 *                   named-+--> DEFERRED (being cleaned) --> remove(EVICTED) or RESCUED
 *
 * Rules of the caller: insert and remove alternate for a page; the access that caused an
 * insert is never reported as a reference; hooks are never nested, but for policy_looked()
 * and the page accessors, which a policy may call inside any hook.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POLICY_PRIVATE_BYTES 8
#define POLICY_VICTIMS_MAX 32
#define POLICY_TICK_INTERVAL 256 /* virtual time between two ticks */
#define POLICY_TICK_BUDGET 64    /* list steps a tick */

/* A resident page as policies know it: two links for lists, and eight bytes of the policy's. A link
   is the distance to the other page, in units of POLICY_LINK_UNIT, 0: none; so half the bytes of
   pointers reach 16 GiB of pages, which is what a terabyte of memory has. */
struct policy_page {
    int32_t next, previous; /* policy_list_next(), policy_list_previous() */
    union {
        uint64_t word;
        uint32_t half[2];
        uint8_t byte[POLICY_PRIVATE_BYTES];
    } private_area;
};

#define POLICY_LINK_SHIFT 3
#define POLICY_LINK_UNIT (1u << POLICY_LINK_SHIFT)
_Static_assert(sizeof(struct policy_page) == 16, "of each frame, in the pager");

/* The policy's private view of a page, as a pointer; `type` is checked to fit at build time. */
#define POLICY_PRIVATE(type, page)        \
    ((type *)((page)->private_area.byte + \
              0 * sizeof(char[sizeof(type) <= POLICY_PRIVATE_BYTES ? 1 : -1])))

/* ---- lists with O(1) length; front is the next to go by convention of the policy */
struct policy_list {
    struct policy_page *front, *back;
    size_t length;
};

static inline int32_t policy_link(const struct policy_page *from, const struct policy_page *to)
{
    return (int32_t)((intptr_t)((uintptr_t)to - (uintptr_t)from) >> POLICY_LINK_SHIFT);
}

static inline struct policy_page *policy_linked(const struct policy_page *from, int32_t link)
{
    return (struct policy_page *)((uintptr_t)from + (uintptr_t)(intptr_t)link * POLICY_LINK_UNIT);
}

/* The neighbours of a page in its list; NULL: it is the last, the first. */
static inline struct policy_page *policy_list_next(const struct policy_page *page)
{
    return page->next != 0 ? policy_linked(page, page->next) : NULL;
}

static inline struct policy_page *policy_list_previous(const struct policy_page *page)
{
    return page->previous != 0 ? policy_linked(page, page->previous) : NULL;
}

static inline void policy_list_push_back(struct policy_list *list, struct policy_page *page)
{
    struct policy_page *back = list->back;
    page->next = page->previous = 0;
    if (back != NULL) {
        int32_t link = policy_link(back, page);
        back->next = link;
        page->previous = -link;
    } else {
        list->front = page;
    }
    list->back = page;
    list->length++;
}

static inline void policy_list_push_front(struct policy_list *list, struct policy_page *page)
{
    struct policy_page *front = list->front;
    page->next = page->previous = 0;
    if (front != NULL) {
        int32_t link = policy_link(front, page);
        front->previous = link;
        page->next = -link;
    } else {
        list->back = page;
    }
    list->front = page;
    list->length++;
}

static inline void policy_list_remove(struct policy_list *list, struct policy_page *page)
{
    int32_t next = page->next, previous = page->previous;
    if (next != 0 && previous != 0) {
        /* From one neighbour to the other it is as far as over the page between them. */
        policy_linked(page, previous)->next = next - previous;
        policy_linked(page, next)->previous = previous - next;
    } else if (next != 0) {
        list->front = policy_linked(page, next);
        list->front->previous = 0;
    } else if (previous != 0) {
        list->back = policy_linked(page, previous);
        list->back->next = 0;
    } else {
        list->front = list->back = NULL;
    }
    page->next = page->previous = 0;
    list->length--;
}

static inline void policy_list_move_back(struct policy_list *from, struct policy_list *to,
                                         struct policy_page *page)
{
    policy_list_remove(from, page);
    policy_list_push_back(to, page);
}

/* Names up to `want` pages from the front of a list, and leaves them there. */
static inline size_t policy_list_name(const struct policy_list *list, size_t want,
                                      struct policy_page **out)
{
    size_t count = 0;
    for (struct policy_page *page = list->front; page != NULL && count < want;
         page = policy_list_next(page))
        out[count++] = page;
    return count;
}

/* The whole of the export hook for a policy whose pages are in `count` lists: the lists one after
   the other, coldest list first, each from front to back. */
static inline size_t policy_export_lists(struct policy_list *const *lists, size_t count,
                                         uint64_t *cursor, struct policy_page **out, size_t max)
{
    struct policy_page *last = (struct policy_page *)*cursor;
    size_t exported = 0;
    for (; exported < max; out[exported++] = last) {
        size_t list = 0;
        if (last != NULL && last->next != 0) {
            last = policy_list_next(last);
            continue;
        }
        /* Between two lists: after the one that ends here, the next that is not empty. */
        if (last != NULL) {
            while (list < count && lists[list]->back != last)
                list++;
            list++;
        }
        while (list < count && lists[list]->front == NULL)
            list++;
        if (list >= count)
            break;
        last = lists[list]->front;
    }
    *cursor = (uint64_t)last;
    return exported;
}

/* ---- what hooks are told */
enum policy_insert_why {
    POLICY_DEMAND,
    POLICY_REFAULT,
    POLICY_READAHEAD,
    POLICY_COW_COPY,
    POLICY_ADOPT,
};
enum policy_remove_why {
    POLICY_EVICTED,
    POLICY_UNMAPPED,
    POLICY_TRUNCATED,
    POLICY_EXITED,
    POLICY_MOVED,
    POLICY_ABANDONED,
};
/* How a use of a resident page was seen. The hardware shows only that there was one since the last
   look: policy_looked() answers that, and no hook is called for it. SOFT and IO are single accesses,
   in order. A simulator with exact references delivers every hit as IO if the policy has the hook,
   and then keeps no Accessed bit for it. */
enum policy_channel { POLICY_SCAN, POLICY_SOFT, POLICY_IO };
enum policy_outcome {
    POLICY_REJECTED,
    POLICY_DEFERRED,
    POLICY_RESCUED,
    POLICY_READAHEAD_USED,
    POLICY_READAHEAD_WASTED,
};
enum policy_kind { POLICY_ANONYMOUS, POLICY_PRIVATE_FILE, POLICY_SHARED_FILE, POLICY_TEXT };

struct policy_insert_info {
    uint64_t refault_distance; /* REFAULT: evictions of the group since this page's; else 0 */
    uint32_t cookie;           /* what remove(EVICTED) returned for it; 0: none */
    uint32_t region;           /* identity of the region faulted in, 0: none (read or write call) */
    uint32_t rank;             /* ADOPT: 0 coldest, counting up */
    uint8_t advice;            /* MADV_* of the region */
    bool write;
};

struct policy_page_info {
    uint64_t object, index; /* identity: stable while the object lives */
    uint64_t age;           /* virtual time since insert */
    uint32_t mappings;
    uint8_t kind; /* enum policy_kind */
    uint8_t advice;
    bool dirty; /* as far as the core knows without a look at the hardware */
};

struct policy;

struct policy_parameter {
    const char *name;
    int64_t value;
};

struct policy_ops {
    const char *name;
    const char *paper;  /* where the algorithm comes from */
    size_t state_bytes; /* struct policy::state, zeroed before init */
    size_t arena_bytes_fixed;
    size_t arena_bytes_per_frame;              /* times policy->arena_frames: ghosts and tables */
    const struct policy_parameter *parameters; /* names and defaults, ends with a NULL name */

    void (*init)(struct policy *policy);
    void (*fini)(struct policy *policy);
    /* Before it the core sets capacity, and, if the arena was too small, moves state and arena:
       they hold the old contents, the arena zeroes behind them, and arena_frames is the new size. It
       never shrinks. No pointer into state or arena may be kept there. Without memory for a larger
       one the capacity stays what it was. */
    void (*resize)(struct policy *policy, size_t capacity);
    bool (*parameter)(struct policy *policy, const char *name,
                      int64_t value); /* false: bad value */
    void (*insert)(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                   const struct policy_insert_info *info);
    void (*reference)(struct policy *policy, struct policy_page *page, enum policy_channel channel);
    uint32_t (*remove)(struct policy *policy, struct policy_page *page, enum policy_remove_why why);
    size_t (*victims)(struct policy *policy, size_t want, struct policy_page **out);
    void (*outcome)(struct policy *policy, struct policy_page *page, enum policy_outcome what);
    void (*tick)(struct policy *policy, size_t budget);
    size_t (*prefetch)(struct policy *policy, struct policy_page *fault, int64_t *index_offsets,
                       size_t max);
    size_t (*clean)(struct policy *policy, size_t want, struct policy_page **out);
    size_t (*export)(struct policy *policy, uint64_t *cursor, struct policy_page **out, size_t max);
    int (*explain)(struct policy *policy, struct policy_page *page, char *text, size_t bytes);
};

/* For instances that the pager's core does not know (the simulator's): who answers what a policy may
   ask. */
struct policy_services {
    bool (*looked)(struct policy *policy, struct policy_page *page);
    void (*information)(struct policy *policy, const struct policy_page *page,
                        struct policy_page_info *info);
};

/* An instance. The core fills it; a policy reads all of it and writes state and arena. */
struct policy {
    const struct policy_ops *ops;
    size_t capacity; /* frames */
    void *state;     /* ops->state_bytes */
    uint8_t *arena;  /* zeroed before init */
    size_t arena_bytes;
    size_t arena_frames;   /* that the arena is sized for: the most that capacity ever was */
    uint64_t virtual_time; /* references seen and faults */
    uint64_t seed;
    void *core, *task;                      /* not the policy's business */
    const struct policy_services *services; /* NULL: the core itself */
};

/* The core's side of the two questions below. */
bool policy_core_looked(struct policy *policy, struct policy_page *page);
void policy_core_page_information(struct policy *policy, const struct policy_page *page,
                                  struct policy_page_info *info);

/* Tests and clears the Accessed bit of the page over all its mappings. Callable in victims
   and tick; a second look in the same call sees the first one's clear. */
static inline bool policy_looked(struct policy *policy, struct policy_page *page)
{
    if (policy->services != NULL)
        return policy->services->looked(policy, page);
    return policy_core_looked(policy, page);
}

static inline void policy_page_information(struct policy *policy, const struct policy_page *page,
                                           struct policy_page_info *info)
{
    if (policy->services != NULL)
        policy->services->information(policy, page, info);
    else
        policy_core_page_information(policy, page, info);
}

/* The identity of a page in one number, to recognise it when it comes back. Two pages share one
   with a probability of 2^-64. */
static inline uint64_t policy_page_tag(struct policy *policy, const struct policy_page *page)
{
    struct policy_page_info info;
    policy_page_information(policy, page, &info);
    uint64_t tag = info.object * 0x9e3779b97f4a7c15ull ^ info.index;
    tag = (tag ^ tag >> 32) * 0xd6e8feb86659fd93ull;
    tag = (tag ^ tag >> 32) * 0xd6e8feb86659fd93ull;
    return tag ^ tag >> 32;
}

/* As far as the core knows without a look at the hardware. */
static inline bool policy_page_is_dirty(struct policy *policy, const struct policy_page *page)
{
    struct policy_page_info info;
    policy_page_information(policy, page, &info);
    return info.dirty;
}

/* Most of the victims hook for a policy with lists: `choose` finds the page to go next (NULL: there
   is none), `list_of` the list that it is in. A page named is out of its list while the next one is
   chosen. Then all go back, for they are named, not gone: to the fronts, in the order chosen. */
static inline size_t policy_choose_victims(struct policy *policy, size_t want,
                                           struct policy_page **out,
                                           struct policy_page *(*choose)(struct policy *policy),
                                           struct policy_list *(*list_of)(struct policy *policy,
                                                                          struct policy_page *page))
{
    size_t count = 0;
    struct policy_page *page;
    while (count < want && (page = choose(policy)) != NULL) {
        policy_list_remove(list_of(policy, page), page);
        out[count++] = page;
    }
    for (size_t i = count; i-- > 0;)
        policy_list_push_front(list_of(policy, out[i]), out[i]);
    return count;
}

/* The table of policies (policies.c), ended by NULL; the first is the default. */
extern const struct policy_ops *const policy_table[];
