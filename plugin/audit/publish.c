/*
  publish.c - see publish.h.

  DESIGN: the scheduler asks every few seconds, where a channel is set, whether the last seal is
  another one than that sent last and the interval, or the pause after failures (1, 2, 4 ... 60
  minutes), is over. The task asks again under a lease, so that of several servers one sends.

  THREADS: publish_push is called by the scheduler, publish_execute by a runner; nothing is shared.
*/
#include "publish.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/audit/note.h"
#include "../http_client.h"
#include "../lease.h"
#include "../log.h"
#include "../mail.h"
#include "../mail_settings.h"
#include "../secrets.h"
#include "../status.h"
#include "../stop.h"
#include "audit_key.h"

#define NOTE_TYPE "text/plain; charset=utf-8"
#define TOKEN_MAX 512
#define ANSWER_MAX 65536

/* All tries of one task together take less than the lease lasts. */
#define CONNECT_MS 10000
#define MAIL_TOTAL_MS 45000
#define POST_TOTAL_MS 20000
#define POST_TRIES 2

struct publish {
    struct db *db;
    struct lease lease;
    struct settings settings;
    struct secrets *secrets;
    const char *name; /* of the task and of the row */
    char *note;       /* owned */
    size_t note_len;
    char sealed_at[32];
    struct checkpoint checkpoint;
    char last_error[sizeof(((struct error *)0)->text)];
    struct error refused; /* who has not got it, while others have */
    struct mail_recipients to, one;
};

static bool is_set(const struct settings *settings, const char *name)
{
    if (strcmp(name, TASK_CHECKPOINT_MAIL) == 0)
        return settings->audit_checkpoint_mail[0] != '\0';
    return settings->audit_checkpoint_url[0] != '\0';
}

static const char *done_word(const struct publish *p)
{
    return strcmp(p->name, TASK_CHECKPOINT_MAIL) == 0 ? "mailed" : "posted";
}

/* ---- the scheduler's side */

/* @retval 0 @retval 1 not now: it is being sent already, or there is no room @retval -1 err
   A clock that was set back does not silence it for long. */
static int push(struct db *db, const struct settings *settings, const char *name, bool hasten,
                struct error *err)
{
    struct task task = {.kind = TASK_CHECKPOINT};
    char due[4];
    int rc;

    if (!is_set(settings, name))
        return 0;
    if (task_exists(TASK_CHECKPOINT, name, 0))
        return 1;
    rc =
        db_value(db, due, sizeof(due), err,
                 "SELECT 1 FROM (SELECT sealed_at FROM purser.audit_seals ORDER BY id DESC LIMIT 1)"
                 " s LEFT JOIN purser.jobs j ON j.name = %s"
                 " WHERE (j.last_start IS NULL OR j.last_start <> s.sealed_at)"
                 " AND (j.last_end IS NULL OR ABS(TIMESTAMPDIFF(SECOND, j.last_end,"
                 " UTC_TIMESTAMP(6))) >= 60 * CASE WHEN j.failures = 0 THEN %d WHEN %d THEN 0"
                 " ELSE LEAST(POW(2, LEAST(j.failures, 10) - 1), 60) END)",
                 name, settings->audit_checkpoint_minutes, hasten);
    if (rc != 1)
        return rc;
    snprintf(task.gateway, sizeof(task.gateway), "%s", name);
    return task_push(&task) == 0 ? 0 : 1;
}

int publish_push(struct db *db, const struct settings *settings, unsigned generation,
                 unsigned heeded[PUBLISH_CHANNELS], struct error *err)
{
    static const char *const names[PUBLISH_CHANNELS] = {TASK_CHECKPOINT_MAIL, TASK_CHECKPOINT_POST};
    int i, rc;

    /* Each for itself: one that takes long must not have the other tried again and again. */
    for (i = 0; i < PUBLISH_CHANNELS; i++) {
        rc = push(db, settings, names[i], heeded[i] != generation, err);
        if (rc < 0)
            return -1;
        if (rc == 0)
            heeded[i] = generation;
    }
    return 0;
}

/* ---- the runner's side */

/* The last seal, where it has not been sent. @retval 1 @retval 0 nothing to do @retval -1 err */
static int read_seal(struct publish *p, struct error *err)
{
    struct rows *rows =
        db_query(p->db, err,
                 "SELECT s.checkpoint, s.sealed_at, COALESCE(j.last_error, '')"
                 " FROM (SELECT checkpoint, sealed_at FROM purser.audit_seals"
                 " ORDER BY id DESC LIMIT 1) s LEFT JOIN purser.jobs j ON j.name = %s"
                 " WHERE (j.last_start IS NULL OR j.last_start <> s.sealed_at)"
                 " AND (j.last_end IS NULL OR j.failures > 0 OR"
                 " ABS(TIMESTAMPDIFF(SECOND, j.last_end, UTC_TIMESTAMP(6))) >= 60 * %d)",
                 p->name, p->settings.audit_checkpoint_minutes);
    struct row row;
    int rc = rows ? rows_next(rows, &row, err) : -1;

    if (rc == 1 && (!row.field[0] || !row.field[1])) /* damaged: audit_verify says so */
        rc = 0;
    if (rc == 1) {
        p->note = strndup(row.field[0], row.length[0]);
        p->note_len = row.length[0];
        snprintf(p->sealed_at, sizeof(p->sealed_at), "%s", row.field[1]);
        snprintf(p->last_error, sizeof(p->last_error), "%s", row.field[2]);
        if (!p->note)
            rc = error_set(err, ERROR_MEMORY, "out of memory");
    }
    rows_close(rows);
    return rc;
}

/* Nothing leaves the house that is not ours. */
static int check_note(struct publish *p, struct error *err)
{
    struct audit_key key;
    struct error why = {0};
    int rc = audit_key_load(&key, p->db, &p->settings, err);

    if (rc == 0 && !key.has_key)
        rc = error_set(err, ERROR_CONFIG,
                       "checkpoints are not signed: the secrets file needs audit.ed25519_seed");
    if (rc == 0 && note_verify(p->note, p->note_len, &key.signer.verifier, &why) != NOTE_GOOD)
        rc = error_set(err, ERROR_CONFIG, "the last seal is not signed by our key: %s", why.text);
    if (rc == 0)
        rc = checkpoint_parse(p->note, p->note_len, &p->checkpoint, err);
    audit_key_wipe(&key);
    return rc;
}

/* The server has refused the mail to all, which may be because of one address: to each by itself it
   goes to the others. Where one gets it, it is mailed; of who was refused p->refused tells.
   @param deadline  clock_ms() */
static int mail_to_each(struct publish *p, struct mail_server *server, struct mail *mail,
                        int64_t deadline, struct error *err)
{
    struct error why = {0};
    int i, sent = 0;

    mail->to = &p->one;
    p->one.count = 1;
    for (i = 0; i < p->to.count; i++) {
        const char *address = p->to.address[i];

        error_clear(&why);
        memcpy(p->one.address[0], address, MAIL_ADDRESS_SIZE);
        server->total_timeout_ms = deadline - clock_ms();
        if (server->total_timeout_ms <= 0)
            return error_set(err, ERROR_REMOTE, "there was no time left for %s", address);
        if (mail_send(server, mail, &why) == 0)
            sent++;
        else if (why.code != ERROR_REFUSED)
            return error_set(err, why.code, "%s: %s", address, why.text);
        else if (!p->refused.text[0])
            error_set(&p->refused, why.code, "%s: %s", address, why.text);
    }
    if (sent == 0) /* err says why */
        return -1;
    error_clear(err);
    return 0;
}

static int mail_note(struct publish *p, struct error *err)
{
    const struct settings *settings = &p->settings;
    struct mail_server server = {.connect_timeout_ms = CONNECT_MS,
                                 .answer_timeout_ms = MAIL_TOTAL_MS / 2,
                                 .total_timeout_ms = MAIL_TOTAL_MS};
    char subject[MAIL_SUBJECT_MAX], hash[CRYPTO_TEXT_SIZE], id[MAIL_ID_MAX];
    int64_t deadline = clock_ms() + MAIL_TOTAL_MS;
    struct mail mail = {.from = settings->mail_from,
                        .to = &p->to,
                        .id = id,
                        .subject = subject,
                        .text = p->note,
                        .text_len = p->note_len,
                        .date = clock_utc_us()};

    if (mail_server_of(settings, p->secrets, &server, err) != 0)
        return -1;
    if (mail_parse_recipients(settings->audit_checkpoint_mail, &p->to, err) != 0)
        return -1;
    crypto_encode(CRYPTO_HEX, p->checkpoint.seal_hash.bytes, 16, hash);
    snprintf(id, sizeof(id), "purser-seal-%llu-%.32s", (unsigned long long)p->checkpoint.seal_id,
             hash);
    snprintf(subject, sizeof(subject), "Checkpoint of the audit log %s: %llu rows, seal %llu",
             p->checkpoint.origin, (unsigned long long)p->checkpoint.size,
             (unsigned long long)p->checkpoint.seal_id);
    if (mail_send(&server, &mail, err) == 0)
        return 0;
    return err->code == ERROR_REFUSED && p->to.count > 1
               ? mail_to_each(p, &server, &mail, deadline, err)
               : -1;
}

/* "Authorization: Bearer …", or nothing where there is no token. */
static int write_authorization(const struct publish *p, char *out, size_t size, struct error *err)
{
    const char *token = secrets_text(p->secrets, "audit", "checkpoint_token"), *c;

    out[0] = '\0';
    if (!token)
        return 0;
    for (c = token; *c > ' ' && *c <= '~'; c++)
        ;
    if (c == token || *c || c - token > TOKEN_MAX)
        return error_set(err, ERROR_CONFIG,
                         "audit.checkpoint_token in the secrets file is empty, too long, or has a "
                         "character that no token has");
    snprintf(out, size, "Authorization: Bearer %s", token);
    return 0;
}

static int post_with(const struct publish *p, const struct http_config *config, const char *path,
                     struct error *err)
{
    struct http_client *client = http_client_create(config, err);
    struct http_response response = {0};
    int rc =
        client ? http_client_post(client, path, NOTE_TYPE, p->note, p->note_len, NULL, err) : -1;

    if (rc == 0)
        rc = http_client_next(client, &response, err) == 1 ? 0 : -1;
    /* Who has said 2xx has it, whatever was wrong with what came behind that. */
    if (rc == 0 && response.error.code != ERROR_NONE &&
        (response.status < 200 || response.status > 299))
        rc = error_set(err, response.error.code, "%s", response.error.text);
    http_response_free(&response);
    http_client_destroy(client);
    return rc;
}

static int post_note(struct publish *p, struct error *err)
{
    const char *url = p->settings.audit_checkpoint_url;
    size_t authority = (size_t)(strstr(url, "://") + 3 - url);
    char base[SETTINGS_PATH_SIZE], authorization[TOKEN_MAX + 32];
    const char *const headers[] = {authorization, NULL};
    struct http_config config = {.base_url = base,
                                 .ca_file = p->settings.audit_checkpoint_ca_file[0]
                                                ? p->settings.audit_checkpoint_ca_file
                                                : NULL,
                                 .concurrency = 1,
                                 .connect_timeout_ms = CONNECT_MS,
                                 .first_byte_timeout_ms = POST_TOTAL_MS,
                                 .total_timeout_ms = POST_TOTAL_MS,
                                 .max_response = ANSWER_MAX,
                                 .retry = {POST_TRIES, 500, 2000},
                                 .breaker_threshold = POST_TRIES + 1,
                                 .breaker_open_ms = 1000,
                                 .breaker_wait_ms = 1000};
    const char *path;
    int rc;

    /* The client takes slashes off a base's end, and here they matter. */
    path = url + authority + strcspn(url + authority, "/");
    snprintf(base, sizeof(base), "%.*s", (int)(path - url), url);
    if (write_authorization(p, authorization, sizeof(authorization), err) != 0)
        return -1;
    if (authorization[0])
        config.headers = headers;
    rc = post_with(p, &config, *path ? path : "/", err);
    explicit_bzero(authorization, sizeof(authorization));
    return rc;
}

static int send_note(struct publish *p, struct error *err)
{
    if (check_note(p, err) != 0)
        return -1;
    p->secrets = secrets_load(p->settings.secrets_file, err);
    if (!p->secrets)
        return -1;
    return strcmp(p->name, TASK_CHECKPOINT_MAIL) == 0 ? mail_note(p, err) : post_note(p, err);
}

static void tell(const struct publish *p, const struct error *why)
{
    if (why->code == ERROR_NONE) {
        status_add(&purser_status.audit_checkpoints_sent, 1);
        if (p->refused.text[0] && strcmp(p->refused.text, p->last_error) != 0)
            log_warning("audit log: a checkpoint was not mailed to all: %s", p->refused.text);
        else if (p->last_error[0] && !p->refused.text[0])
            log_note("audit log: checkpoints are %s again", done_word(p));
        return;
    }
    status_add(&purser_status.audit_checkpoint_failures, 1);
    if (strcmp(why->text, p->last_error) != 0)
        log_warning("audit log: a checkpoint was not %s, and is tried again: %s", done_word(p),
                    why->text);
}

static int remember(struct publish *p, const struct error *why, struct error *err)
{
    bool failed = why->code != ERROR_NONE;
    const char *text = failed ? why->text : p->refused.text[0] ? p->refused.text : NULL;

    return db_exec(p->db, err,
                   "INSERT INTO purser.jobs (name, failures, last_start, last_end, last_error)"
                   " VALUES (%s, %d, %s, UTC_TIMESTAMP(6), %s)"
                   " ON DUPLICATE KEY UPDATE failures = IF(%d, failures + 1, 0),"
                   " last_start = IF(%d, last_start, VALUES(last_start)),"
                   " last_end = VALUES(last_end), last_error = VALUES(last_error)",
                   p->name, failed, failed ? NULL : p->sealed_at, text, failed, failed) < 0
               ? -1
               : 0;
}

static int publish(struct publish *p, struct error *err)
{
    struct error why = {0};
    int rc = lease_try(&p->lease, p->db, NULL, 0, err);

    if (rc == 1)
        rc = read_seal(p, err);
    if (rc != 1)
        return rc;
    if (send_note(p, &why) != 0 && (why.code == ERROR_STOPPED || why.code == ERROR_GONE))
        return error_set(err, why.code, "%s", why.text);
    if (remember(p, &why, err) != 0)
        return -1;
    tell(p, &why);
    return 0;
}

int publish_execute(const struct task *task, struct error *err)
{
    struct publish *p = calloc(1, sizeof(*p));
    int rc = -1;

    if (!p)
        return error_set(err, ERROR_MEMORY, "out of memory");
    p->name = task->gateway;
    settings_get(&p->settings);
    if (!is_set(&p->settings, p->name)) {
        free(p);
        return 0;
    }
    p->db = db_open(err);
    if (p->db && lease_init(&p->lease, p->db, p->name, err) == 0)
        rc = publish(p, err);
    lease_release(&p->lease, p->db);
    db_close(p->db);
    secrets_destroy(p->secrets);
    free(p->note);
    free(p);
    return rc;
}
