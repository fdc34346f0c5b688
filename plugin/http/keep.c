/*
  keep.c - see keep.h.

  LOCKING: everything static is guarded by keep_lock, which the listener's thread never takes. A
  file on a disk that hangs holds up the keeper, and so the lock: who stops does not wait for it
  longer than it may. The listener's thread ends by itself then, and the next life clears up.
*/
#include "keep.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../health/certificates.h"
#include "../log.h"
#include "../stop.h"
#include "listener.h"
#include "small_file.h"
#include "socket.h"

#define LISTEN_AGAIN_MS 10000
#define LOOK_MS 1000
/* A certificate and its key are replaced one after the other: so long a pair may be none before
   anything is said. */
#define PATIENCE_MS 3000

static pthread_mutex_t keep_lock = PTHREAD_MUTEX_INITIALIZER;

static struct {
    unsigned life; /* stop.h: whose all this is */
    struct listener *listener;
    int64_t listen_again_ms; /* 0: not tried yet */
    struct http_policy policy;
    int64_t look_at_ms;

    char token_path[SETTINGS_PATH_SIZE]; /* that policy.auth is of */
    struct small_file tokens;

    struct small_file certificate, key;         /* as they were read last */
    unsigned char pair[2 * CRYPTO_SHA256_SIZE]; /* hashes of what is in use */
    int64_t bad_since_ms;                       /* 0: the files are what is in use */

    char complaints[3][sizeof(((struct error *)0)->text)]; /* what was said last */
} keep;

enum subject { ABOUT_LISTENING, ABOUT_TOKENS, ABOUT_CERTIFICATE };

/* The same once only. @return was it said now? */
static bool complain(enum subject subject, const char *text)
{
    if (strcmp(keep.complaints[subject], text) == 0)
        return false;
    snprintf(keep.complaints[subject], sizeof(keep.complaints[subject]), "%s", text);
    return true;
}

/* @return was there anything to complain of? */
static bool content(enum subject subject)
{
    bool there = keep.complaints[subject][0] != '\0';

    keep.complaints[subject][0] = '\0';
    return there;
}

/* ---- tokens */

static void read_tokens(const char *path)
{
    struct error err = {0};
    int rc = small_file_read(path, SMALL_FILE_SECRET, &keep.tokens, &err);

    memset(&keep.policy.auth, 0, sizeof(keep.policy.auth)); /* closed */
    if (rc == 0) {
        rc = auth_parse(keep.tokens.text, keep.tokens.len, &keep.policy.auth, &err);
        if (rc != 0)
            error_prefix(&err, "%s: ", path);
        small_file_free(&keep.tokens);
    }
    if (rc == 0 && content(ABOUT_TOKENS))
        log_note("HTTP: the token file can be used again");
    if (rc == 0)
        return;
    memset(&keep.policy.auth, 0, sizeof(keep.policy.auth));
    memset(&keep.tokens, 0, sizeof(keep.tokens)); /* look again next time */
    if (complain(ABOUT_TOKENS, err.text))
        log_error("HTTP: purser_http_token_file: %s; until that is done nobody is let in",
                  err.text);
}

static void keep_tokens(const struct settings *s)
{
    bool same = strcmp(keep.token_path, s->http_token_file) == 0;

    if (!s->http_token_file[0]) {
        memset(&keep.policy.auth, 0, sizeof(keep.policy.auth));
        keep.policy.auth.mode = AUTH_OPEN;
        content(ABOUT_TOKENS);
    } else if (!same || !small_file_unchanged(s->http_token_file, &keep.tokens)) {
        read_tokens(s->http_token_file);
    }
    snprintf(keep.token_path, sizeof(keep.token_path), "%s", s->http_token_file);
}

/* ---- the certificate */

/* What can be said of the pair by name; the library that is to use it says no more than that it
   cannot. */
static int judge_pair(const struct settings *s, struct error *err)
{
    switch (crypto_check_pair(keep.certificate.text, keep.key.text)) {
    case CRYPTO_PAIR_BAD_CHAIN:
        return error_set(err, ERROR_CONFIG,
                         "purser_http_tls_cert: %s: it holds no certificate (PEM), or one that is "
                         "cut off",
                         s->http_tls_cert);
    case CRYPTO_PAIR_BAD_KEY:
        return error_set(err, ERROR_CONFIG,
                         "purser_http_tls_key: %s: it holds no key (PEM), or one that is cut off "
                         "or has a password",
                         s->http_tls_key);
    case CRYPTO_PAIR_UNLIKE:
        return error_set(err, ERROR_CONFIG,
                         "purser_http_tls_key: %s: it is not the key of the first certificate in "
                         "purser_http_tls_cert",
                         s->http_tls_key);
    default:
        return 0;
    }
}

static int read_pair(const struct settings *s, struct error *err)
{
    small_file_free(&keep.certificate);
    small_file_free(&keep.key);
    if (small_file_read(s->http_tls_cert, SMALL_FILE_PUBLIC, &keep.certificate, err) != 0)
        return error_prefix(err, "purser_http_tls_cert: ");
    if (small_file_read(s->http_tls_key, SMALL_FILE_KEY, &keep.key, err) != 0)
        return error_prefix(err, "purser_http_tls_key: ");
    return judge_pair(s, err);
}

static void free_pair(void)
{
    small_file_free(&keep.certificate);
    small_file_free(&keep.key);
}

static bool pair_is_in_use(void)
{
    return memcmp(keep.pair, keep.certificate.hash, CRYPTO_SHA256_SIZE) == 0 &&
           memcmp(keep.pair + CRYPTO_SHA256_SIZE, keep.key.hash, CRYPTO_SHA256_SIZE) == 0;
}

static void note_pair(void)
{
    certificates_note_pem("listener", keep.certificate.text, strlen(keep.certificate.text));
    memcpy(keep.pair, keep.certificate.hash, CRYPTO_SHA256_SIZE);
    memcpy(keep.pair + CRYPTO_SHA256_SIZE, keep.key.hash, CRYPTO_SHA256_SIZE);
}

static void keep_certificate(const struct settings *s)
{
    struct error err = {0};
    int rc;

    if (keep.bad_since_ms == 0 && small_file_unchanged(s->http_tls_cert, &keep.certificate) &&
        small_file_unchanged(s->http_tls_key, &keep.key))
        return;
    rc = read_pair(s, &err);
    if (rc == 0 && !pair_is_in_use()) {
        struct http_pem pem = {keep.certificate.text, keep.key.text};

        rc = listener_set_certificate(keep.listener, &pem, &err);
        if (rc == 0)
            log_note("HTTP: a new certificate is in use");
    }
    if (rc == 0)
        note_pair();
    free_pair();
    if (rc == 0) {
        keep.bad_since_ms = 0;
        content(ABOUT_CERTIFICATE);
        return;
    }
    if (keep.bad_since_ms == 0)
        keep.bad_since_ms = clock_ms();
    if (clock_ms() - keep.bad_since_ms >= PATIENCE_MS && complain(ABOUT_CERTIFICATE, err.text))
        log_error("HTTP: %s; the former certificate stays in use", err.text);
}

/* ---- listening */

static int open_listener(const struct settings *s, struct error *err)
{
    bool tls = s->http_tls_cert[0] || s->http_tls_key[0];
    struct http_pem pem;

    if (tls && !(s->http_tls_cert[0] && s->http_tls_key[0]))
        return error_set(err, ERROR_CONFIG,
                         "purser_http_tls_cert and purser_http_tls_key must both be set, or "
                         "neither");
    if (tls && read_pair(s, err) != 0)
        return -1;
    pem = (struct http_pem){keep.certificate.text, keep.key.text};
    keep.listener = listener_open(s->http_bind, s->http_port, tls ? &pem : NULL, &keep.policy, err);
    if (keep.listener && tls)
        note_pair();
    free_pair();
    return keep.listener ? 0 : -1;
}

static void say_it_listens(const struct settings *s)
{
    log_note("HTTP: listening on %s port %d%s", s->http_bind, s->http_port,
             s->http_tls_cert[0] ? " with TLS" : "");
    if (address_is_loopback(s->http_bind))
        return;
    if (!s->http_tls_cert[0] || !s->http_token_file[0])
        log_warning("HTTP: %s can be reached from other machines: set %s%s%s", s->http_bind,
                    s->http_tls_cert[0] ? "" : "purser_http_tls_cert and purser_http_tls_key",
                    s->http_tls_cert[0] || s->http_token_file[0] ? "" : ", and ",
                    s->http_token_file[0] ? "" : "purser_http_token_file");
}

static void keep_listening(const struct settings *s)
{
    struct error err = {0};

    if (clock_ms() < keep.listen_again_ms)
        return;
    if (open_listener(s, &err) == 0) {
        content(ABOUT_LISTENING);
        say_it_listens(s);
        return;
    }
    if (complain(ABOUT_LISTENING, err.text))
        log_error("HTTP: %s; it is tried again every %d seconds", err.text, LISTEN_AGAIN_MS / 1000);
    keep.listen_again_ms = clock_ms() + LISTEN_AGAIN_MS;
}

static bool same_policy(const struct http_policy *a, const struct http_policy *b)
{
    return a->ready_on_replica == b->ready_on_replica &&
           strcmp(a->cors_origin, b->cors_origin) == 0 &&
           memcmp(&a->auth, &b->auth, sizeof(a->auth)) == 0;
}

static void keep_policy(const struct settings *s)
{
    struct http_policy before = keep.policy;

    if (clock_ms() >= keep.look_at_ms || strcmp(keep.token_path, s->http_token_file) != 0)
        keep_tokens(s);
    memset(keep.policy.cors_origin, 0, sizeof(keep.policy.cors_origin));
    snprintf(keep.policy.cors_origin, sizeof(keep.policy.cors_origin), "%s", s->http_cors_origin);
    keep.policy.ready_on_replica = s->ready_on_replica;
    keep.policy.api = s->api_threads > 0;
    if (keep.listener && !same_policy(&before, &keep.policy))
        listener_set_policy(keep.listener, &keep.policy);
}

static void forget_all(int64_t deadline_ms)
{
    listener_close(keep.listener, deadline_ms);
    free_pair();
    memset(&keep, 0, sizeof(keep));
}

void http_listener_keep(const struct settings *s)
{
    if (s->http_port == 0)
        return;
    pthread_mutex_lock(&keep_lock);
    if (!stop_requested()) {
        if (keep.life != stop_life())
            forget_all(clock_ms() + LOOK_MS);
        keep.life = stop_life();
        keep_policy(s);
        if (!keep.listener)
            keep_listening(s);
        else if (s->http_tls_cert[0] && clock_ms() >= keep.look_at_ms)
            keep_certificate(s);
        if (clock_ms() >= keep.look_at_ms)
            keep.look_at_ms = clock_ms() + LOOK_MS;
    }
    pthread_mutex_unlock(&keep_lock);
}

void http_listener_stop(int64_t deadline_ms)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ms / 1000),
                          .tv_nsec = (deadline_ms % 1000) * 1000000L};

    if (pthread_mutex_clocklock(&keep_lock, CLOCK_MONOTONIC, &at) != 0)
        return;
    forget_all(deadline_ms);
    pthread_mutex_unlock(&keep_lock);
}
