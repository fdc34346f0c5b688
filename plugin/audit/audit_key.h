/* audit_key.h - under which name the audit log is signed, and by which key. */
#ifndef PURSER_AUDIT_KEY_H
#define PURSER_AUDIT_KEY_H

#include <stdbool.h>
#include <sys/stat.h>

#include "../../udf/audit/note.h"
#include "../db.h"
#include "../settings.h"

struct audit_key {
    char origin[NOTE_NAME_SIZE];
    bool has_key;
    struct note_signer signer; /* where has_key */
    struct stat file;          /* the secrets file it is from; zeroed where there is none */
};

/**
  The origin from purser.settings, the seed from the secrets file (audit.ed25519_seed).
  @retval 0  has_key is false where no seed is configured @retval -1 err: ERROR_CONFIG, or of the
  connection
*/
int audit_key_load(struct audit_key *key, struct db *db, const struct settings *settings,
                   struct error *err);

/** Is the secrets file still the one that the key was read from? Costs a stat. */
bool audit_key_is_current(const struct audit_key *key, const struct settings *settings);

/** Wipe it. Legal on a zeroed struct. */
void audit_key_wipe(struct audit_key *key);

#endif
