/*
 * The policies of this build. A new one is one line here; its file is found by itself.
 */
#include "policy.h"

extern const struct policy_ops adaptive_policy, arc_policy, car_policy, clock_policy,
    clock_pro_policy, enhanced_clock_policy, fifo_policy, lfu_policy, lirs_policy, lru_2_policy,
    lru_aging_policy, mglru_policy, random_policy, s3_fifo_policy, sieve_policy, two_queue_policy,
    w_tinylfu_policy, wsclock_policy;

const struct policy_ops *const policy_table[] = {
    &clock_policy,
    &fifo_policy,
    &random_policy,
    &lru_aging_policy,
    &enhanced_clock_policy,
    &wsclock_policy,
    &two_queue_policy,
    &lru_2_policy,
    &lfu_policy,
    &arc_policy,
    &car_policy,
    &clock_pro_policy,
    &lirs_policy,
    &sieve_policy,
    &s3_fifo_policy,
    &w_tinylfu_policy,
    &mglru_policy,
    &adaptive_policy,
    NULL,
};
