/* hello.c - see hello.h. */
#include "hello.h"

#include <stdio.h>
#include <string.h>

#include "../secrets_cache.h"
#include "../settings.h"
#include "../stop.h"

#define SECTION "rate_limits"
#define CLUSTER "it is a Redis Cluster, which is not supported"

int store_hello_explain(const struct redis_answer *answer, struct error *err)
{
    static const struct {
        const char *word, *meaning;
    } known[] = {
        {"NOAUTH", "it wants a password: rate_limits.store_password in the secrets file"},
        {"WRONGPASS", "it refuses the user or the password"},
        {"NOPERM", "its user may not do what is needed (ACL)"},
        {"OOM", "its memory is full (OOM)"},
        {"READONLY", "it is a replica, which takes no writes (READONLY)"},
        {"MASTERDOWN", "it is a replica without its primary (MASTERDOWN)"},
        {"NOREPLICAS", "it has too few replicas, and so takes no writes (NOREPLICAS)"},
        {"MISCONF", "it cannot save its data, and so takes no writes (MISCONF)"},
        {REDIS_FULL, "it takes no more connections (maxclients)"},
        {"LOADING", "it is loading its data (LOADING)"},
        {"BUSY", "a script keeps it busy (BUSY)"},
        {"MOVED", CLUSTER},
        {"ASK", CLUSTER},
        {"TRYAGAIN", CLUSTER},
        {"CLUSTERDOWN", CLUSTER},
        {"CROSSSLOT", CLUSTER},
        {"WRONGTYPE", "somebody else uses our keys (WRONGTYPE): give Purser its own database"},
    };
    size_t i;

    if (answer->type != REDIS_ERROR)
        return error_set(err, ERROR_REMOTE, "its answer makes no sense");
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(answer->text, known[i].word) == 0)
            return error_set(err, ERROR_REMOTE, "%s", known[i].meaning);
    return error_set(err, ERROR_REMOTE, "it answers with an error%s%s", *answer->text ? ": " : "",
                     answer->text);
}

static int say(struct redis *redis, const char *const *words, int n,
               const struct redis_patience *patience, struct redis_answer *answer,
               struct error *err)
{
    size_t len[3];
    int i;

    for (i = 0; i < n; i++)
        len[i] = strlen(words[i]);
    if (redis_call(redis, n, words, len, patience, answer, err) != 0)
        return -1;
    return answer->type == REDIS_TEXT ? 0 : store_hello_explain(answer, err);
}

static int log_in(struct redis *redis, const char *secrets_file,
                  const struct redis_patience *patience, struct error *err)
{
    unsigned era = secrets_cache_era();
    struct secrets_view *view = NULL;
    const char *words[3] = {"AUTH", NULL, NULL}, *user, *password;
    struct redis_answer answer;
    struct error why = {0};
    int n = 1, rc = 0;

    if (*secrets_file && !(view = secrets_cache_get(secrets_file, settings_generation(), era, err)))
        return -1;
    user = view ? secrets_view_text(view, SECTION, "store_user") : NULL;
    password = view ? secrets_view_text(view, SECTION, "store_password") : NULL;
    if (user && !password) {
        rc = error_set(err, ERROR_CONFIG,
                       "the secrets file has rate_limits.store_user and no "
                       "rate_limits.store_password");
    } else if (password) {
        if (user)
            words[n++] = user;
        words[n++] = password;
        rc = say(redis, words, n, patience, &answer, &why);
        /* Of AUTH, ERR means that no password is set, or that it knows no users. One that is full
           says ERR to whoever comes. */
        if (rc != 0 && answer.type == REDIS_ERROR && strcmp(answer.text, REDIS_FULL) != 0)
            error_set(err, ERROR_AUTH,
                      "it refuses rate_limits.store_user and rate_limits.store_password of the "
                      "secrets file");
        else if (rc != 0)
            error_set(err, why.code, "%s", why.text);
    }
    secrets_view_release(view);
    return rc;
}

static int begin(struct redis *redis, const struct store_target *target, const char *secrets_file,
                 const char *script, const struct redis_patience *patience,
                 char name[REDIS_TEXT_SIZE], struct error *err)
{
    char db[16];
    const char *choose[] = {"SELECT", db}, *load[] = {"SCRIPT", "LOAD", script};
    struct redis_answer answer;

    if (log_in(redis, secrets_file, patience, err) != 0)
        return -1;
    snprintf(db, sizeof(db), "%d", target->db);
    if (target->db != 0 && say(redis, choose, 2, patience, &answer, err) != 0) {
        /* a cluster has the first one only, and says ERR as well */
        if (answer.type == REDIS_ERROR && strcmp(answer.text, "ERR") == 0) {
            error_clear(err);
            error_set(err, ERROR_REMOTE,
                      "it has no database of that number, or is a Redis Cluster");
        }
        return error_prefix(err, "database %d: ", target->db);
    }
    if (say(redis, load, 3, patience, &answer, err) != 0)
        return -1;
    memcpy(name, answer.text, REDIS_TEXT_SIZE);
    return strlen(name) == 40 ? 0 : error_set(err, ERROR_REMOTE, "its answer makes no sense");
}

struct redis *store_hello(const struct store_target *target, const char *secrets_file,
                          const char *script, const struct redis_patience *patience,
                          char name[REDIS_TEXT_SIZE], struct error *err)
{
    struct redis *redis = NULL;
    struct error why = {0};
    int i;

    for (i = 0; i < target->n && !redis && why.code != ERROR_STOPPED; i++) {
        struct redis_patience share = *patience;
        int64_t now = clock_ns();

        /* Of several addresses one that swallows what comes leaves some of the time to the rest. */
        share.deadline_ns = now + (patience->deadline_ns - now) / (target->n - i);
        error_clear(&why);
        redis =
            redis_open((const struct sockaddr *)&target->address[i], target->len[i], &share, &why);
    }
    if (!redis) {
        error_set(err, why.code, "%s", why.text);
        return NULL;
    }
    if (begin(redis, target, secrets_file, script, patience, name, err) == 0)
        return redis;
    redis_close(redis);
    return NULL;
}
