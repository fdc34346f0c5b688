/*
  account.c - see account.h.

  LOCKING: password and renewed_at are guarded by account_lock. The lock is held while the password
  is set through the server (a local statement, lock waits of 2 s at most), so that of several
  threads one renews and the others use the result; this is the one place where a mutex is held over
  SQL. That SQL cannot call back into Purser, and no other lock is taken meanwhile.
*/
#include "account.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "log.h"
#include "server.h"
#include "status.h"
#include "stop.h"

#define RENEW_INTERVAL_MS                                                                          \
    1000 /* a fight over the account with somebody else must not become a loop */

static pthread_mutex_t account_lock = PTHREAD_MUTEX_INITIALIZER;
static char password[ACCOUNT_PASSWORD_SIZE];
static int64_t renewed_at;

void account_reset(void)
{
    pthread_mutex_lock(&account_lock);
    explicit_bzero(password, sizeof(password));
    renewed_at = 0;
    pthread_mutex_unlock(&account_lock);
}

/* 28 random characters of 64 (168 bits), then one of each class that password plugins ask for. */
static int generate(char out[ACCOUNT_PASSWORD_SIZE], struct error *err)
{
    static const char alphabet[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    unsigned char bytes[28];
    size_t i;

    if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
        return error_set(err, ERROR_MEMORY, "no random bytes from the system");
    for (i = 0; i < sizeof(bytes); i++)
        out[i] = alphabet[bytes[i] & 63];
    memcpy(out + sizeof(bytes), "aB3+", 5);
    explicit_bzero(bytes, sizeof(bytes));
    return 0;
}

static int check_account_exists(struct error *err)
{
    char found[8];

    if (server_local_sql("SELECT COUNT(*) FROM mysql.global_priv WHERE User='" ACCOUNT_USER
                         "' AND Host='" ACCOUNT_HOST "'",
                         found, sizeof(found), err) != 0)
        return -1;
    if (strcmp(found, "0") == 0)
        return error_set(err, ERROR_CONFIG,
                         "the account " ACCOUNT_USER "@" ACCOUNT_HOST
                         " does not exist: run sql/install.sql");
    return 0;
}

static int set_password(const char *fresh, struct error *err)
{
    char hash[SERVER_PASSWORD_HASH_SIZE];
    char statement[256];
    struct error first = {0};
    int rc;

    /* The hash, not the password, so that no log or status table of the server ever sees it. */
    server_password_hash(fresh, hash);
    snprintf(statement, sizeof(statement),
             "ALTER USER '" ACCOUNT_USER "'@'" ACCOUNT_HOST
             "' IDENTIFIED VIA mysql_native_password USING '%s' PASSWORD EXPIRE NEVER",
             hash);
    rc = server_local_sql(statement, NULL, 0, &first);
    if (rc != 0 && first.code == ERROR_SQL) {
        /* strict_password_validation refuses a hash that a validation plugin cannot judge. */
        snprintf(statement, sizeof(statement),
                 "ALTER USER '" ACCOUNT_USER "'@'" ACCOUNT_HOST
                 "' IDENTIFIED VIA mysql_native_password USING PASSWORD('%s')"
                 " PASSWORD EXPIRE NEVER",
                 fresh);
        rc = server_local_sql(statement, NULL, 0, err);
    } else if (rc != 0) {
        error_set(err, first.code, "%s", first.text);
    }
    explicit_bzero(statement, sizeof(statement));
    return rc;
}

static int renew(struct error *err)
{
    char fresh[ACCOUNT_PASSWORD_SIZE];
    int rc;

    if (renewed_at && clock_ms() - renewed_at < RENEW_INTERVAL_MS)
        return error_set(err, ERROR_BUSY,
                         "the password of " ACCOUNT_USER "@" ACCOUNT_HOST
                         " was refused right after it was set");
    if (check_account_exists(err) != 0 || generate(fresh, err) != 0)
        return -1;
    rc = set_password(fresh, err);
    if (rc == 0) {
        memcpy(password, fresh, sizeof(password));
        renewed_at = clock_ms();
        status_add(&purser_status.password_rotations, 1);
    } else {
        error_prefix(err, "cannot set the password of " ACCOUNT_USER "@" ACCOUNT_HOST ": ");
    }
    explicit_bzero(fresh, sizeof(fresh));
    return rc;
}

int account_password(const char *refused, char out[ACCOUNT_PASSWORD_SIZE], struct error *err)
{
    int rc = 0;

    pthread_mutex_lock(&account_lock);
    if (!password[0] || (refused && strcmp(refused, password) == 0))
        rc = renew(err);
    if (rc == 0)
        memcpy(out, password, ACCOUNT_PASSWORD_SIZE);
    else
        explicit_bzero(out, ACCOUNT_PASSWORD_SIZE);
    pthread_mutex_unlock(&account_lock);
    return rc;
}
