/*
 * The servers' allocator and the intrusive list.
 */
#include "host_test.h"

#include <quire/heap.h>
#include <quire/list.h>
#include <stdlib.h>
#include <string.h>

#define HEAP_BYTES (1u << 20)
#define PHYSICAL 0x7654000ull

static _Alignas(4096) uint8_t memory[HEAP_BYTES];
static struct heap heap;

static int set_up(void **state)
{
    (void)state;
    memset(memory, 0, sizeof memory);
    heap_initialize(&heap, memory, PHYSICAL, sizeof memory);
    return 0;
}

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    static struct {
        uint8_t *memory;
        size_t length;
        uint8_t mark;
    } pieces[200];
    for (int round = 0; round < 5000; round++) {
        unsigned i = (unsigned)rand() % 200;
        for (size_t b = 0; pieces[i].memory != NULL && b < pieces[i].length; b++)
            assert_int_equal(pieces[i].memory[b], pieces[i].mark);
        heap_free(&heap, pieces[i].memory, pieces[i].length);
        pieces[i].length = (size_t)rand() % 600;
        pieces[i].mark = (uint8_t)(rand() | 1);
        pieces[i].memory = heap_allocate(&heap, pieces[i].length);
        assert_non_null(pieces[i].memory);
        assert_int_equal((uintptr_t)pieces[i].memory % HEAP_ALIGNMENT, 0);
        for (size_t b = 0; b < pieces[i].length; b++)
            assert_int_equal(pieces[i].memory[b], 0);
        memset(pieces[i].memory, pieces[i].mark, pieces[i].length);
    }
}

static void freed_memory_is_used_again_and_little_is_wasted(void **state)
{
    (void)state;
    for (size_t length = 1; length < 100000; length = length * 5 / 4 + 1) {
        set_up(NULL);
        size_t before = heap_untouched_bytes(&heap);
        void *piece = heap_allocate(&heap, length);
        size_t used = before - heap_untouched_bytes(&heap);
        assert_true(used >= length && used <= length + length / 4 + HEAP_ALIGNMENT);
        heap_free(&heap, piece, length);
        assert_ptr_equal(heap_allocate(&heap, length), piece);
        heap_free(&heap, piece, length);
    }
}

static void exhaustion_is_answered(void **state)
{
    (void)state;
    struct dma_memory dma;
    assert_null(heap_allocate(&heap, HEAP_BYTES + 1));
    assert_null(heap_allocate(&heap, SIZE_MAX));
    assert_false(heap_allocate_dma(&heap, HEAP_BYTES + 1, &dma));
    assert_false(heap_allocate_dma(&heap, UINT64_MAX, &dma));
    unsigned count = 0;
    while (heap_allocate(&heap, 5000) != NULL)
        count++;
    assert_true(count >= HEAP_BYTES / 6400);
}

static void device_memory_is_whole_pages_with_its_address(void **state)
{
    (void)state;
    struct dma_memory first, second;
    heap_allocate(&heap, 24);
    assert_true(heap_allocate_dma(&heap, 5000, &first));
    assert_true(heap_allocate_dma(&heap, 1, &second));
    assert_int_equal(first.physical % 4096, 0);
    assert_int_equal(first.length_bytes, 8192);
    assert_int_equal(second.physical, first.physical + 8192);
    assert_int_equal(first.physical - PHYSICAL, first.address - memory);
    assert_int_equal(heap_physical(&heap, first.address + 5), first.physical + 5);
}

struct element {
    int value;
    struct list_link link;
};

static void a_list_keeps_order_and_lets_go(void **state)
{
    (void)state;
    struct list_link head;
    struct element elements[5];
    list_initialize(&head);
    assert_null(list_first(&head));
    assert_null(list_remove_first(&head));
    for (int i = 0; i < 5; i++) {
        elements[i].value = i;
        list_append(&head, &elements[i].link);
    }
    list_remove(&elements[2].link);
    list_remove(&elements[2].link); /* harmless */
    list_prepend(&head, &elements[2].link);
    static const int wanted[] = {2, 0, 1, 3, 4};
    int count = 0;
    LIST_FOR_EACH (link, &head) {
        assert_int_equal(LIST_ENTRY(link, struct element, link)->value, wanted[count++]);
        list_remove(link);
    }
    assert_int_equal(count, 5);
    assert_true(list_is_empty(&head));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pieces_are_zeroed_aligned_and_apart),
        TEST(freed_memory_is_used_again_and_little_is_wasted),
        TEST(exhaustion_is_answered),
        TEST(device_memory_is_whole_pages_with_its_address),
        TEST(a_list_keeps_order_and_lets_go),
    };
    return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
