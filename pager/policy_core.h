/*
 * The policy core: instances, and the only place that calls hooks. Private to groups and
 * eviction.
 */
#pragma once

#include "memory.h"
#include "policy_protocol.h"

struct group;

/* The longest text that names a policy with its parameters. */
#define POLICY_TEXT_BYTES 1024

/* Parses "name [name=value]...". */
struct policy_request {
    const struct policy_ops *ops;
    const char *parameters; /* after the name, not yet checked */
    size_t length;
    bool in_task; /* the instance runs in a task of its own */
};

/* Whether instances run in tasks of their own where nothing else is said. */
extern bool policy_task_default;
/* "name=value..." without a policy's name before it. */
bool policy_text_is_parameters(const char *text, size_t length);
/* -ENOENT: no such policy. */
int32_t policy_parse(const char *text, size_t length, struct policy_request *request);
/* Makes an instance for the group, which takes effect when it is copied into group->policy.
   -ENOMEM; -EINVAL: a parameter that it does not know, or a bad value. */
int32_t policy_create(struct group *group, const struct policy_request *request,
                      struct policy *instance);
void policy_destroy(struct group *group, struct policy *instance);
/* New values for "name=value..." in the group's instance, live. -EINVAL: those before the bad one hold. */
int32_t policy_parameters(struct group *group, const char *text, size_t length);

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
/* The next at most POLICY_EXPORT_MAX; out may hold anything. */
size_t policy_export(struct group *group, uint64_t *cursor, struct page **out);

/* What a policy may ask (policy/policy.h); a frame that is not one of its pages is answered too. */
bool policy_look(struct group *group, struct policy *policy, uint32_t frame);
bool policy_peek(const struct group *group, uint32_t frame); /* what a look would say */
void policy_know(const struct group *group, uint32_t frame, struct policy_known *known);
/* The policy was told: for the trace. */
void policy_record_known(const struct group *group, const struct policy_known *known);

/* Live change of a group's policy (policy_switch.c): residency goes over, coldest first. */
int32_t policy_switch(struct group *group, const struct policy_request *request);
/* All pages of the group into the policy of another (the group ends). */
void policy_move_pages(struct group *from, struct group *to);
/* "name [name=value]..." of a request; returns its length. */
size_t policy_request_text(const struct policy_request *request, char *text, size_t capacity);
