/*
 * The kinds of reference strings. `loop`, `zipf`, `scan`, `uniform` and `sequential` are the strings
 * on which other systems were measured, to the last reference.
 */
#include "reference_string.h"

#include <stdlib.h>
#include <string.h>

#define TAKES(value) (1u << STRING_##value)
#define TAKES_ALWAYS (TAKES(FRAMES) | TAKES(SEED) | TAKES(COUNT) | TAKES(PREFILL))
#define HUNDREDTHS 100u

/* What was not given is as usual; 0 only where that needs `frames`, and nobody said how many. */
static void otherwise(uint64_t *value, enum string_value which, uint64_t usual)
{
    if (value[which] == 0)
        value[which] = usual == 0 && value[STRING_FRAMES] != 0 ? 1 : usual;
}

static uint64_t span_of_pages(const uint64_t *value)
{
    return value[STRING_PAGES];
}

static uint64_t value_of(const struct string_generator *string, enum string_value which)
{
    return string->plan.value[which];
}

/* 0, 1, 2 and so on. False: no memory. */
static bool number_pages(struct string_generator *string, uint64_t count)
{
    string->pages = malloc(count * sizeof *string->pages);
    for (uint32_t i = 0; string->pages != NULL && i < count; i++)
        string->pages[i] = i;
    return string->pages != NULL;
}

/* ---------------------------------------------------------------- sequential, loop */

static void sequential_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 2 * value[STRING_FRAMES]);
    otherwise(value, STRING_COUNT, value[STRING_PAGES]);
}

static void loop_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, value[STRING_FRAMES] + value[STRING_FRAMES] / 2);
    otherwise(value, STRING_COUNT, 10 * value[STRING_PAGES]);
}

static uint32_t next_in_order(struct string_generator *string)
{
    return (uint32_t)(string->done % value_of(string, STRING_PAGES));
}

static const struct string_kind sequential = {
    .name = "sequential",
    .meaning = "all pages in order, once",
    .takes = TAKES_ALWAYS | TAKES(PAGES),
    .defaults = sequential_defaults,
    .span = span_of_pages,
    .next = next_in_order,
};

static const struct string_kind loop = {
    .name = "loop",
    .meaning = "all pages in order, ten times",
    .takes = TAKES_ALWAYS | TAKES(PAGES),
    .defaults = loop_defaults,
    .span = span_of_pages,
    .next = next_in_order,
};

/* ---------------------------------------------------------------- uniform */

static void uniform_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 2 * value[STRING_FRAMES]);
    otherwise(value, STRING_COUNT, 10 * value[STRING_PAGES]);
}

static uint32_t next_uniform(struct string_generator *string)
{
    return (uint32_t)random_below(&string->random, value_of(string, STRING_PAGES));
}

static const struct string_kind uniform = {
    .name = "uniform",
    .meaning = "each page is as likely as any",
    .takes = TAKES_ALWAYS | TAKES(PAGES),
    .defaults = uniform_defaults,
    .span = span_of_pages,
    .next = next_uniform,
};

/* ---------------------------------------------------------------- chase: each page names the next */

/* One cycle through all pages (Sattolo's algorithm): pages[i] is the successor of page i. */
static bool begin_chase(struct string_generator *string)
{
    if (!number_pages(string, value_of(string, STRING_PAGES)))
        return false;
    struct random_stream random =
        random_begin(STRING_PERMUTATION_ORIGIN, value_of(string, STRING_SEED));
    for (uint32_t last = (uint32_t)value_of(string, STRING_PAGES) - 1; last > 0; last--) {
        uint32_t other = (uint32_t)random_below(&random, last);
        uint32_t page = string->pages[last];
        string->pages[last] = string->pages[other];
        string->pages[other] = page;
    }
    return true;
}

static uint32_t next_in_chase(struct string_generator *string)
{
    uint32_t page = (uint32_t)string->position;
    string->position = string->pages[page];
    return page;
}

static const struct string_kind chase = {
    .name = "chase",
    .meaning = "each page names the next, in one random cycle",
    .takes = TAKES_ALWAYS | TAKES(PAGES),
    .defaults = loop_defaults,
    .span = span_of_pages,
    .begin = begin_chase,
    .next = next_in_chase,
};

/* ---------------------------------------------------------------- zipf */

static void zipf_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 4 * value[STRING_FRAMES]);
    otherwise(value, STRING_EXPONENT, 99);
    otherwise(value, STRING_COUNT, 1000000);
}

static bool begin_zipf(struct string_generator *string)
{
    uint32_t pages = (uint32_t)value_of(string, STRING_PAGES);
    if (!number_pages(string, pages) ||
        !zipf_begin(&string->zipf, pages, value_of(string, STRING_EXPONENT)))
        return false;
    struct random_stream random =
        random_begin(STRING_PERMUTATION_ORIGIN, value_of(string, STRING_SEED));
    random_shuffle(&random, string->pages, pages);
    return true;
}

static uint32_t next_zipf(struct string_generator *string)
{
    return string->pages[zipf_rank(&string->zipf, &string->random)];
}

static const struct string_kind zipf = {
    .name = "zipf",
    .meaning = "page r of a random order is chosen in proportion to r ^ -exponent",
    .takes = TAKES_ALWAYS | TAKES(PAGES) | TAKES(EXPONENT),
    .defaults = zipf_defaults,
    .span = span_of_pages,
    .begin = begin_zipf,
    .next = next_zipf,
};

/* ---------------------------------------------------------------- scan, with a hot set

   | hot | pages of the scan ... |     scan hot hot hot hot scan hot ... */

static void scan_defaults(uint64_t *value)
{
    otherwise(value, STRING_HOT, value[STRING_FRAMES] / 4);
    otherwise(value, STRING_PAGES, 3 * value[STRING_FRAMES]);
    otherwise(value, STRING_TOUCHES, 4);
    otherwise(value, STRING_COUNT, 4 * value[STRING_PAGES] * (value[STRING_TOUCHES] + 1));
}

static uint64_t scan_span(const uint64_t *value)
{
    return value[STRING_HOT] + value[STRING_PAGES];
}

static uint32_t next_of_scan(struct string_generator *string)
{
    uint64_t turn = value_of(string, STRING_TOUCHES) + 1;
    if (string->done % turn == 0)
        return (uint32_t)(value_of(string, STRING_HOT) +
                          string->done / turn % value_of(string, STRING_PAGES));
    return (uint32_t)random_below(&string->random, value_of(string, STRING_HOT));
}

static const struct string_kind scan = {
    .name = "scan",
    .meaning = "pages in order, and touches of hot ones between",
    .takes = TAKES_ALWAYS | TAKES(PAGES) | TAKES(HOT) | TAKES(TOUCHES),
    .defaults = scan_defaults,
    .span = scan_span,
    .next = next_of_scan,
};

/* ---------------------------------------------------------------- phases, turns

   phases   sets of pages that overlap, one after the other, Zipf with a new order in each
            | set 0        |
                     | set 1        |
                              | set 2        |
   turns    the same, and after each phase ten rounds of a loop over pages of its own
            | set 0 | ... | set n | loop | */

static void phases_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 2 * value[STRING_FRAMES]);
    otherwise(value, STRING_SETS, 5);
    otherwise(value, STRING_STEP, value[STRING_PAGES] / 8 * 7);
    otherwise(value, STRING_EXPONENT, 90);
    otherwise(value, STRING_LENGTH, 15 * value[STRING_FRAMES]);
    otherwise(value, STRING_COUNT, 10 * value[STRING_LENGTH]);
}

static uint64_t sets_span(const uint64_t *value)
{
    return (value[STRING_SETS] - 1) * value[STRING_STEP] + value[STRING_PAGES];
}

static bool begin_sets(struct string_generator *string)
{
    uint32_t pages = (uint32_t)value_of(string, STRING_PAGES);
    return number_pages(string, pages) &&
           zipf_begin(&string->zipf, pages, value_of(string, STRING_EXPONENT));
}

static uint32_t next_of_set(struct string_generator *string, uint64_t phase, uint64_t place)
{
    if (place == 0)
        random_shuffle(&string->random, string->pages, string->zipf.count);
    uint64_t base = phase % value_of(string, STRING_SETS) * value_of(string, STRING_STEP);
    return (uint32_t)base + string->pages[zipf_rank(&string->zipf, &string->random)];
}

static uint32_t next_of_phases(struct string_generator *string)
{
    uint64_t length = value_of(string, STRING_LENGTH);
    return next_of_set(string, string->done / length, string->done % length);
}

static const struct string_kind phases = {
    .name = "phases",
    .meaning = "Zipf over one set of pages after the other",
    .takes =
        TAKES_ALWAYS | TAKES(PAGES) | TAKES(SETS) | TAKES(STEP) | TAKES(EXPONENT) | TAKES(LENGTH),
    .defaults = phases_defaults,
    .span = sets_span,
    .begin = begin_sets,
    .next = next_of_phases,
};

#define LOOP_ROUNDS 10u

static void turns_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 5 * value[STRING_FRAMES]);
    otherwise(value, STRING_SETS, 4);
    otherwise(value, STRING_STEP, value[STRING_FRAMES] + value[STRING_FRAMES] / 2);
    otherwise(value, STRING_LOOP, value[STRING_FRAMES] + value[STRING_FRAMES] / 2);
    otherwise(value, STRING_EXPONENT, 90);
    otherwise(value, STRING_LENGTH, 20 * value[STRING_FRAMES]);
    otherwise(value, STRING_COUNT, 4 * (value[STRING_LENGTH] + LOOP_ROUNDS * value[STRING_LOOP]));
}

static uint64_t turns_span(const uint64_t *value)
{
    return sets_span(value) + value[STRING_LOOP];
}

static uint32_t next_of_turns(struct string_generator *string)
{
    uint64_t length = value_of(string, STRING_LENGTH), pages = value_of(string, STRING_LOOP);
    uint64_t turn = length + LOOP_ROUNDS * pages;
    uint64_t place = string->done % turn;
    if (place < length)
        return next_of_set(string, string->done / turn, place);
    return (uint32_t)(sets_span(string->plan.value) + (place - length) % pages);
}

static const struct string_kind turns = {
    .name = "turns",
    .meaning = "phases of Zipf, and loops between them",
    .takes = TAKES_ALWAYS | TAKES(PAGES) | TAKES(SETS) | TAKES(STEP) | TAKES(EXPONENT) |
             TAKES(LENGTH) | TAKES(LOOP),
    .defaults = turns_defaults,
    .span = turns_span,
    .begin = begin_sets,
    .next = next_of_turns,
};

/* ---------------------------------------------------------------- window: a set that wanders */

static void window_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 30 * value[STRING_FRAMES]);
    otherwise(value, STRING_WINDOW, value[STRING_FRAMES] + value[STRING_FRAMES] / 2);
    otherwise(value, STRING_DRIFT, 5);
    otherwise(value, STRING_COUNT, 600 * value[STRING_FRAMES]);
}

static uint64_t window_span(const uint64_t *value)
{
    return value[STRING_PAGES] + value[STRING_WINDOW];
}

/* The window's begin walks at random on a ring of `pages`. */
static uint32_t next_in_window(struct string_generator *string)
{
    uint64_t ring = value_of(string, STRING_PAGES) * HUNDREDTHS;
    uint64_t drift = value_of(string, STRING_DRIFT) * HUNDREDTHS;
    uint64_t move = random_below(&string->random, 2 * drift + 1);
    string->position = (string->position + ring + move - drift % ring) % ring;
    return (uint32_t)(string->position / HUNDREDTHS +
                      random_below(&string->random, value_of(string, STRING_WINDOW)));
}

static const struct string_kind window = {
    .name = "window",
    .meaning = "uniform in a window that wanders",
    .takes = TAKES_ALWAYS | TAKES(PAGES) | TAKES(WINDOW) | TAKES(DRIFT),
    .defaults = window_defaults,
    .span = window_span,
    .next = next_in_window,
};

/* ---------------------------------------------------------------- stack: distances of a power law */

static void stack_defaults(uint64_t *value)
{
    otherwise(value, STRING_PAGES, 60 * value[STRING_FRAMES]);
    otherwise(value, STRING_EXPONENT, 110);
    otherwise(value, STRING_SCALE, 20);
    otherwise(value, STRING_COUNT, 400 * value[STRING_FRAMES]);
}

static bool begin_stack(struct string_generator *string)
{
    return number_pages(string, value_of(string, STRING_PAGES));
}

/* scale * (u ^ -exponent - 1), for u uniform in (0, 1], and up to `scale` more; at most `most`. */
static uint64_t stack_distance(struct string_generator *string, uint64_t most)
{
    uint64_t scale = value_of(string, STRING_SCALE);
    uint64_t uniform_part = random_below(&string->random, scale);
    uint64_t u = (random_next(&string->random) >> 32) + 1; /* in fixed point */
    uint64_t power =
        fixed_scale(fixed_log2(FIXED_ONE) - fixed_log2(u), value_of(string, STRING_EXPONENT));
    uint64_t whole = power / FIXED_ONE + 1;
    if (whole > 31)
        return most;
    /* 2 ^ power, from 2 ^ -(what it lacks to the next whole number) */
    uint64_t factor = fixed_power_of_half(whole * FIXED_ONE - power) << whole;
    uint64_t distance =
        factor / FIXED_ONE * scale + factor % FIXED_ONE * scale / FIXED_ONE - scale + uniform_part;
    return distance < most ? distance : most;
}

/* The page at that place of the LRU stack; beyond its end a page that was not used before, as long
   as there are any. pages[0..length) is the stack, the latest first. */
static uint32_t next_of_stack(struct string_generator *string)
{
    uint64_t place = stack_distance(string, string->length);
    if (place == string->length && place == value_of(string, STRING_PAGES))
        place--;
    uint32_t page = place == string->length ? string->length : string->pages[place];
    if (place == string->length)
        string->length++;
    memmove(string->pages + 1, string->pages, place * sizeof *string->pages);
    string->pages[0] = page;
    return page;
}

static const struct string_kind stack = {
    .name = "stack",
    .meaning = "LRU stack distances of a power law",
    .takes = TAKES_ALWAYS | TAKES(PAGES) | TAKES(EXPONENT) | TAKES(SCALE),
    .defaults = stack_defaults,
    .span = span_of_pages,
    .begin = begin_stack,
    .next = next_of_stack,
};

const struct string_kind *const string_kinds[] = {
    &sequential, &loop, &uniform, &chase, &zipf, &scan, &phases, &turns, &window, &stack, NULL,
};
