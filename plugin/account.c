/*
  account.c - see account.h.

  LOCKING: password and renewed_at of an account are guarded by its lock. The lock is held while the
  password is set through the server (a local statement, lock waits of 2 s at most), so that of
  several threads one renews and the others use the result; this is the one place where a mutex is
  held over SQL. That SQL cannot call back into Purser, and no other lock is taken meanwhile.
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

struct login {
    const char *user;
    pthread_mutex_t lock;
    char password[ACCOUNT_PASSWORD_SIZE];
    int64_t renewed_at;
};

static struct login logins[ACCOUNTS] = {
    [ACCOUNT_WORKER] = {.user = "purser", .lock = PTHREAD_MUTEX_INITIALIZER},
    [ACCOUNT_API] = {.user = "purser_api", .lock = PTHREAD_MUTEX_INITIALIZER},
};

const char *account_user(enum account which)
{
    return logins[which].user;
}

void account_reset(void)
{
    int i;

    for (i = 0; i < ACCOUNTS; i++) {
        pthread_mutex_lock(&logins[i].lock);
        explicit_bzero(logins[i].password, sizeof(logins[i].password));
        logins[i].renewed_at = 0;
        pthread_mutex_unlock(&logins[i].lock);
    }
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

static int check_account_exists(const struct login *login, struct error *err)
{
    char found[8], statement[160];

    snprintf(statement, sizeof(statement),
             "SELECT COUNT(*) FROM mysql.global_priv WHERE User='%s' AND Host='" ACCOUNT_HOST "'",
             login->user);
    if (server_local_sql(statement, found, sizeof(found), err) != 0)
        return -1;
    if (strcmp(found, "0") == 0)
        return error_set(err, ERROR_CONFIG,
                         "the account %s@" ACCOUNT_HOST " does not exist: run sql/install.sql",
                         login->user);
    return 0;
}

static int set_password(const struct login *login, const char *fresh, struct error *err)
{
    char hash[SERVER_PASSWORD_HASH_SIZE];
    char statement[256];
    struct error first = {0};
    int rc;

    /* The hash, not the password, so that no log or status table of the server ever sees it. */
    server_password_hash(fresh, hash);
    snprintf(statement, sizeof(statement),
             "ALTER USER '%s'@'" ACCOUNT_HOST
             "' IDENTIFIED VIA mysql_native_password USING '%s' PASSWORD EXPIRE NEVER",
             login->user, hash);
    rc = server_local_sql(statement, NULL, 0, &first);
    if (rc != 0 && first.code == ERROR_SQL) {
        /* strict_password_validation refuses a hash that a validation plugin cannot judge. */
        snprintf(statement, sizeof(statement),
                 "ALTER USER '%s'@'" ACCOUNT_HOST
                 "' IDENTIFIED VIA mysql_native_password USING PASSWORD('%s')"
                 " PASSWORD EXPIRE NEVER",
                 login->user, fresh);
        rc = server_local_sql(statement, NULL, 0, err);
    } else if (rc != 0) {
        error_set(err, first.code, "%s", first.text);
    }
    explicit_bzero(statement, sizeof(statement));
    return rc;
}

static int renew(struct login *login, struct error *err)
{
    char fresh[ACCOUNT_PASSWORD_SIZE];
    int rc;

    if (login->renewed_at && clock_ms() - login->renewed_at < RENEW_INTERVAL_MS)
        return error_set(err, ERROR_BUSY,
                         "the password of %s@" ACCOUNT_HOST " was refused right after it was set",
                         login->user);
    if (check_account_exists(login, err) != 0 || generate(fresh, err) != 0)
        return -1;
    rc = set_password(login, fresh, err);
    if (rc == 0) {
        memcpy(login->password, fresh, sizeof(fresh));
        login->renewed_at = clock_ms();
        status_add(&purser_status.password_rotations, 1);
    } else {
        error_prefix(err, "cannot set the password of %s@" ACCOUNT_HOST ": ", login->user);
    }
    explicit_bzero(fresh, sizeof(fresh));
    return rc;
}

int account_password(enum account which, const char *refused, char out[ACCOUNT_PASSWORD_SIZE],
                     struct error *err)
{
    struct login *login = &logins[which];
    int rc = 0;

    pthread_mutex_lock(&login->lock);
    if (!login->password[0] || (refused && strcmp(refused, login->password) == 0))
        rc = renew(login, err);
    if (rc == 0)
        memcpy(out, login->password, ACCOUNT_PASSWORD_SIZE);
    else
        explicit_bzero(out, ACCOUNT_PASSWORD_SIZE);
    pthread_mutex_unlock(&login->lock);
    return rc;
}
