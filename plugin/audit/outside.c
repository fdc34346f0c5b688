/* outside.c - see outside.h. */
#include "outside.h"

#include <stdlib.h>
#include <string.h>

#include "checkpoint_file.h"

/* Sealing may have gone on since the size was read. */
static int look_again(struct outside *o, struct error *err)
{
    char size[24];
    int rc = db_value(o->tiles->db, size, sizeof(size), err,
                      "SELECT tree_size FROM purser.audit_seals ORDER BY id DESC LIMIT 1");

    if (rc == 1 && strtoull(size, NULL, 10) > o->tree_size) {
        o->tree_size = strtoull(size, NULL, 10);
        tiles_forget(o->tiles);
    }
    return rc == -1 ? -1 : 0;
}

/* Does the tree begin with the one of the checkpoint, and is its seal there? @retval 1, 0, -1 err
 */
static int fits(struct outside *o, const struct checkpoint *checkpoint, struct error *err)
{
    struct merkle_source source = {tiles_get, o->tiles, o->tiles->hasher};
    struct merkle_hash root;
    struct error why = {0};

    if (checkpoint->size > o->tree_size && look_again(o, err) != 0)
        return -1;
    if (checkpoint->size > o->tree_size)
        return 0;
    if (merkle_root_of(&source, checkpoint->size, &root, &why) != 0)
        return why.code == ERROR_INPUT ? 0 : error_set(err, why.code, "%s", why.text);
    if (memcmp(&root, &checkpoint->root, sizeof(root)) != 0)
        return 0;
    if (checkpoint->seal_id == 0)
        return 1;
    return store_has_seal(o->tiles->db, checkpoint->seal_id, &checkpoint->seal_hash, err);
}

static bool is_ours(const struct outside *o, const struct checkpoint *checkpoint, const char *note,
                    size_t len)
{
    struct note_verifier verifier;

    if (o->all_are_ours)
        return true;
    if (!o->key->has_key)
        return strcmp(checkpoint->origin, o->key->origin) == 0;
    return note_verifier_init(&verifier, checkpoint->origin, o->key->signer.verifier.public_key,
                              NULL) == 0 &&
           note_verify(note, len, &verifier, NULL) == NOTE_GOOD;
}

static void keep(struct outside *o, const struct checkpoint *checkpoint)
{
    if (checkpoint->size > o->tree_size) {
        if (!o->is_cut || checkpoint->size > o->cut.size)
            o->cut = *checkpoint;
        o->is_cut = true;
    } else {
        if (!o->is_replaced || checkpoint->size < o->replaced.size)
            o->replaced = *checkpoint;
        o->is_replaced = true;
    }
}

static int look(struct outside *o, const char *note, size_t len, struct error *err)
{
    struct checkpoint checkpoint;
    int rc;

    if (checkpoint_parse(note, len, &checkpoint, NULL) != 0) {
        o->unreadable++;
        return 0;
    }
    o->is_unchecked = o->is_unchecked || (!o->key->has_key && note_has_signature(note, len));
    rc = fits(o, &checkpoint, err);
    if (rc < 0)
        return -1;
    if (rc == 1) {
        o->good++;
        o->greatest = checkpoint.size > o->greatest ? checkpoint.size : o->greatest;
        o->last_seal = checkpoint.seal_id > o->last_seal ? checkpoint.seal_id : o->last_seal;
    } else if (is_ours(o, &checkpoint, note, len)) {
        keep(o, &checkpoint);
    } else {
        o->foreign++;
    }
    return 0;
}

int outside_look(struct outside *o, const char *text, size_t len, struct error *err)
{
    const char *note;
    size_t at = 0, n;

    while ((n = checkpoint_file_next(text, len, &at, &note)) > 0)
        if (look(o, note, n, err) != 0)
            return -1;
    if (at < len) /* no end of a line: no note */
        o->unreadable++;
    return 0;
}
