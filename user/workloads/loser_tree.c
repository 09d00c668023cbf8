/* The matches of a loser tree: loser_tree.h has the picture. */
#include "loser_tree.h"

#define NOBODY SIZE_MAX

static bool goes_before(const struct loser_tree *tree, size_t left, size_t right)
{
    const struct loser_tree_head *one = &tree->heads[left], *other = &tree->heads[right];
    if (one->ended != other->ended)
        return other->ended;
    if (one->key != other->key && !one->ended)
        return one->key < other->key;
    return left < right;
}

/* `source` plays from its leaf up. At an inner node that nobody has reached it waits for the other. */
static void play(struct loser_tree *tree, size_t source)
{
    for (size_t node = (source + tree->sources) / 2; node > 0; node /= 2) {
        size_t *loser = &tree->heads[node].loser;
        if (*loser == NOBODY) {
            *loser = source;
            return;
        }
        if (goes_before(tree, *loser, source)) {
            size_t winner = *loser;
            *loser = source;
            source = winner;
        }
    }
    tree->heads[0].loser = source;
}

void loser_tree_init(struct loser_tree *tree, struct loser_tree_head *heads, size_t sources)
{
    *tree = (struct loser_tree){.sources = sources, .heads = heads};
    for (size_t source = 0; source < sources; source++)
        heads[source] = (struct loser_tree_head){.loser = NOBODY, .ended = true};
}

void loser_tree_set(struct loser_tree *tree, size_t source, uint64_t key)
{
    tree->heads[source].key = key;
    tree->heads[source].ended = false;
}

void loser_tree_start(struct loser_tree *tree)
{
    for (size_t source = 0; source < tree->sources; source++)
        play(tree, source);
}

bool loser_tree_winner(const struct loser_tree *tree, size_t *source)
{
    *source = tree->heads[0].loser;
    return !tree->heads[*source].ended;
}

void loser_tree_advance(struct loser_tree *tree, uint64_t key)
{
    size_t source = tree->heads[0].loser;
    tree->heads[source].key = key;
    play(tree, source);
}

void loser_tree_end(struct loser_tree *tree)
{
    size_t source = tree->heads[0].loser;
    tree->heads[source].ended = true;
    play(tree, source);
}
