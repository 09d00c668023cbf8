/*
 * Huge pages: asked for by madvise, made by one fault, split when a part of one goes, and no more than
 * a matter of speed: contents are what they are in small pages.
 */
#include "support/promise.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE ((size_t)2 << 20)
#define HUGE_PAGES (HUGE / PAGE)

/* An aligned piece of `count` times 2 MiB that asks for huge pages, in a mapping one longer. */
struct piece {
    char *mapping, *memory;
    size_t count;
};

static struct piece piece_make(size_t count)
{
    struct piece piece = {.mapping = map_private((count + 1) * HUGE_PAGES), .count = count};
    piece.memory = (char *)(((uintptr_t)piece.mapping + HUGE - 1) & ~(HUGE - 1));
    CHECK(madvise(piece.memory, count * HUGE, MADV_HUGEPAGE) == 0);
    return piece;
}

static void piece_end(const struct piece *piece)
{
    unmap(piece->mapping, (piece->count + 1) * HUGE_PAGES);
}

static uint64_t huge_now(void)
{
    return group_statistics().large_pages;
}

PROMISE(one_touch_brings_two_mebibytes_of_zeros)
{
    static unsigned char resident[HUGE_PAGES];
    struct piece piece = piece_make(1);
    struct group_statistics before = group_statistics();
    CHECK(*(volatile char *)piece.memory == 0);
    struct group_statistics after = group_statistics();
    CHECK(after.faults_large == before.faults_large + 1);
    CHECK(after.large_pages == before.large_pages + 1);
    CHECK(after.resident >= before.resident + HUGE_PAGES);
    CHECK(mincore(piece.memory, HUGE, resident) == 0);
    for (size_t i = 0; i < HUGE_PAGES; i++)
        CHECK((resident[i] & 1) && page_is_zero(piece.memory + i * PAGE));
    CHECK(group_statistics().faults_zero_fill <= after.faults_zero_fill + 8); /* not one a page */
    piece_end(&piece);
    CHECK(huge_now() == before.large_pages);
}

PROMISE(nobody_gets_one_who_did_not_ask)
{
    struct piece piece = piece_make(2);
    uint64_t made = group_statistics().faults_large;
    CHECK(madvise(piece.memory, 2 * HUGE, MADV_NOHUGEPAGE) == 0);
    piece.memory[0] = 1;
    CHECK(madvise(piece.memory + HUGE, HUGE - PAGE, MADV_HUGEPAGE) == 0); /* less than one */
    piece.memory[HUGE] = 1;
    CHECK(group_statistics().faults_large == made);
    piece_end(&piece);
    CHECK(madvise((void *)PAGE, HUGE, MADV_HUGEPAGE) == -1);
}

PROMISE(parts_that_go_leave_the_rest)
{
    struct piece piece = piece_make(3);
    uint64_t splits = group_statistics().large_splits;
    fill(piece.memory, 3 * HUGE_PAGES, 1);
    CHECK(munmap(piece.memory + 5 * PAGE, PAGE) == 0);
    CHECK(madvise(piece.memory + HUGE, PAGE, MADV_DONTNEED) == 0);
    CHECK(mprotect(piece.memory + 3 * HUGE - PAGE, PAGE, PROT_READ) == 0);
    CHECK(group_statistics().large_splits == splits + 3);
    expect_read_dies(SIGSEGV, piece.memory + 5 * PAGE);
    CHECK(page_is_zero(piece.memory + HUGE));
    expect_write_dies(SIGSEGV, piece.memory + 3 * HUGE - PAGE);
    CHECK(holds(piece.memory, 5, 1));
    CHECK(holds(piece.memory + 6 * PAGE, HUGE_PAGES - 6, 7));
    CHECK(holds(piece.memory + HUGE + PAGE, 2 * HUGE_PAGES - 1, HUGE_PAGES + 2));
    piece_end(&piece);
}

static struct piece shared;

static void change_in_child(void *context)
{
    (void)context;
    CHECK(holds(shared.memory, HUGE_PAGES, 1));
    fill(shared.memory, HUGE_PAGES / 2, 5000);
    CHECK(holds(shared.memory, HUGE_PAGES / 2, 5000));
    CHECK(holds(shared.memory + HUGE / 2, HUGE_PAGES / 2, HUGE_PAGES / 2 + 1));
}

PROMISE(parent_and_child_write_their_own)
{
    shared = piece_make(1);
    fill(shared.memory, HUGE_PAGES, 1);
    in_child(change_in_child, NULL);
    CHECK(holds(shared.memory, HUGE_PAGES, 1));
    pid_t child = child_start(change_in_child, NULL);
    usleep(1000);
    fill(shared.memory + HUGE - PAGE, 1, 9000);
    fill(shared.memory + HUGE - PAGE, 1, HUGE_PAGES);
    expect_exit(child, 0);
    CHECK(holds(shared.memory, HUGE_PAGES, 1));
    piece_end(&shared);
}

PROMISE(more_of_them_than_there_are_frames_keep_their_contents)
{
    struct group_statistics before = group_statistics();
    size_t count = frame_budget() / HUGE_PAGES + 2;
    struct piece piece = piece_make(count);
    for (size_t round = 0; round < 2; round++) {
        fill(piece.memory, count * HUGE_PAGES, round * 100000);
        CHECK(holds(piece.memory, count * HUGE_PAGES, round * 100000));
    }
    struct group_statistics after = group_statistics();
    CHECK(after.faults_large > before.faults_large);
    CHECK(after.large_fallbacks > before.large_fallbacks);
    CHECK(after.large_splits > before.large_splits);
    CHECK(after.swap_outs > before.swap_outs && after.swap_ins > before.swap_ins);
    piece_end(&piece);
    CHECK(huge_now() == before.large_pages);
}

/* What was unmapped comes together again: the same fault finds 2 MiB in a row. */
PROMISE(freed_pieces_make_huge_pages_again)
{
    for (unsigned round = 0; round < 20; round++) {
        struct piece piece = piece_make(1);
        uint64_t made = group_statistics().faults_large;
        fill(piece.memory, HUGE_PAGES, round);
        CHECK(munmap(piece.memory + round * PAGE, PAGE) == 0);
        CHECK(group_statistics().faults_large == made + 1);
        piece_end(&piece);
    }
}

int main(void)
{
    static const struct promise promises[] = {
        KEEP(one_touch_brings_two_mebibytes_of_zeros),
        KEEP(nobody_gets_one_who_did_not_ask),
        KEEP(parts_that_go_leave_the_rest),
        KEEP(parent_and_child_write_their_own),
        KEEP(more_of_them_than_there_are_frames_keep_their_contents),
        KEEP(freed_pieces_make_huge_pages_again),
    };
    return keep_promises("huge-pages", promises, sizeof(promises) / sizeof(promises[0]));
}
