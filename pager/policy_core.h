/*
 * The policy core: instances, and the only place that calls hooks. Private to groups and
 * eviction.
 */
#pragma once

#include "memory.h"

struct group;

/* Parses "name [name=value]...". */
struct policy_request {
    const struct policy_ops *ops;
    const char *parameters; /* after the name, not yet checked */
    size_t length;
};

/* -ENOENT: no such policy. */
int32_t policy_parse(const char *text, size_t length, struct policy_request *request);
/* Makes an instance for the group, which takes effect when it is copied into group->policy.
   -ENOMEM; -EINVAL: a parameter that it does not know, or a bad value. */
int32_t policy_create(struct group *group, const struct policy_request *request,
                      struct policy *instance);
void policy_destroy(struct policy *instance);

/* The hooks, accounted. */
void policy_insert(struct group *group, struct page *page, enum policy_insert_why why,
                   const struct policy_insert_info *info);
uint32_t policy_remove(struct group *group, struct page *page, enum policy_remove_why why);
void policy_reference(struct group *group, struct page *page, enum policy_channel channel);
void policy_outcome(struct group *group, struct page *page, enum policy_outcome what);
size_t policy_victims(struct group *group, size_t want, struct page **out);
size_t policy_clean(struct group *group, size_t want, struct page **out);
void policy_tick(struct group *group, size_t budget);
void policy_resize(struct group *group);

/* Live change of a group's policy (policy_switch.c): residency goes over, coldest first. */
int32_t policy_switch(struct group *group, const struct policy_request *request);
/* All pages of the group into the policy of another (the group ends). */
void policy_move_pages(struct group *from, struct group *to);
