/* The key-value store and its parts against a table of what they must hold. */
#include "bloom_filter.h"
#include "host_test.h"
#include "key_value_store.h"
#include "scramble.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEYS 2000u

static char directory[] = "/tmp/key-value-XXXXXX";

static int enter_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) != NULL && chdir(directory) == 0 ? 0 : -1;
}

static size_t files_left(void)
{
    size_t count = 0;
    DIR *here = opendir(".");
    for (const struct dirent *file; (file = readdir(here)) != NULL;)
        count += file->d_name[0] != '.';
    closedir(here);
    return count;
}

static int leave_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static struct value value_of(uint64_t key, uint64_t version)
{
    struct value value;
    for (size_t i = 0; i < sizeof value.words / 8; i++)
        value.words[i] = scramble(key << 32 | version) + i;
    return value;
}

static struct entry entry_of(uint64_t key, uint64_t version)
{
    return (struct entry){.key = key, .kind = ENTRY_VALUE, .value = value_of(key, version)};
}

/* ---------------------------------------------------------------- parts */

static void a_filter_never_denies_a_key_that_it_has(void **state)
{
    (void)state;
    for (uint64_t keys = 1; keys < 3000; keys = keys * 3 + 1) {
        size_t words = bloom_words(keys), wrong = 0;
        uint64_t *bits = calloc(words, sizeof *bits);
        for (uint64_t i = 0; i < keys; i++)
            bloom_add(bits, words, i * 7);
        for (uint64_t i = 0; i < keys; i++)
            assert_true(bloom_may_have(bits, words, i * 7));
        for (uint64_t i = 0; i < 20000; i++)
            wrong += bloom_may_have(bits, words, i * 7 + 1);
        assert_true(wrong < 20000 / 50);
        free(bits);
    }
}

static void a_memory_table_keeps_the_newest_of_each_key_in_order(void **state)
{
    (void)state;
    struct memory_table table;
    uint64_t versions[KEYS] = {0};
    assert_true(memory_table_create(&table, KEYS));
    for (uint64_t i = 1; i <= 3 * KEYS; i++) {
        uint64_t key = scramble(i) % KEYS;
        struct entry entry = entry_of(key, i);
        memory_table_put(&table, &entry);
        versions[key] = i;
    }
    const struct entry *entry = memory_table_seek(&table, 0);
    size_t count = 0;
    for (uint64_t key = 0; key < KEYS; key++) {
        struct value value = value_of(key, versions[key]);
        assert_true((memory_table_find(&table, key) != NULL) == (versions[key] != 0));
        if (versions[key] == 0)
            continue;
        assert_ptr_equal(entry, memory_table_find(&table, key));
        assert_memory_equal(&entry->value, &value, sizeof value);
        entry = memory_table_next(&table, entry);
        count++;
    }
    assert_null(entry);
    assert_int_equal(table.count, count);
    memory_table_clear(&table);
    assert_null(memory_table_seek(&table, 0));
    memory_table_destroy(&table);
}

static void a_run_finds_its_keys_and_the_places_between_them(void **state)
{
    (void)state;
    for (uint64_t count = 0; count < 200; count += count < 70 ? 1 : 13) {
        struct sorted_run run;
        assert_true(sorted_run_create(&run, "run", count + 40));
        for (uint64_t i = 0; i < count; i++) {
            struct entry entry = entry_of(i * 3 + 1, i);
            sorted_run_append(&run, &entry);
        }
        assert_int_equal(sorted_run_count(&run), count);
        for (uint64_t key = 0; key < count * 3 + 5; key++) {
            uint64_t below = (key + 1) / 3;
            assert_int_equal(sorted_run_seek(&run, key), below < count ? below : count);
            bool there = key % 3 == 1 && key / 3 < count;
            assert_true((sorted_run_find(&run, key) != NULL) == there);
        }
        sorted_run_destroy(&run);
    }
    assert_int_equal(files_left(), 0);
}

static void a_run_that_cannot_be_made_says_so(void **state)
{
    (void)state;
    struct sorted_run run;
    assert_false(sorted_run_create(&run, "no-directory/run", 10));
}

/* ---------------------------------------------------------------- the store */

struct world {
    struct key_value_store store;
    uint64_t versions[KEYS]; /* 0: the key is not there */
    uint64_t next;           /* key that the scan must come to, or above */
    size_t left;
};

static void expect_key(struct world *world, uint64_t key)
{
    const struct value *found = key_value_get(&world->store, key);
    assert_true((found != NULL) == (world->versions[key] != 0));
    if (found != NULL) {
        struct value value = value_of(key, world->versions[key]);
        assert_memory_equal(found, &value, sizeof value);
    }
}

static bool expect_next(void *context, uint64_t key, const struct value *found)
{
    struct world *world = context;
    while (world->next < KEYS && world->versions[world->next] == 0)
        world->next++;
    assert_int_equal(key, world->next);
    struct value value = value_of(key, world->versions[key]);
    assert_memory_equal(found, &value, sizeof value);
    world->next++;
    return --world->left > 0;
}

static void expect_scan(struct world *world, uint64_t first, size_t length)
{
    world->next = first;
    world->left = length;
    assert_true(key_value_scan(&world->store, first, expect_next, world));
    /* It ended because it was enough, or because there is no more. */
    for (; world->left > 0 && world->next < KEYS; world->next++)
        assert_int_equal(world->versions[world->next], 0);
}

static void the_store_holds_what_a_table_holds_after_random_operations(void **state)
{
    (void)state;
    static const size_t table_entries[] = {1, 2, 7, 64, 500};
    for (size_t t = 0; t < sizeof table_entries / sizeof *table_entries; t++) {
        struct world *world = calloc(1, sizeof *world);
        assert_true(key_value_create(&world->store, "store", table_entries[t]));
        uint64_t operations = table_entries[t] < 5 ? 3000 : 20000;
        for (uint64_t i = 1; i <= operations; i++) {
            uint64_t random = scramble(t << 40 | i), key = random % KEYS;
            struct value value = value_of(key, i);
            unsigned kind = random >> 40 & 7;
            if (kind < 4) {
                assert_true(key_value_put(&world->store, key, &value));
                world->versions[key] = i;
            } else if (kind < 6) {
                assert_true(key_value_remove(&world->store, key));
                world->versions[key] = 0;
            } else {
                expect_key(world, key);
            }
            if (i % 200 == 0)
                expect_scan(world, key, 1 + random % 50);
        }
        expect_scan(world, 0, KEYS + 1);
        for (uint64_t key = 0; key < KEYS; key++)
            expect_key(world, key);
        assert_true(world->store.merges > 3);
        key_value_destroy(&world->store);
        assert_int_equal(files_left(), 0);
        free(world);
    }
}

static void removed_keys_do_not_stay_for_ever(void **state)
{
    (void)state;
    struct key_value_store store;
    struct value value = value_of(1, 1);
    assert_true(key_value_create(&store, "store", 8));
    /* Runs of 32 keys that are there and of 32 that are not, in turn, until four of them became one. */
    for (uint64_t i = 0; store.level_count < 3 || store.levels[2].count == 0; i++) {
        if (i / 32 % 2 == 0)
            assert_true(key_value_put(&store, i % 32, &value));
        else
            assert_true(key_value_remove(&store, i % 32));
    }
    assert_int_equal(sorted_run_count(&store.levels[2].runs[0]), 0);
    for (uint64_t i = 0; i < 32; i++)
        assert_true(key_value_remove(&store, i));
    for (uint64_t key = 0; key < 32; key++)
        assert_null(key_value_get(&store, key));
    key_value_destroy(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_never_denies_a_key_that_it_has),
        cmocka_unit_test(a_memory_table_keeps_the_newest_of_each_key_in_order),
        cmocka_unit_test(a_run_finds_its_keys_and_the_places_between_them),
        cmocka_unit_test(a_run_that_cannot_be_made_says_so),
        cmocka_unit_test(the_store_holds_what_a_table_holds_after_random_operations),
        cmocka_unit_test(removed_keys_do_not_stay_for_ever),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
