/*
 * The simulator's core: exact LRU and MIN are what slow and obvious versions of them are, the
 * pager's policies make their naive models' choices, and estimates say how far off they are.
 */
#include "host_test.h"

#include "plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 60u

/* ---------------------------------------------------------------- strings */

static void add_reference(struct reference_string *string, uint64_t page, bool write)
{
    struct failure failure;
    uint32_t number;
    assert_true(page_number(&string->pages, (struct page_key){7, page}, &number));
    assert_true(
        word_store_add(&string->references, number | (write ? REFERENCE_WRITE : 0), &failure));
}

/* Skewed, with scans and loops in between. */
static uint64_t next_page(unsigned step, uint64_t pages)
{
    if (step / 300 % 3 == 2)
        return step % pages;
    uint64_t a = (uint64_t)rand() % pages, b = (uint64_t)rand() % pages;
    return a * b / pages;
}

static void make_trace(struct trace *trace, unsigned references, uint64_t pages, unsigned seed)
{
    struct failure failure;
    *trace = (struct trace){.name = "made up", .references = references};
    srand(seed);
    for (unsigned i = 0; i < references; i++)
        add_reference(&trace->strings[0], next_page(i, pages), rand() % 4 == 0);
    assert_true(word_store_finish(&trace->strings[0].references, &failure));
}

/* ---------------------------------------------------------------- slow and obvious */

struct naive_memory {
    uint32_t page[PAGES];
    uint64_t time[PAGES]; /* LRU: of the last use; FIFO: of the insert; MIN: of the next use */
    bool referenced[PAGES];
    uint64_t frames, used;
};

static uint64_t next_use(const struct reference_string *string, uint64_t now)
{
    for (uint64_t i = now + 1; i < string->references.count; i++) {
        if (REFERENCE_PAGE(string->references.words[i]) ==
            REFERENCE_PAGE(string->references.words[now]))
            return i;
    }
    return UINT64_MAX;
}

static uint64_t slot_of(const struct naive_memory *memory, uint32_t page)
{
    uint64_t slot = 0;
    while (slot < memory->used && memory->page[slot] != page)
        slot++;
    return slot;
}

static uint64_t extreme(const struct naive_memory *memory, bool largest)
{
    uint64_t best = 0;
    for (uint64_t slot = 1; slot < memory->used; slot++) {
        if ((memory->time[slot] > memory->time[best]) == largest &&
            memory->time[slot] != memory->time[best])
            best = slot;
    }
    return best;
}

static uint64_t clock_victim(struct naive_memory *memory, uint64_t *now)
{
    uint64_t slot = extreme(memory, false);
    for (; memory->referenced[slot]; slot = extreme(memory, false)) {
        memory->referenced[slot] = false;
        memory->time[slot] = ++*now; /* to the end of the queue */
    }
    return slot;
}

static uint64_t naive_misses(const struct reference_string *string, const char *policy,
                             uint64_t frames)
{
    struct naive_memory memory = {.frames = frames < PAGES ? frames : PAGES};
    bool min = strcmp(policy, "min") == 0, lru = strcmp(policy, "lru") == 0,
         clock = strcmp(policy, "clock") == 0;
    uint64_t misses = 0, now = 0;
    for (uint64_t i = 0; i < string->references.count; i++) {
        uint32_t page = REFERENCE_PAGE(string->references.words[i]);
        uint64_t slot = slot_of(&memory, page);
        bool hit = slot < memory.used;
        if (!hit) {
            misses++;
            if (memory.used < memory.frames)
                slot = memory.used++;
            else
                slot = clock ? clock_victim(&memory, &now) : extreme(&memory, min);
            memory.page[slot] = page;
        }
        memory.referenced[slot] = hit;
        if (min)
            memory.time[slot] = next_use(string, i);
        else if (lru || !hit)
            memory.time[slot] = ++now;
    }
    return misses;
}

/* ---------------------------------------------------------------- promises */

static void lru_curve_has_the_misses_of_naive_lru_at_every_size(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 4; seed++) {
        struct trace trace;
        struct failure failure;
        struct lru_curve curve;
        make_trace(&trace, 5000, seed == 0 ? 1 : 20 * seed, seed); /* the tree is renumbered */
        assert_true(lru_curve_make(&curve, &trace.strings[0], NULL, &failure));
        assert_int_equal(lru_curve_misses(&curve, 0), 5000);
        for (uint64_t frames = 1; frames <= 70; frames++)
            assert_int_equal(lru_curve_misses(&curve, frames),
                             naive_misses(&trace.strings[0], "lru", frames));
        lru_curve_free(&curve);
        trace_free(&trace);
    }
}

static void min_has_the_misses_of_naive_min(void **state)
{
    (void)state;
    struct trace trace;
    struct failure failure;
    struct word_store next = {0};
    make_trace(&trace, 3000, PAGES, 5);
    assert_true(next_uses(&next, &trace.strings[0], &failure));
    for (uint64_t frames = 1; frames <= 64; frames += 3) {
        uint64_t misses;
        assert_true(min_misses(&trace.strings[0], &next, frames, &misses, NULL, &failure));
        assert_int_equal(misses, naive_misses(&trace.strings[0], "min", frames));
    }
    word_store_free(&next);
    trace_free(&trace);
}

static struct plan_row *run_plan(struct plan *plan, const struct trace *trace, size_t *count)
{
    struct failure failure = {""};
    struct plan_row *rows;
    plan->batch = 1;
    plan->threads = 3;
    if (plan->most_bytes == 0)
        plan->most_bytes = UINT64_MAX;
    bool good = plan_run(plan, trace, &rows, count, NULL, &failure);
    assert_string_equal(failure.text, "");
    assert_true(good);
    plan_free(plan);
    return rows;
}

static void policies_of_the_pager_choose_as_their_naive_models(void **state)
{
    (void)state;
    struct trace trace;
    struct failure failure;
    struct plan plan = {0};
    make_trace(&trace, 4000, PAGES, 9);
    const char *const names[] = {"fifo", "clock", "lru", "min"};
    for (size_t i = 0; i < 4; i++)
        assert_true(plan_add_policy(&plan, names[i], &failure));
    for (uint64_t frames = 1; frames < 60; frames += 7)
        assert_true(plan_add_frames(&plan, frames, &failure));
    size_t count;
    struct plan_row *rows = run_plan(&plan, &trace, &count);
    assert_int_equal(count, 4 * 9);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(rows[i].policy, names[i / 9]);
        assert_int_equal(rows[i].misses,
                         naive_misses(&trace.strings[0], rows[i].policy, rows[i].frames));
        assert_int_equal(rows[i].references, 4000);
        assert_int_equal(rows[i].detail.core_picked, 0);
    }
    free(rows);
    trace_free(&trace);
}

static void accounts_of_every_policy_balance(void **state)
{
    (void)state;
    struct trace trace;
    make_trace(&trace, 6000, 500, 3);
    const struct reference_string *string = &trace.strings[0];
    for (const struct policy_ops *const *ops = policy_table; *ops != NULL; ops++) {
        const struct policy_choice choice = {*ops, (*ops)->name, ""};
        for (uint32_t batch = 1; batch <= 8; batch *= 8) {
            struct simulation s;
            struct failure failure;
            const struct simulation_setup setup = {.frames = 100,
                                                   .pages = string->pages.count,
                                                   .batch = batch,
                                                   .seed = 1,
                                                   .accessed_bits_only = batch != 1,
                                                   .keys = string->pages.keys};
            assert_true(simulation_begin(&s, &choice, &setup, &failure));
            simulation_run(&s, string->references.words, 6000, NULL);
            assert_int_equal(s.result.references, 6000);
            assert_int_equal(s.result.cold, string->pages.count);
            assert_true(s.result.misses >= s.result.cold && s.result.misses < 6000);
            assert_int_equal(s.result.misses - s.result.evictions, s.resident);
            assert_true(s.result.evictions_dirty > 0);
            assert_int_equal(s.result.core_picked + s.result.rejected, 0);
            simulation_end(&s);
        }
    }
    trace_free(&trace);
}

/* The pager evicts ahead: pages go several at a time, and all frames are never in use for long. */
static void keeps_its_part_of_a_loop(const char *policy)
{
    struct trace trace = {.name = "loop", .references = 12800};
    struct failure failure;
    for (unsigned i = 0; i < 12800; i++)
        add_reference(&trace.strings[0], i % 128, false);
    assert_true(word_store_finish(&trace.strings[0].references, &failure));
    size_t i = 0;
    while (strcmp(policy_table[i]->name, policy) != 0)
        i++;
    const struct policy_choice choice = {policy_table[i], policy, ""};
    for (uint32_t batch = 1; batch <= 16; batch++) {
        const struct simulation_setup setup = {.frames = 96,
                                               .pages = trace.strings[0].pages.count,
                                               .batch = batch,
                                               .accessed_bits_only = batch % 2 == 0,
                                               .keys = trace.strings[0].pages.keys};
        struct simulation s;
        assert_true(simulation_begin(&s, &choice, &setup, &failure));
        simulation_run(&s, trace.strings[0].references.words, 12800, NULL);
        /* Of each 128; what is not kept for the loop, and what a batch leaves free. */
        assert_true(s.result.misses < 12800 * (45 + 2 * batch) / 128);
        simulation_end(&s);
    }
    trace_free(&trace);
}

static void lirs_keeps_its_part_of_a_loop_however_many_pages_go_at_once(void **state)
{
    (void)state;
    keeps_its_part_of_a_loop("lirs");
}

static void adaptive_keeps_its_part_of_a_loop_however_many_pages_go_at_once(void **state)
{
    (void)state;
    keeps_its_part_of_a_loop("adaptive");
}

static void clock_pro_keeps_its_part_of_a_loop_however_many_pages_go_at_once(void **state)
{
    (void)state;
    keeps_its_part_of_a_loop("clock-pro");
}

static void w_tinylfu_keeps_its_part_of_a_loop_however_many_pages_go_at_once(void **state)
{
    (void)state;
    keeps_its_part_of_a_loop("w-tinylfu");
}

static void every_policy_works_with_as_little_as_one_frame(void **state)
{
    (void)state;
    struct trace trace;
    make_trace(&trace, 3000, 50, 4);
    const struct reference_string *string = &trace.strings[0];
    for (const struct policy_ops *const *ops = policy_table; *ops != NULL; ops++) {
        const struct policy_choice choice = {*ops, (*ops)->name, ""};
        for (uint64_t frames = 1; frames <= 9; frames++) {
            struct simulation s;
            struct failure failure;
            const struct simulation_setup setup = {.frames = frames,
                                                   .pages = string->pages.count,
                                                   .batch = 1,
                                                   .seed = frames,
                                                   .accessed_bits_only = frames % 2,
                                                   .keys = string->pages.keys};
            assert_true(simulation_begin(&s, &choice, &setup, &failure));
            simulation_run(&s, string->references.words, 3000, NULL);
            assert_int_equal(s.resident, frames);
            assert_int_equal(s.result.misses - s.result.evictions, frames);
            assert_int_equal(s.result.core_picked + s.result.rejected, 0);
            simulation_end(&s);
        }
    }
    trace_free(&trace);
}

static void removed_pages_are_misses_and_no_refaults(void **state)
{
    (void)state;
    struct policy_choice choice;
    struct failure failure;
    struct page_key keys[40] = {{0, 0}};
    assert_true(policy_find("clock", &choice));
    const struct simulation_setup setup = {.frames = 10, .pages = 40, .batch = 1, .keys = keys};
    struct simulation s;
    assert_true(simulation_begin(&s, &choice, &setup, &failure));
    for (uint32_t page = 0; page < 10; page++)
        assert_false(simulation_access(&s, page, false));
    simulation_remove(&s, 4, POLICY_UNMAPPED);
    assert_false(simulation_resident(&s, 4));
    assert_false(simulation_access(&s, 4, false));
    assert_int_equal(s.result.cold, 11);
    assert_true(simulation_resize(&s, 3, &failure));
    assert_int_equal(s.resident, 3);
    assert_int_equal(s.result.evictions, 7);
    assert_true(simulation_resize(&s, 30, &failure));
    for (uint32_t page = 0; page < 30; page++)
        simulation_access(&s, page, true);
    assert_int_equal(s.resident, 30);
    simulation_end(&s);
}

/* ---- policies that lie */

static struct policy_page stranger;

static void liar_init(struct policy *policy)
{
    (void)policy;
}

static void liar_insert(struct policy *policy, struct policy_page *page, enum policy_insert_why why,
                        const struct policy_insert_info *info)
{
    (void)why, (void)info;
    *(struct policy_page **)policy->state = page;
}

static uint32_t liar_remove(struct policy *policy, struct policy_page *page,
                            enum policy_remove_why why)
{
    (void)policy, (void)page, (void)why;
    return 0;
}

static size_t liar_victims(struct policy *policy, size_t want, struct policy_page **out)
{
    struct policy_page *page = *(struct policy_page **)policy->state;
    struct policy_page *const lies[] = {NULL, &stranger, page, page, page};
    size_t count = want < 5 ? want : 5;
    memcpy(out, lies, count * sizeof *out);
    return 1000;
}

static const struct policy_ops liar_policy = {
    .name = "liar",
    .state_bytes = sizeof(struct policy_page *),
    .init = liar_init,
    .insert = liar_insert,
    .remove = liar_remove,
    .victims = liar_victims,
};

static void what_a_lying_policy_names_is_checked_and_counted(void **state)
{
    (void)state;
    struct trace trace;
    struct failure failure;
    make_trace(&trace, 2000, 200, 1);
    const struct policy_choice choice = {&liar_policy, "liar", ""};
    const struct simulation_setup setup = {.frames = 20,
                                           .pages = trace.strings[0].pages.count,
                                           .batch = 8,
                                           .keys = trace.strings[0].pages.keys};
    struct simulation s;
    assert_true(simulation_begin(&s, &choice, &setup, &failure));
    simulation_run(&s, trace.strings[0].references.words, 2000, NULL);
    assert_true(s.result.rejected > 100 && s.result.core_picked > 100);
    assert_true(s.resident <= 20);
    assert_int_equal(s.result.misses - s.result.evictions, s.resident);
    simulation_end(&s);
    trace_free(&trace);
}

/* ---- plans */

static void unknown_names_are_answered_with_the_known_ones(void **state)
{
    (void)state;
    struct plan plan = {0};
    struct failure failure;
    assert_false(plan_add_policy(&plan, "clok", &failure));
    assert_non_null(strstr(failure.text, "'clok'"));
    assert_non_null(strstr(failure.text, "lru, min, "));
    assert_non_null(strstr(failure.text, "clock"));
    assert_true(plan_add_frames(&plan, 10, &failure));
    assert_true(plan_add_policy(&plan, "clock:hands=2", &failure));
    assert_false(plan_check(&plan, 0, &failure));
    assert_non_null(strstr(failure.text, "'hands'"));
    assert_false(plan_add_policy(&plan, "min:x=1", &failure));
    plan_free(&plan);
}

static void known_parameters_are_named_and_bad_values_refused(void **state)
{
    (void)state;
    extern const struct policy_ops template_policy;
    struct failure failure;
    struct policy_choice choice = {&template_policy, "template", "rounds=3"};
    assert_true(policy_check(&choice, 10, &failure));
    choice.parameters = "round=3";
    assert_false(policy_check(&choice, 10, &failure));
    assert_non_null(strstr(failure.text, "rounds (1)"));
    const char *const bad[] = {"rounds",
                               "rounds=",
                               "rounds=x",
                               "rounds=-1",
                               "rounds=3x",
                               "rounds=99999999999999999999",
                               "rounds=1K:rounds=1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        choice.parameters = bad[i];
        assert_false(policy_check(&choice, 10, &failure));
        assert_non_null(strstr(failure.text, "default is rounds=1"));
    }
}

static void a_memory_without_frames_is_refused(void **state)
{
    (void)state;
    struct plan plan = {0};
    struct failure failure;
    assert_false(plan_add_frames(&plan, 0, &failure));
    assert_non_null(strstr(failure.text, " 0 frames"));
    assert_true(plan_add_policy(&plan, "fifo", &failure));
    assert_true(plan_add_frames(&plan, 20, &failure));
    assert_false(plan_check(&plan, 0.01, &failure));
    assert_non_null(strstr(failure.text, "least are 50"));
    plan_free(&plan);
}

static void too_little_memory_is_an_error_with_the_numbers(void **state)
{
    (void)state;
    struct trace trace;
    struct failure failure;
    make_trace(&trace, 2000, 200, 1);
    struct plan plan = {.batch = 1, .threads = 4, .most_bytes = 1000};
    assert_true(plan_add_policy(&plan, "fifo", &failure));
    assert_true(plan_add_frames(&plan, 100, &failure));
    struct plan_row *rows;
    size_t count;
    assert_false(plan_run(&plan, &trace, &rows, &count, NULL, &failure));
    assert_non_null(strstr(failure.text, "--memory"));
    /* Enough for one task at a time: they wait for each other, and all are done. */
    for (uint64_t frames = 1; frames < 20; frames++)
        assert_true(plan_add_frames(&plan, frames, &failure));
    plan.most_bytes = 12000;
    rows = run_plan(&plan, &trace, &count);
    assert_int_equal(count, 20);
    free(rows);
    trace_free(&trace);
}

static void estimates_are_as_far_off_as_they_say(void **state)
{
    (void)state;
    struct failure failure;
    struct byte_source source;
    struct trace whole, sampled;
    const struct trace_options all = {0}, some = {.sample_rate = 0.03};
    assert_true(source_open(&source, TRACE_PATH, &failure));
    assert_true(trace_read(&whole, &source, &all, &failure));
    source_close(&source);
    assert_true(source_open(&source, TRACE_PATH, &failure));
    assert_true(trace_read(&sampled, &source, &some, &failure));
    source_close(&source);
    assert_int_equal(sampled.references, whole.references);
    size_t count, inside = 0;
    struct plan_row *rows[2];
    for (int i = 0; i < 2; i++) {
        struct plan plan = {0};
        for (const char *name = "lru\0clock\0fifo\0min\0"; *name != '\0'; name += strlen(name) + 1)
            assert_true(plan_add_policy(&plan, name, &failure));
        for (uint64_t frames = 512; frames <= 32768; frames *= 2)
            assert_true(plan_add_frames(&plan, frames, &failure));
        rows[i] = run_plan(&plan, i == 0 ? &whole : &sampled, &count);
    }
    for (size_t i = 0; i < count; i++) {
        double distance = fabs(rows[0][i].miss_ratio - rows[1][i].miss_ratio);
        assert_true(rows[1][i].error > 0 && rows[1][i].error < 0.03);
        assert_true(distance < 2 * rows[1][i].error);
        inside += distance <= rows[1][i].error;
    }
    assert_true(inside * 10 >= count * 9); /* it says 95 % */
    free(rows[0]);
    free(rows[1]);
    trace_free(&whole);
    trace_free(&sampled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lru_curve_has_the_misses_of_naive_lru_at_every_size),
        cmocka_unit_test(min_has_the_misses_of_naive_min),
        cmocka_unit_test(policies_of_the_pager_choose_as_their_naive_models),
        cmocka_unit_test(accounts_of_every_policy_balance),
        cmocka_unit_test(lirs_keeps_its_part_of_a_loop_however_many_pages_go_at_once),
        cmocka_unit_test(adaptive_keeps_its_part_of_a_loop_however_many_pages_go_at_once),
        cmocka_unit_test(clock_pro_keeps_its_part_of_a_loop_however_many_pages_go_at_once),
        cmocka_unit_test(w_tinylfu_keeps_its_part_of_a_loop_however_many_pages_go_at_once),
        cmocka_unit_test(every_policy_works_with_as_little_as_one_frame),
        cmocka_unit_test(removed_pages_are_misses_and_no_refaults),
        cmocka_unit_test(what_a_lying_policy_names_is_checked_and_counted),
        cmocka_unit_test(unknown_names_are_answered_with_the_known_ones),
        cmocka_unit_test(known_parameters_are_named_and_bad_values_refused),
        cmocka_unit_test(a_memory_without_frames_is_refused),
        cmocka_unit_test(too_little_memory_is_an_error_with_the_numbers),
        cmocka_unit_test(estimates_are_as_far_off_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
