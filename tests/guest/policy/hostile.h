/*
 * What the hostile policies share: FIFO, until they are guilty.
 */
#pragma once

#include "policy/policy.h"

void hostile_begin(struct policy *policy);
void hostile_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                    const struct policy_insert_info *info);
uint32_t hostile_forget(struct policy *policy, struct policy_page *page,
                        enum policy_remove_why why);
size_t hostile_oldest(struct policy *policy, size_t want, struct policy_page **out);
bool hostile_guilty(struct policy *policy);

struct hostile {
    struct policy_list list;
    uint64_t inserts;
};

#define HOSTILE_OPS(text, hook_victims)                                              \
    {                                                                                \
        .name = text, .state_bytes = sizeof(struct hostile), .init = hostile_begin,  \
        .insert = hostile_insert, .remove = hostile_forget, .victims = hook_victims, \
    }
