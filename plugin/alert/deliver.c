/*
  deliver.c - see deliver.h.

  What is sent comes from the outbox (post.h), or, while the database hangs, from memory
  (emergency.h). Between two of them the threads write the lines about critical health: whoever
  notices must not wait for the disk that the error log is on.

  THREADS: several, started and joined by worker.c; they share nothing but post.h and emergency.h.
*/
#include "deliver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../health/beats.h"
#include "../http_client.h"
#include "../log.h"
#include "../mail.h"
#include "../mail_settings.h"
#include "../secrets.h"
#include "../settings.h"
#include "../stop.h"
#include "emergency.h"
#include "post.h"
#include "watch.h"
#include "webhook_body.h"

#define WAIT_MS 10000     /* whoever has something wakes the senders */
#define WAIT_HANGS_MS 500 /* while what is sent from memory is tried again by the clock */
#define CONNECT_MS 10000
#define MAIL_TOTAL_MS 60000
#define POST_TOTAL_MS 30000
#define PATIENCE_MS 120000 /* sending takes no longer, with a name server that is slow */
#define ANSWER_MAX 65536
#define SECRET_MAX 1024
#define WORD "abcdefghijklmnopqrstuvwxyz_"

/* What of an error is worth another try. A login or a setting gets mended, and then it goes out. */
static enum post_outcome judge(const struct error *why)
{
    switch (why->code) {
    case ERROR_NONE:
        return POST_SENT;
    case ERROR_REFUSED:
    case ERROR_INPUT:
        return POST_DEAD;
    default:
        return POST_AGAIN;
    }
}

/* ---- mail */

static void send_mail(struct parcel *parcel, const struct settings *settings,
                      const struct secrets *secrets)
{
    struct mail_server server = {.connect_timeout_ms = CONNECT_MS,
                                 .answer_timeout_ms = MAIL_TOTAL_MS / 2,
                                 .total_timeout_ms = MAIL_TOTAL_MS};
    char id[POST_ID_SIZE + 8];
    struct mail_recipients to;
    struct mail mail = {.from = settings->mail_from,
                        .to = &to,
                        .id = id,
                        .subject = parcel->subject,
                        .text = parcel->text,
                        .text_len = strlen(parcel->text),
                        .html = parcel->html,
                        .html_len = parcel->html ? strlen(parcel->html) : 0,
                        .date = parcel->created_at};
    const char *target = parcel->recipient ? parcel->recipient : parcel->channel.target;

    snprintf(id, sizeof(id), "purser-%s", parcel->id);
    if (mail_parse_recipients(target, &to, &parcel->why) != 0) {
        parcel->outcome = POST_DEAD;
        return;
    }
    if (mail_server_of(settings, secrets, &server, &parcel->why) == 0)
        mail_send(&server, &mail, &parcel->why);
    parcel->outcome = judge(&parcel->why);
    /* Because of one address nobody has got it. */
    parcel->is_to_be_split = parcel->why.code == ERROR_REFUSED && to.count > 1;
}

/* ---- webhooks */

/* Where it goes: the channel's target, or what the secrets file has for it.
   @param[out] base  scheme, host and port @return the path, NULL with why */
static const char *split_target(const struct parcel *parcel, const struct secrets *secrets,
                                char *base, size_t size, struct error *why)
{
    const char *url = parcel->channel.target, *path, *p;

    if (strcmp(url, "secret") == 0)
        url = secrets_text(secrets, "webhook_urls", parcel->channel.name);
    if (!url || !strstr(url, "://")) {
        error_set(why, ERROR_CONFIG, "the secrets file has no URL at webhook_urls.%s",
                  parcel->channel.name);
        return NULL;
    }
    path = strstr(url, "://") + 3;
    path += strcspn(path, "/?#");
    if ((size_t)(path - url) >= size) {
        error_set(why, ERROR_CONFIG, "the URL's host is too long");
        return NULL;
    }
    snprintf(base, size, "%.*s", (int)(path - url), url);
    for (p = path; *p > ' ' && *p <= '~' && *p != '#'; p++)
        ;
    if (*p || *path == '?') {
        error_set(why, ERROR_CONFIG, "the URL's path has a character that needs escaping");
        return NULL;
    }
    return *path ? path : "/";
}

static void judge_response(struct parcel *parcel, const struct http_response *response)
{
    int status = response->status;

    /* Whatever a receiver has to say about it beyond our limit or memory, it has taken it. */
    if (response->error.code == ERROR_NONE || (status >= 200 && status <= 299)) {
        parcel->outcome = POST_SENT;
        return;
    }
    error_set(&parcel->why, response->error.code, "%s", response->error.text);
    if (status != 0 &&
        (response->error.code == ERROR_LIMIT || response->error.code == ERROR_MEMORY))
        error_prefix(&parcel->why, "HTTP status %d: ", status);
    parcel->retry_after_ms = response->retry_after_ms;
    parcel->outcome =
        status == 0 || status == 408 || status == 425 || status == 429 || status >= 500 ? POST_AGAIN
                                                                                        : POST_DEAD;
}

/* @param ca_file  "": the system's authorities */
static void post_to(struct parcel *parcel, const char *base, const char *path, const char *ca_file,
                    const struct buf *body, const char *const *headers)
{
    const struct http_config config = {.base_url = base,
                                       .ca_file = ca_file[0] ? ca_file : NULL,
                                       .headers = headers,
                                       .concurrency = 1,
                                       .connect_timeout_ms = CONNECT_MS,
                                       .first_byte_timeout_ms = POST_TOTAL_MS,
                                       .total_timeout_ms = POST_TOTAL_MS,
                                       .max_response = ANSWER_MAX,
                                       .retry = {1, 0, 0},
                                       .breaker_threshold = 2,
                                       .breaker_open_ms = 1000,
                                       .breaker_wait_ms = 1000};
    struct http_response response = {0};
    struct http_client *client = http_client_create(&config, &parcel->why);

    if (client && http_client_post(client, path, "application/json; charset=utf-8", body->data,
                                   body->len, NULL, &parcel->why) == 0) {
        if (http_client_next(client, &response, &parcel->why) == 1)
            judge_response(parcel, &response);
        else
            parcel->outcome = POST_AGAIN;
        http_response_free(&response);
    } else {
        parcel->outcome = judge(&parcel->why);
    }
    http_client_destroy(client);
}

static void send_webhook(struct parcel *parcel, const struct settings *settings,
                         const struct secrets *secrets)
{
    char base[ALERT_TARGET_SIZE], key[POST_ID_SIZE + 32], kind[64];
    char signature[SIGNATURE_SIZE], line[SIGNATURE_SIZE + 32];
    const char *secret = secrets_text(secrets, "webhooks", parcel->channel.name);
    const char *headers[] = {key, kind, secret ? line : NULL, NULL};
    const char *path = split_target(parcel, secrets, base, sizeof(base), &parcel->why);
    struct buf body;

    buf_init(&body, WEBHOOK_POST_MAX);
    if (path && (!parcel->kind[0] || parcel->kind[strspn(parcel->kind, WORD)]))
        error_set(&parcel->why, ERROR_INPUT, "its kind is no word of small letters");
    else if (path && parcel->recipient)
        error_set(&parcel->why, ERROR_INPUT, "a message to a webhook has no recipient");
    else if (path && secret && (!secret[0] || strlen(secret) > SECRET_MAX))
        error_set(&parcel->why, ERROR_CONFIG,
                  "webhooks.%s in the secrets file is empty or too long", parcel->channel.name);
    else if (path && webhook_body(parcel, &body, &parcel->why) == 0 && secret &&
             webhook_sign(secret, clock_utc_us() / 1000000, body.data, body.len, signature) != 0)
        error_set(&parcel->why, ERROR_MEMORY, "out of memory");
    if (parcel->why.code == ERROR_NONE) {
        snprintf(key, sizeof(key), "Idempotency-Key: %s", parcel->id);
        snprintf(kind, sizeof(kind), "Purser-Kind: %s", parcel->kind);
        snprintf(line, sizeof(line), "Purser-Signature: %s", secret ? signature : "");
        post_to(parcel, base, path, settings->alert_ca_file, &body, headers);
    } else {
        parcel->outcome = judge(&parcel->why);
    }
    buf_free(&body);
}

/* ---- the threads */

static void deliver(struct parcel *parcel)
{
    struct settings *settings = malloc(sizeof(*settings)); /* some KiB: not on a small stack */
    struct secrets *secrets = NULL;
    int64_t begun = clock_ms();

    parcel->outcome = POST_AGAIN;
    if (!settings) {
        error_set(&parcel->why, ERROR_MEMORY, "out of memory");
        return;
    }
    settings_get(settings);
    secrets = secrets_load(settings->secrets_file, &parcel->why);
    if (secrets && parcel->channel.is_mail)
        send_mail(parcel, settings, secrets);
    else if (secrets)
        send_webhook(parcel, settings, secrets);
    parcel->took_ms = clock_ms() - begun;
    secrets_destroy(secrets);
    free(settings);
}

void deliver_body(void *seat)
{
    enum beat me = *(const enum beat *)seat;
    struct parcel *parcel;

    while (!stop_requested()) {
        unsigned long long seen = post_wakes();

        beat(me, PATIENCE_MS);
        watch_log();
        parcel = emergency_take();
        if (parcel) {
            deliver(parcel);
            emergency_done(parcel);
            continue;
        }
        parcel = post_take(seen, watch_hangs() ? WAIT_HANGS_MS : WAIT_MS);
        if (!parcel)
            continue;
        deliver(parcel);
        post_done(parcel);
    }
}
