/*
 * Adaptive against the policies that it has to keep up with, on reference strings of every kind: close
 * to the best of them, whichever that is, with exact references and with Accessed bits only.
 */
#include "host_test.h"
#include "policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 20000
#define REFERENCES 300000

struct page {
    struct policy_page policy; /* first */
    bool resident, evicted, bit;
    uint32_t cookie;
    uint64_t evicted_at;
};

static struct page pages[PAGES];
static uint32_t references[REFERENCES];

bool policy_core_looked(struct policy *policy, struct policy_page *page)
{
    struct page *known = (struct page *)page;
    bool bit = known->bit;
    known->bit = false;
    policy->virtual_time += bit;
    return bit;
}

void policy_core_page_information(struct policy *policy, const struct policy_page *page,
                                  struct policy_page_info *info)
{
    (void)policy;
    *info = (struct policy_page_info){.object = 1,
                                      .index = (uint64_t)((const struct page *)page - pages)};
}

static const struct policy_ops *policy_named(const char *name)
{
    size_t i = 0;
    while (strcmp(policy_table[i]->name, name) != 0)
        i++;
    return policy_table[i];
}

static uint64_t misses_of(const char *name, size_t capacity, bool by_bit)
{
    const struct policy_ops *ops = policy_named(name);
    struct policy policy = {.ops = ops, .capacity = capacity, .arena_frames = capacity};
    policy.arena_bytes = ops->arena_bytes_fixed + ops->arena_bytes_per_frame * capacity;
    policy.state = calloc(1, ops->state_bytes);
    policy.arena = calloc(1, policy.arena_bytes + 1);
    memset(pages, 0, sizeof pages);
    ops->init(&policy);
    size_t resident = 0;
    uint64_t misses = 0, evictions = 0, next_tick = 0;
    for (size_t i = 0; i < REFERENCES; i++) {
        struct page *page = &pages[references[i]];
        if (page->resident && by_bit) {
            page->bit = true;
        } else if (page->resident && ops->reference == NULL) {
            page->bit = true;
        } else if (page->resident) {
            policy.virtual_time++;
            ops->reference(&policy, &page->policy, POLICY_IO);
        }
        if (page->resident)
            continue;
        misses++;
        struct policy_page *victim;
        if (resident == capacity) {
            assert_int_equal(ops->victims(&policy, 1, &victim), 1);
            struct page *gone = (struct page *)victim;
            gone->cookie = ops->remove(&policy, victim, POLICY_EVICTED);
            gone->evicted_at = evictions++;
            gone->evicted = true;
            gone->resident = false;
            resident--;
        }
        struct policy_insert_info info = {0};
        if (page->evicted) {
            info.cookie = page->cookie;
            info.refault_distance = evictions - page->evicted_at;
        }
        bool evicted = page->evicted;
        *page = (struct page){.resident = true};
        policy.virtual_time++;
        ops->insert(&policy, &page->policy, evicted ? POLICY_REFAULT : POLICY_DEMAND, &info);
        resident++;
        if (ops->tick != NULL && policy.virtual_time >= next_tick) {
            next_tick = policy.virtual_time + 256;
            ops->tick(&policy, 64);
        }
    }
    free(policy.state);
    free(policy.arena);
    return misses;
}

/* Not above the best of the six by more than so many percent, seen exactly and by bits. */
static void stays_close(size_t capacity, uint64_t percent, uint64_t percent_by_bit)
{
    static const char *const rivals[] = {"fifo", "clock", "sieve", "s3-fifo", "arc", "lirs"};
    for (int by_bit = 0; by_bit < 2; by_bit++) {
        uint64_t best = UINT64_MAX, adaptive = misses_of("adaptive", capacity, by_bit);
        for (size_t i = 0; i < sizeof rivals / sizeof *rivals; i++) {
            uint64_t misses = misses_of(rivals[i], capacity, by_bit);
            best = misses < best ? misses : best;
        }
        print_message("%zu frames: %lu misses, the best rival %lu\n", capacity, adaptive, best);
        assert_true(best > capacity);
        assert_true(adaptive * 100 <= best * (100 + (by_bit ? percent_by_bit : percent)));
    }
}

static void on_a_loop(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFERENCES; i++)
        references[i] = (uint32_t)(i % 1500);
    stays_close(1000, 1, 1);
}

static void on_a_scan_with_a_hot_set(void **state)
{
    (void)state;
    srand(1);
    for (size_t i = 0; i < REFERENCES; i++)
        references[i] = i % 4 ? (uint32_t)rand() % 800 : (uint32_t)(1000 + i / 4 % 15000);
    stays_close(1000, 2, 2);
}

static void on_a_working_set_that_moves(void **state)
{
    (void)state;
    srand(2);
    for (size_t i = 0; i < REFERENCES; i++) {
        uint32_t here = (uint32_t)(i / 20000 * 1000);
        references[i] = (here + (uint32_t)rand() % 1000 * (uint32_t)(rand() % 1000) / 800) % PAGES;
    }
    stays_close(1000, 2, 3);
}

static void on_skewed_references(void **state)
{
    (void)state;
    srand(3);
    for (size_t i = 0; i < REFERENCES; i++) {
        uint64_t a = (uint64_t)rand() % 8000, b = (uint64_t)rand() % 8000;
        references[i] = (uint32_t)(a * b / 8000);
    }
    stays_close(1000, 2, 2);
}

static void on_a_window_that_drifts(void **state)
{
    (void)state;
    srand(4);
    for (size_t i = 0; i < REFERENCES; i++)
        references[i] = (uint32_t)(i / 30 + (size_t)rand() % 900);
    stays_close(1000, 2, 4);
}

/* Skew and loops in turn: it has to change, and to change back. */
static void on_phases_of_two_kinds(void **state)
{
    (void)state;
    srand(5);
    for (size_t i = 0; i < REFERENCES; i++) {
        uint64_t a = (uint64_t)rand() % 4000, b = (uint64_t)rand() % 4000;
        references[i] = i / 30000 % 2 ? (uint32_t)(8000 + i % 1300) : (uint32_t)(a * b / 4000);
    }
    stays_close(1000, 2, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_loop),
        cmocka_unit_test(on_a_scan_with_a_hot_set),
        cmocka_unit_test(on_a_working_set_that_moves),
        cmocka_unit_test(on_skewed_references),
        cmocka_unit_test(on_a_window_that_drifts),
        cmocka_unit_test(on_phases_of_two_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
