/*
 * A tournament of sorted sources: which of them has the smallest key at its head (Knuth, TAOCP 3,
 * 5.4.1). Replacing the winner's head costs log2(sources) comparisons. Of equal keys the source
 * with the lower number wins, which makes merges stable.
 *
 *                 [0] winner
 *                  |
 *                 [1]              an inner node has the loser of the match played there,
 *               /     \            the winner went up
 *            [2]       [3]
 *           /   \     /   \
 *          s0   s1   s2   s3       heads of the sources
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loser_tree_head {
    uint64_t key;
    size_t loser; /* of the inner node with this number */
    bool ended;
};

struct loser_tree {
    size_t sources;
    struct loser_tree_head *heads;
};

/* `heads` are the caller's, one for each of at least one source. All sources begin ended. */
void loser_tree_init(struct loser_tree *tree, struct loser_tree_head *heads, size_t sources);
/* The first key of a source, before loser_tree_start(). */
void loser_tree_set(struct loser_tree *tree, size_t source, uint64_t key);
void loser_tree_start(struct loser_tree *tree);

/* The source with the smallest key. False: all have ended. */
bool loser_tree_winner(const struct loser_tree *tree, size_t *source);
/* The winner's next key, not below the one that it had; or it has no more. */
void loser_tree_advance(struct loser_tree *tree, uint64_t key);
void loser_tree_end(struct loser_tree *tree);
