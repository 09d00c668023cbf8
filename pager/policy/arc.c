/*
 * ARC, the adaptive replacement cache: two LRU lists, of pages used once lately (recent) and more
 * often (frequent), and ghosts of what each let go. A refault on a ghost says which of the two
 * should have been longer, and moves the target for `recent`.
 *
 *      ghosts | recent  ->  MRU          target: how long `recent` should be
 *      ghosts | frequent -> MRU
 *
 * Here the victim goes before it is known which page comes, so a refault moves the target for the
 * next victim, where the paper moves it for this one; and the paper's tie-break for a page that
 * comes from the second ghost list cannot be made.
 *
 * Lists, ghosts and target are in arc_directory.h, for CAR has them too; here is what a use does, and
 * which page goes.
 *
 * Paper: Megiddo, Modha, ARC: a self-tuning, low overhead replacement cache, FAST 2003.
 * Parameters: none.
 * Sampling: a page at the end of a list whose Accessed bit is set counts as used now. So a use is
 * noticed late and its order among others is lost, as in CAR; pages that nobody asks for stay put.
 */
#include "arc_directory.h"

/* RECENT or FREQUENT. */
static uint8_t *place_of(struct policy_page *page)
{
    return POLICY_PRIVATE(uint8_t, page);
}

static struct policy_list *list_of(struct policy *policy, struct policy_page *page)
{
    return &directory_of(policy)->resident[*place_of(page)];
}

static void arc_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                       const struct policy_insert_info *info)
{
    (void)info;
    *place_of(page) = directory_insert(policy, page, why);
}

static void use(struct policy *policy, struct policy_page *page)
{
    struct policy_list *from = list_of(policy, page);
    *place_of(page) = FREQUENT;
    policy_list_move_back(from, list_of(policy, page), page);
}

static void arc_reference(struct policy *policy, struct policy_page *page,
                          enum policy_channel channel)
{
    (void)channel;
    use(policy, page);
}

static uint32_t arc_remove(struct policy *policy, struct policy_page *page,
                           enum policy_remove_why why)
{
    directory_remove(policy, page, *place_of(page), why);
    return 0;
}

/* The page to go next, at the front of its list; NULL: there is none. */
static struct policy_page *choose(struct policy *policy)
{
    struct arc_directory *directory = directory_of(policy);
    /* Each look that finds a use clears it, so that the loop ends. */
    for (;;) {
        size_t recent = directory->resident[RECENT].length;
        bool from_recent =
            recent > 0 && (recent > directory->target || directory->resident[FREQUENT].length == 0);
        struct policy_page *page = directory->resident[from_recent ? RECENT : FREQUENT].front;
        if (page == NULL || !policy_looked(policy, page))
            return page;
        use(policy, page);
    }
}

static size_t arc_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    return policy_choose_victims(policy, want, out, choose, list_of);
}

static void arc_outcome(struct policy *policy, struct policy_page *page, enum policy_outcome what)
{
    struct policy_list *list = list_of(policy, page);
    if (what == POLICY_RESCUED)
        use(policy, page);
    else if (what == POLICY_REJECTED || what == POLICY_DEFERRED)
        policy_list_move_back(list, list, page);
}

const struct policy_ops arc_policy = {
    .name = "arc",
    .paper = "Megiddo and Modha, ARC: a self-tuning, low overhead replacement cache, FAST 2003",
    .state_bytes = sizeof(struct arc_directory),
    .arena_bytes_fixed = DIRECTORY_BYTES_FIXED,
    .arena_bytes_per_frame = DIRECTORY_BYTES_PER_FRAME,
    .init = directory_init,
    .resize = directory_resize,
    .insert = arc_insert,
    .reference = arc_reference,
    .remove = arc_remove,
    .victims = arc_victims,
    .outcome = arc_outcome,
    .export = directory_export,
};
