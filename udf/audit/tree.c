/* tree.c - see tree.h. */
#include "tree.h"

void tree_init(struct tree *tree, tree_tile *full, void *context, struct crypto_hasher *hasher)
{
    unsigned i;

    tree->size = 0;
    tree->full = full;
    tree->context = context;
    tree->hasher = hasher;
    for (i = 0; i < TREE_LEVELS; i++)
        merkle_range_init(&tree->level[i].range, hasher);
}

unsigned tree_width(uint64_t size, unsigned level)
{
    return (unsigned)(size >> (8 * level)) % TILE_HASHES;
}

uint64_t tree_tile_number(uint64_t size, unsigned level)
{
    return level + 1 < TREE_LEVELS ? size >> (8 * (level + 1)) : 0;
}

static int put(struct tree_level *level, const struct merkle_hash *hash)
{
    level->hashes[level->range.size] = *hash;
    return merkle_range_add(&level->range, hash);
}

int tree_load(struct tree *tree, unsigned level, const struct merkle_hash *hashes)
{
    unsigned i, width = tree_width(tree->size, level);

    merkle_range_init(&tree->level[level].range, tree->hasher);
    for (i = 0; i < width; i++)
        if (put(&tree->level[level], &hashes[i]) != 0)
            return -1;
    return 0;
}

int tree_add(struct tree *tree, const struct merkle_hash *leaf, struct error *err)
{
    struct merkle_hash hash = *leaf;
    unsigned i;

    for (i = 0; i < TREE_LEVELS; i++) {
        struct tree_level *level = &tree->level[i];

        if (put(level, &hash) != 0)
            return error_set(err, ERROR_MEMORY, "out of memory");
        if (level->range.size < TILE_HASHES)
            break;
        if (tree->full(tree->context, i, tree_tile_number(tree->size, i), level->hashes,
                       TILE_HASHES, err) != 0)
            return -1;
        if (merkle_range_root(&level->range, &hash) != 0)
            return error_set(err, ERROR_MEMORY, "out of memory");
        merkle_range_init(&level->range, tree->hasher);
    }
    tree->size++;
    return 0;
}

int tree_partial(const struct tree *tree, tree_tile *tell, void *context, struct error *err)
{
    unsigned i;

    for (i = 0; i < TREE_LEVELS; i++) {
        const struct tree_level *level = &tree->level[i];

        if (level->range.size > 0 && tell(context, i, tree_tile_number(tree->size, i),
                                          level->hashes, (unsigned)level->range.size, err) != 0)
            return -1;
    }
    return 0;
}

/* The complete subtrees of the whole are those of its growing tiles, the smallest ones first. */
int tree_root(const struct tree *tree, struct merkle_hash *root)
{
    bool any = false;
    unsigned i;
    int n;

    for (i = 0; i < TREE_LEVELS; i++) {
        const struct merkle_range *range = &tree->level[i].range;

        for (n = range->count; n-- > 0; any = true) {
            if (!any)
                *root = range->nodes[n];
            else if (merkle_node(tree->hasher, &range->nodes[n], root, root) != 0)
                return -1;
        }
    }
    return any ? 0 : merkle_range_root(&tree->level[0].range, root); /* that of nothing */
}
