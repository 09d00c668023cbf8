/*
 * CAR, clock with adaptive replacement: ARC with two clocks in the place of two LRU lists. It
 * needs nothing but a bit a page when a page is used, as paging hardware has it.
 *
 *      ghosts | recent:   the hand gives referenced pages to `frequent`
 *      ghosts | frequent: the hand gives referenced pages another round
 *
 * The target for `recent` moves as in ARC, here for the next victim instead of this one: lists,
 * ghosts and target are in arc_directory.h.
 *
 * Paper: Bansal, Modha, CAR: clock with adaptive replacement, FAST 2004.
 * Parameters: none.
 * Sampling: nothing is lost. The algorithm is made of Accessed bits.
 */
#include "arc_directory.h"

struct car_page {
    uint8_t place;
    bool referenced; /* by an access that the hardware does not show */
};

static struct car_page *private_of(struct policy_page *page)
{
    return POLICY_PRIVATE(struct car_page, page);
}

static struct policy_list *clock_of(struct policy *policy, struct policy_page *page)
{
    return &directory_of(policy)->resident[private_of(page)->place];
}

static void car_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                       const struct policy_insert_info *info)
{
    (void)info;
    private_of(page)->place = directory_insert(policy, page, why);
}

static void car_reference(struct policy *policy, struct policy_page *page,
                          enum policy_channel channel)
{
    (void)policy, (void)channel;
    private_of(page)->referenced = true;
}

static uint32_t car_remove(struct policy *policy, struct policy_page *page,
                           enum policy_remove_why why)
{
    directory_remove(policy, page, private_of(page)->place, why);
    return 0;
}

/* The page to go next, under a hand; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct arc_directory *directory = directory_of(policy);
    for (;;) {
        size_t recent = directory->resident[RECENT].length;
        bool from_recent = recent > 0 && (recent >= greater(directory->target, 1) ||
                                          directory->resident[FREQUENT].length == 0);
        struct policy_list *clock = &directory->resident[from_recent ? RECENT : FREQUENT];
        struct policy_page *page = clock->front;
        if (page == NULL)
            return NULL;
        if (!policy_looked(policy, page) && !private_of(page)->referenced)
            return page;
        *private_of(page) = (struct car_page){.place = FREQUENT};
        policy_list_move_back(clock, &directory->resident[FREQUENT], page);
    }
}

static size_t car_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    return policy_choose_victims(policy, want, out, choose, clock_of);
}

static void car_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        private_of(page)->referenced = true;
    if (what == POLICY_REJECTED || what == POLICY_DEFERRED || what == POLICY_RESCUED)
        policy_list_move_back(clock_of(policy, page), clock_of(policy, page), page);
}

const struct policy_ops car_policy = {
    .name = "car",
    .paper = "Bansal and Modha, CAR: clock with adaptive replacement, FAST 2004",
    .state_bytes = sizeof(struct arc_directory),
    .arena_bytes_fixed = DIRECTORY_BYTES_FIXED,
    .arena_bytes_per_frame = DIRECTORY_BYTES_PER_FRAME,
    .init = directory_init,
    .resize = directory_resize,
    .insert = car_insert,
    .reference = car_reference,
    .remove = car_remove,
    .victims = car_victims,
    .outcome = car_outcome,
    .export = directory_export,
};
