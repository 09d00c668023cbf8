/*
 * Reference strings: the published ones to the last reference, and for every kind that it is what its
 * name says.
 */
#include "host_test.h"

#include "check_value.h"
#include "reference_string.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct made {
    uint32_t *pages;
    size_t count;
    uint32_t span;
    uint64_t check;
};

static struct made make(const char *line)
{
    char message[PARAMETER_MESSAGE_BYTES] = "";
    struct string_plan plan;
    struct string_generator generator;
    if (!string_plan_read(&plan, line, message))
        fail_msg("%s", message);
    assert_true(string_begin(&generator, &plan));
    struct made made = {.span = string_span(&plan), .check = CHECK_BEGIN};
    size_t room = 1024;
    made.pages = malloc(room * sizeof *made.pages);
    uint32_t page;
    while (string_next(&generator, &page)) {
        assert_true(page < made.span);
        if (made.count == room)
            made.pages = realloc(made.pages, (room *= 2) * sizeof *made.pages);
        made.pages[made.count++] = page;
        made.check = check_add(made.check, page);
    }
    string_end(&generator);
    return made;
}

static uint32_t *times_used(const struct made *made)
{
    uint32_t *used = calloc(made->span, sizeof *used);
    for (size_t i = 0; i < made->count; i++)
        used[made->pages[i]]++;
    return used;
}

static int more_first(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one < other) - (one > other);
}

/* ---------------------------------------------------------------- arithmetic */

static void logarithms_and_powers_are_right_to_the_last_bits(void **state)
{
    (void)state;
    for (uint64_t value = 1; value < UINT64_MAX / 3; value += value / 7 + 1)
        assert_true(fabsl(log2l((long double)value) * FIXED_ONE - (long double)fixed_log2(value)) <
                    64);
    for (uint64_t exponent = 0; exponent < 40 * FIXED_ONE; exponent += FIXED_ONE / 97)
        assert_true(fabsl(exp2l(-(long double)exponent / FIXED_ONE) * FIXED_ONE -
                          (long double)fixed_power_of_half(exponent)) < 34);
    /* Each root alone is cut off, not rounded. */
    for (unsigned bit = 0; bit < 32; bit++)
        assert_int_equal(fixed_power_of_half(1ull << bit),
                         (uint64_t)(exp2l(-ldexpl(1, (int)bit - 32)) * FIXED_ONE));
    assert_int_equal(fixed_power_of_half(33 * FIXED_ONE), 0);
    assert_int_equal(fixed_scale(UINT64_C(63) << 32 | 99, 99),
                     ((UINT64_C(63) << 32 | 99) * 99) / 100);
}

/* ---------------------------------------------------------------- the strings themselves */

static void the_published_strings_come_out_to_the_last_reference(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t count;
        uint32_t span;
        uint64_t check;
    } published[] = {
        {"loop frames=4096", 61440, 6144, 0x5a74a07e61ef2383},
        {"zipf frames=4096", 1000000, 16384, 0xf3899ba899b549ac},
        {"scan frames=4096", 245760, 13312, 0x0b828f7594ebab71},
    };
    for (size_t i = 0; i < sizeof published / sizeof *published; i++) {
        struct made made = make(published[i].line);
        assert_int_equal(made.count, published[i].count);
        assert_int_equal(made.span, published[i].span);
        assert_int_equal(made.check, published[i].check);
        free(made.pages);
    }
}

static void a_string_depends_on_its_seed_alone(void **state)
{
    (void)state;
    static const char *const kinds[] = {"uniform", "chase", "zipf",   "scan",
                                        "phases",  "turns", "window", "stack"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char line[100];
        uint64_t checks[4];
        for (unsigned seed = 0; seed < 4; seed++) {
            snprintf(line, sizeof line, "%s frames=100 count=5000 seed=%u", kinds[i],
                     seed == 0 ? 3 : seed);
            struct made made = make(line);
            assert_int_equal(made.count, 5000);
            checks[seed] = made.check;
            free(made.pages);
        }
        assert_int_equal(checks[0], checks[3]);
        assert_true(checks[1] != checks[2] && checks[2] != checks[3] && checks[1] != checks[3]);
    }
}

static void loops_and_sequences_go_through_all_pages_in_order(void **state)
{
    (void)state;
    struct made loop = make("loop frames=64"), sequence = make("sequential frames=64");
    assert_int_equal(loop.span, 96);
    assert_int_equal(loop.count, 960);
    assert_int_equal(sequence.count, 128);
    for (size_t i = 0; i < loop.count; i++)
        assert_int_equal(loop.pages[i], i % 96);
    for (size_t i = 0; i < sequence.count; i++)
        assert_int_equal(sequence.pages[i], i);
    free(loop.pages);
    free(sequence.pages);
}

static void uniform_references_favour_no_page(void **state)
{
    (void)state;
    struct made made = make("uniform pages=1000 count=1000000");
    uint32_t *used = times_used(&made);
    double squares = 0;
    for (uint32_t page = 0; page < made.span; page++)
        squares += (used[page] - 1000.0) * (used[page] - 1000.0) / 1000.0;
    /* chi-square with 999 degrees of freedom: mean 999, deviation 45 */
    assert_true(squares > 999 - 5 * 45 && squares < 999 + 5 * 45);
    free(used);
    free(made.pages);
}

static void zipf_has_the_frequencies_of_its_exponent(void **state)
{
    (void)state;
    static const unsigned exponents[] = {80, 99, 120};
    for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
        char line[100];
        snprintf(line, sizeof line, "zipf pages=10000 count=1000000 exponent=%u", exponents[i]);
        struct made made = make(line);
        uint32_t *used = times_used(&made);
        qsort(used, made.span, sizeof *used, more_first);
        double all = 0, first_ten = 0, first_thousand = 0;
        double seen_ten = 0, seen_thousand = 0;
        for (unsigned rank = 0; rank < 10000; rank++) {
            double weight = pow(rank + 1, -(exponents[i] / 100.0));
            all += weight;
            first_ten += rank < 10 ? weight : 0;
            first_thousand += rank < 1000 ? weight : 0;
            seen_ten += rank < 10 ? used[rank] : 0;
            seen_thousand += rank < 1000 ? used[rank] : 0;
        }
        assert_true(fabs(seen_ten / 1e6 - first_ten / all) < 0.003);
        /* Sorting by use favours the first a little. */
        assert_true(fabs(seen_thousand / 1e6 - first_thousand / all) < 0.01);
        free(used);
        free(made.pages);
    }
}

static void a_chase_is_one_cycle_in_no_order(void **state)
{
    (void)state;
    struct made made = make("chase pages=1000 count=2000");
    uint32_t *used = times_used(&made);
    size_t neighbours = 0;
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(used[i], 2);
        assert_int_equal(made.pages[i], made.pages[i + 1000]);
        neighbours += made.pages[i + 1] == made.pages[i] + 1;
    }
    assert_true(neighbours < 20);
    free(used);
    free(made.pages);
}

static void a_scan_touches_its_hot_set_between_pages(void **state)
{
    (void)state;
    struct made made = make("scan hot=10 pages=50 touches=3 count=1000");
    assert_int_equal(made.span, 60);
    for (size_t i = 0; i < made.count; i++) {
        if (i % 4 == 0)
            assert_int_equal(made.pages[i], 10 + i / 4 % 50);
        else
            assert_true(made.pages[i] < 10);
    }
    free(made.pages);
}

static void phases_stay_in_their_sets_and_turns_loop_between(void **state)
{
    (void)state;
    struct made phases = make("phases pages=100 sets=3 step=80 length=1000 count=6000");
    assert_int_equal(phases.span, 260);
    for (size_t i = 0; i < phases.count; i++) {
        uint32_t base = (uint32_t)(i / 1000 % 3 * 80);
        assert_true(phases.pages[i] >= base && phases.pages[i] < base + 100);
    }
    struct made turns = make("turns pages=100 sets=2 step=80 length=1000 loop=70 count=3400");
    assert_int_equal(turns.span, 250);
    for (size_t i = 0; i < turns.count; i++) {
        uint32_t base = i / 1700 % 2 == 0 ? 0 : 80;
        if (i % 1700 < 1000)
            assert_true(turns.pages[i] >= base && turns.pages[i] < base + 100);
        else
            assert_int_equal(turns.pages[i], 180 + (i % 1700 - 1000) % 70);
    }
    free(phases.pages);
    free(turns.pages);
}

static void a_window_wanders_and_does_not_jump(void **state)
{
    (void)state;
    struct made made = make("window pages=3000 window=50 drift=5 count=200000");
    uint32_t *used = times_used(&made);
    size_t visited = 0;
    for (uint32_t page = 0; page < made.span; page++)
        visited += used[page] > 0;
    assert_true(visited > 500);
    for (size_t i = 1; i < made.count; i++) {
        uint32_t distance = (made.pages[i] + 6000 - made.pages[i - 1]) % 3000;
        assert_true(distance <= 55 || distance >= 3000 - 55);
    }
    free(used);
    free(made.pages);
}

/* The distances are found again by an LRU stack of the test's own. */
static void stack_distances_follow_the_power_law(void **state)
{
    (void)state;
    struct made made = make("stack pages=5000 exponent=110 scale=20 count=50000");
    uint32_t *stack = malloc(made.span * sizeof *stack);
    size_t length = 0, old = 0, below_scale = 0, below_ten_scales = 0;
    for (size_t i = 0; i < made.count; i++) {
        size_t place = 0;
        while (place < length && stack[place] != made.pages[i])
            place++;
        old += place < length && length > 400;
        below_scale += place < 20 && length > 400;
        below_ten_scales += place < 200 && length > 400;
        length += place == length;
        memmove(stack + 1, stack, place * sizeof *stack);
        stack[0] = made.pages[i];
    }
    size_t all = old + length - 400;
    /* P(scale * (u ^ -1.1 - 1) + uniform < scale * k), by integration over the uniform part */
    assert_true(fabs((double)below_scale / (double)all - 0.296) < 0.01);
    assert_true(fabs((double)below_ten_scales / (double)all - 0.882) < 0.01);
    free(stack);
    free(made.pages);
}

static void a_prefill_is_all_pages_in_order(void **state)
{
    (void)state;
    struct made plain = make("zipf frames=50 count=3000");
    struct made filled = make("zipf frames=50 count=3000 prefill=yes");
    assert_int_equal(filled.count, 200 + 3000);
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(filled.pages[i], i);
    assert_memory_equal(filled.pages + 200, plain.pages, 3000 * sizeof *plain.pages);
    free(plain.pages);
    free(filled.pages);
}

static void sizes_come_from_the_frames(void **state)
{
    (void)state;
    for (const struct string_kind *const *kind = string_kinds; *kind != NULL; kind++) {
        for (unsigned frames = 1; frames <= 300; frames += 13) {
            char line[100];
            snprintf(line, sizeof line, "%s frames=%u count=2000", (*kind)->name, frames);
            struct made made = make(line);
            assert_true(made.span > frames || frames == 1);
            free(made.pages);
        }
    }
}

static void wrong_words_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *line, *message;
    } wrong[] = {
        {"", "'' is no reference string; there are: sequential loop"},
        {"zipff frames=3", "'zipff' is no reference string"},
        {"zipf", "say for how much memory"},
        {"turns pages=5", "say for how much memory"},
        {"zipf frames=3 hot=2", "hot=2: there is no such parameter; there are: frames seed"},
        {"zipf frames", "frames: write frames=NUMBER"},
        {"zipf frames=", "write frames=NUMBER"},
        {"zipf frames=12x", "write frames=NUMBER"},
        {"zipf frames=-1", "write frames=NUMBER"},
        {"zipf frames=99999999999999999999", "write frames=NUMBER"},
        {"zipf frames=99999999999G", "write frames=NUMBER"},
        {"zipf frames=0", "frames=0: it is from 1 to 2147483648"},
        {"zipf frames=4G", "it is from 1 to 2147483648"},
        {"zipf frames=1 exponent=1001", "it is from 1 to 1000"},
        {"zipf frames=1 prefill=maybe", "write prefill=no|yes"},
        {"window frames=1G", "too many"},
        {"loop frames=1 count=999999999999999999", "it is from 1 to 281474976710656"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char message[PARAMETER_MESSAGE_BYTES] = "";
        struct string_plan plan;
        assert_false(string_plan_read(&plan, wrong[i].line, message));
        if (strstr(message, wrong[i].message) == NULL)
            fail_msg("'%s' gives '%s'", wrong[i].line, message);
    }
    struct made made = make("  loop   frames=1K ");
    assert_int_equal(made.span, 1536);
    free(made.pages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logarithms_and_powers_are_right_to_the_last_bits),
        cmocka_unit_test(the_published_strings_come_out_to_the_last_reference),
        cmocka_unit_test(a_string_depends_on_its_seed_alone),
        cmocka_unit_test(loops_and_sequences_go_through_all_pages_in_order),
        cmocka_unit_test(uniform_references_favour_no_page),
        cmocka_unit_test(zipf_has_the_frequencies_of_its_exponent),
        cmocka_unit_test(a_chase_is_one_cycle_in_no_order),
        cmocka_unit_test(a_scan_touches_its_hot_set_between_pages),
        cmocka_unit_test(phases_stay_in_their_sets_and_turns_loop_between),
        cmocka_unit_test(a_window_wanders_and_does_not_jump),
        cmocka_unit_test(stack_distances_follow_the_power_law),
        cmocka_unit_test(a_prefill_is_all_pages_in_order),
        cmocka_unit_test(sizes_come_from_the_frames),
        cmocka_unit_test(wrong_words_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
