/*
 * The policies of this build. A new one is one line here; its file is found by itself.
 */
#include "policy.h"

extern const struct policy_ops clock_policy, fifo_policy;

const struct policy_ops *const policy_table[] = {
    &clock_policy,
    &fifo_policy,
    NULL,
};
