/*
 * The policies of this build. A new one is one line here; its file is found by itself.
 */
#include "policy.h"

extern const struct policy_ops arc_policy, car_policy, clock_policy, fifo_policy, lfu_policy,
    lirs_policy, s3_fifo_policy, sieve_policy, two_queue_policy;

const struct policy_ops *const policy_table[] = {
    &clock_policy, &fifo_policy, &two_queue_policy, &lfu_policy,     &arc_policy,
    &car_policy,   &lirs_policy, &sieve_policy,     &s3_fifo_policy, NULL,
};
