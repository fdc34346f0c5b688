/* audit_key.c - see audit_key.h. */
#include "audit_key.h"

#include <string.h>

#include "../secrets.h"

static int load_origin(struct audit_key *key, struct db *db, struct error *err)
{
    int rc = db_value(db, key->origin, sizeof(key->origin), err,
                      "SELECT value FROM purser.settings WHERE name = 'audit_origin'");

    if (rc == -1)
        return -1;
    if (rc == 0)
        return error_set(err, ERROR_CONFIG,
                         "setting audit_origin is missing or longer than %d bytes: it is the name"
                         " under which the audit log is sealed",
                         NOTE_NAME_SIZE - 1);
    if (note_name_check(key->origin, strlen(key->origin), err) != 0) {
        err->code = ERROR_CONFIG;
        return error_prefix(err, "setting audit_origin: ");
    }
    return 0;
}

static int load_seed(struct audit_key *key, const char *text, struct error *err)
{
    unsigned char seed[CRYPTO_ED25519_SEED];
    int rc = audit_seed_parse(text, strlen(text), seed, err);

    if (rc == 0)
        rc = note_signer_init(&key->signer, key->origin, seed, err);
    explicit_bzero(seed, sizeof(seed));
    key->has_key = rc == 0;
    return rc == 0 ? 0 : error_prefix(err, "secrets file, audit.ed25519_seed: ");
}

int audit_key_load(struct audit_key *key, struct db *db, const struct settings *settings,
                   struct error *err)
{
    struct secrets *secrets;
    const char *text;
    int rc;

    memset(key, 0, sizeof(*key));
    if (load_origin(key, db, err) != 0)
        return -1;
    if (settings->secrets_file[0])
        stat(settings->secrets_file, &key->file);
    secrets = secrets_load(settings->secrets_file, err);
    if (!secrets)
        return -1;
    text = secrets_text(secrets, "audit", "ed25519_seed");
    rc = text ? load_seed(key, text, err) : 0;
    secrets_destroy(secrets);
    return rc;
}

bool audit_key_is_current(const struct audit_key *key, const struct settings *settings)
{
    struct stat now = {0};

    if (settings->secrets_file[0])
        stat(settings->secrets_file, &now);
    return now.st_ino == key->file.st_ino && now.st_size == key->file.st_size &&
           now.st_mtim.tv_sec == key->file.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == key->file.st_mtim.tv_nsec;
}

void audit_key_wipe(struct audit_key *key)
{
    note_signer_wipe(&key->signer);
    memset(key, 0, sizeof(*key));
}
