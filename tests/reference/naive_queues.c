/* Models of FIFO, Clock, SIEVE, random, 2Q and S3-FIFO. */
#include "naive.h"

#include <string.h>

static struct row queue;
static bool used_by_call[NAIVE_PAGES];

static void queue_begin(void)
{
    queue.count = 0;
    memset(used_by_call, 0, sizeof used_by_call);
}

static void queue_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)why, (void)distance;
    used_by_call[page] = false;
    row_append(&queue, page);
}

static void queue_reference(int page)
{
    used_by_call[page] = true;
}

static void queue_remove(int page, enum policy_remove_why why)
{
    (void)why;
    row_drop(&queue, page);
}

static bool used(int page)
{
    bool by_call = used_by_call[page];
    used_by_call[page] = false;
    return naive_looked(page) || by_call;
}

static void rescued_is_used(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        used_by_call[page] = true;
}

/* ---- FIFO */

static size_t fifo_victims(size_t want, int *out)
{
    size_t count = 0;
    while (count < want && count < (size_t)queue.count) {
        out[count] = queue.page[count];
        count++;
    }
    return count;
}

static void fifo_outcome(int page, enum policy_outcome what)
{
    if (naive_stays(what))
        row_to_end(&queue, page);
}

const struct naive_model naive_fifo = {"fifo",       queue_begin,  NULL,         queue_insert, NULL,
                                       queue_remove, fifo_victims, fifo_outcome, NULL};

/* ---- Clock: at most twice around */

static bool is_named(int page, const int *out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (out[i] == page)
            return true;
    }
    return false;
}

static size_t clock_victims(size_t want, int *out)
{
    size_t count = 0;
    for (int step = 2 * queue.count; step > 0 && count < want; step--) {
        int page = row_take(&queue, 0);
        row_append(&queue, page);
        if (!is_named(page, out, count) && !used(page))
            out[count++] = page;
    }
    return count;
}

const struct naive_model naive_clock = {"clock",       queue_begin,     NULL,
                                        queue_insert,  queue_reference, queue_remove,
                                        clock_victims, rescued_is_used, NULL};

/* ---- SIEVE: the hand is an index; beyond the newest it begins anew */

static int hand;

static void sieve_begin(void)
{
    queue_begin();
    hand = -1; /* nowhere: at the oldest */
}

static void sieve_remove(int page, enum policy_remove_why why)
{
    int index = row_find(&queue, page);
    queue_remove(page, why);
    if (index < hand)
        hand--;
    if (hand >= queue.count)
        hand = -1;
}

static size_t sieve_victims(size_t want, int *out)
{
    size_t count = 0;
    for (int step = 2 * queue.count; step > 0 && count < want; step--) {
        int page = queue.page[hand < 0 ? 0 : hand];
        hand = hand < 0 ? 1 : hand + 1;
        if (hand >= queue.count)
            hand = -1;
        if (!is_named(page, out, count) && !used(page))
            out[count++] = page;
    }
    return count;
}

const struct naive_model naive_sieve = {"sieve",       sieve_begin,     NULL,
                                        queue_insert,  queue_reference, sieve_remove,
                                        sieve_victims, rescued_is_used, NULL};

/* ---- random: xorshift64; a hole is filled by the last, the named stand in front */

static uint64_t generator;

static void random_begin(void)
{
    queue_begin();
    generator = naive_seed | 1;
}

static void random_remove(int page, enum policy_remove_why why)
{
    (void)why;
    int index = row_find(&queue, page);
    queue.page[index] = queue.page[--queue.count];
}

static size_t random_victims(size_t want, int *out)
{
    size_t count = 0;
    for (; count < want && count < (size_t)queue.count; count++) {
        generator ^= generator << 13;
        generator ^= generator >> 7;
        generator ^= generator << 17;
        size_t drawn = count + generator % ((size_t)queue.count - count);
        int page = queue.page[drawn];
        queue.page[drawn] = queue.page[count];
        queue.page[count] = page;
        out[count] = page;
    }
    return count;
}

const struct naive_model naive_random = {"random",      random_begin,   NULL, queue_insert, NULL,
                                         random_remove, random_victims, NULL, NULL};

/* ---- 2Q and S3-FIFO share the shape: a first queue, a main one, a record of who left the first */

static struct row first, main_queue;
static int left[1 << 20]; /* pages in the order in which they were evicted from the first queue */
static size_t left_count;
static bool last_left_first[NAIVE_PAGES]; /* its last departure was such an eviction */
static int frequency[NAIVE_PAGES];

static void pair_begin(void)
{
    first.count = main_queue.count = 0;
    left_count = 0;
    memset(last_left_first, 0, sizeof last_left_first);
    memset(frequency, 0, sizeof frequency);
}

static bool remembered(int page, size_t places)
{
    if (!last_left_first[page])
        return false;
    for (size_t i = 0; i < places && i < left_count; i++) {
        if (left[left_count - 1 - i] == page)
            return true;
    }
    return false;
}

static void pair_insert(int page, bool to_main)
{
    frequency[page] = 0;
    last_left_first[page] = false;
    row_append(to_main ? &main_queue : &first, page);
}

static void pair_remove(int page, enum policy_remove_why why)
{
    bool was_first = row_drop(&first, page);
    if (!was_first)
        row_drop(&main_queue, page);
    last_left_first[page] = was_first && why == POLICY_EVICTED;
    if (last_left_first[page])
        left[left_count++] = page;
}

/* Names one after the other as if each left at once, and puts them back at the end. */
static size_t pair_victims(size_t want, int *out, int (*choose)(void))
{
    bool from_first[POLICY_VICTIMS_MAX] = {0};
    size_t count = 0;
    while (count < want && first.count + main_queue.count > 0) {
        int page = choose();
        from_first[count] = row_drop(&first, page);
        row_drop(&main_queue, page);
        out[count++] = page;
    }
    for (size_t i = count; i-- > 0;)
        row_insert(from_first[i] ? &first : &main_queue, 0, out[i]);
    return count;
}

static void two_queue_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)distance;
    pair_insert(page, why == POLICY_ADOPT ||
                          (why == POLICY_REFAULT && remembered(page, naive_capacity * 50 / 100)));
}

static void two_queue_reference(int page)
{
    row_to_end(&main_queue, page);
}

static int two_queue_choose(void)
{
    if ((size_t)first.count > naive_capacity * 25 / 100 || main_queue.count == 0)
        return first.page[0];
    for (int step = main_queue.count; step > 0 && naive_looked(main_queue.page[0]); step--)
        row_to_end(&main_queue, main_queue.page[0]);
    return main_queue.page[0];
}

static size_t two_queue_victims(size_t want, int *out)
{
    return pair_victims(want, out, two_queue_choose);
}

static void two_queue_outcome(int page, enum policy_outcome what)
{
    if (naive_stays(what)) {
        row_to_end(&first, page);
        row_to_end(&main_queue, page);
    }
}

const struct naive_model naive_two_queue = {"2q",
                                            pair_begin,
                                            NULL,
                                            two_queue_insert,
                                            two_queue_reference,
                                            pair_remove,
                                            two_queue_victims,
                                            two_queue_outcome,
                                            NULL};

static void s3_fifo_insert(int page, enum policy_insert_why why, uint64_t distance)
{
    (void)distance;
    pair_insert(page, why == POLICY_ADOPT ||
                          (why == POLICY_REFAULT && remembered(page, naive_capacity * 90 / 100)));
}

static void add_frequency(int page, int references)
{
    frequency[page] += references;
    if (frequency[page] > 3)
        frequency[page] = 3;
}

static void s3_fifo_reference(int page)
{
    add_frequency(page, 1);
}

static int s3_fifo_choose(void)
{
    for (;;) {
        size_t small = naive_capacity / 10 > 0 ? naive_capacity / 10 : 1;
        bool main_is_full = main_queue.count > 0 && main_queue.count + small > naive_capacity;
        if (first.count > 0 && !main_is_full) {
            int page = first.page[0];
            if (naive_looked(page))
                add_frequency(page, 2);
            if (frequency[page] < 2)
                return page;
            row_take(&first, 0);
            frequency[page] = 0;
            row_append(&main_queue, page);
        } else {
            int page = main_queue.page[0];
            if (naive_looked(page))
                add_frequency(page, 1);
            if (frequency[page] == 0)
                return page;
            frequency[page]--;
            row_to_end(&main_queue, page);
        }
    }
}

static size_t s3_fifo_victims(size_t want, int *out)
{
    return pair_victims(want, out, s3_fifo_choose);
}

static void s3_fifo_outcome(int page, enum policy_outcome what)
{
    if (what == POLICY_RESCUED)
        add_frequency(page, 2);
    two_queue_outcome(page, what);
}

const struct naive_model naive_s3_fifo = {"s3-fifo",       pair_begin,        NULL,
                                          s3_fifo_insert,  s3_fifo_reference, pair_remove,
                                          s3_fifo_victims, s3_fifo_outcome,   NULL};
