/* alloc_limits.c - the rate limiter, time zones and files, while memory runs out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../plugin/health/error_log.h"
#include "../../plugin/http/small_file.h"
#include "../../plugin/import_seen.h"
#include "../../plugin/json_scan.h"
#include "../../plugin/mail.h"
#include "../../plugin/queue.h"
#include "../../plugin/secrets.h"
#include "../../plugin/secrets_cache.h"
#include "../../plugin/zone_file.h"
#include "../../udf/ratelimit/dump.h"
#include "../../udf/ratelimit/headers.h"
#include "../../udf/ratelimit/policy.h"
#include "../../udf/ratelimit/service.h"
#include "alloc_scenarios.h"

#define MEMORY (1u << 20)

static int append(void *context, const void *bytes, size_t len)
{
    return buf_append(context, bytes, len);
}

/* Counts, saves, and takes up again what was saved. */
static int limiter(struct error *err)
{
    static const uint8_t secret[16] = {7};
    struct rate_moment now = {.clock = RATE_CLOCK_BASE + 5000000000};
    struct rate_limiter *l = rate_limiter_create(MEMORY, secret, err);
    struct rate_rule rule = {5, 60};
    struct rate_subject who = {
        .identifier = "a", .identifier_len = 1, .endpoint = "/", .endpoint_len = 1};
    uint8_t found[16];
    struct buf scratch, out;
    int rc = -1;

    if (!l)
        return -1;
    buf_init(&out, 8 * MEMORY);
    buf_init(&scratch, rate_dump_shard_max(l));
    rate_limiter_take(l, rate_limiter_key(l, &who), &who, &rule, 1, false, now.clock);
    if (rate_dump(l, &now, &scratch, append, &out) != 0)
        rc = alloc_refused(err);
    else if (rate_dump_check((const uint8_t *)out.data, out.len, found, err) == 0)
        rc = rate_restore(l, (const uint8_t *)out.data, out.len, &now) == 0
                 ? 0
                 : alloc_wrong(err, "a key that is there already was put in");
    buf_free(&scratch);
    buf_free(&out);
    rate_limiter_destroy(l);
    return rc;
}

static int policies(struct error *err)
{
    static const char text[] =
        "{\"policies\":[{\"name\":\"pay\",\"max_requests\":5,\"window_seconds\":60},"
        "{\"name\":\"login\",\"max_requests\":0,\"window_seconds\":60,\"shadow\":true}],"
        "\"allow\":[\"a\",\"b\"],\"deny\":[\"c\"]}";
    struct rate_policies *set = rate_policies_parse(text, strlen(text), err);
    int rc = set ? 0 : -1;

    if (set &&
        (rate_policies_count(set) != 2 || rate_policies_listed(set, "c", 1) != RATE_LISTED_DENY))
        rc = alloc_wrong(err, "a policy or a list is missing");
    rate_policies_destroy(set);
    return rc;
}

static int zone_of_file(struct error *err)
{
    struct zone *zone = zone_load("Europe/Berlin", err);
    int rc = zone ? 0 : -1;

    if (zone && zone_offset_at(zone, 1751709600000000) != 7200)
        rc = alloc_wrong(err, "not summer time");
    zone_destroy(zone);
    return rc;
}

/* ---- files; made once */

static char file_path[] = "/tmp/purser_alloc_XXXXXX";

static void remove_file(void)
{
    unlink(file_path);
}

static const char *file_of(const char *text)
{
    static bool made;
    int fd;

    alloc_fail_pause();
    fd = made ? open(file_path, O_WRONLY | O_CREAT | O_TRUNC, 0600) : mkstemp(file_path);
    if (!made && atexit(remove_file) != 0)
        abort();
    made = true;
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
    alloc_fail_resume();
    return file_path;
}

static const char secrets_text_of_file[] = "{\"gateways\":{\"shop\":{\"token\":\"t\",\"webhook_"
                                           "secrets\":[\"s\"]}},\"mail\":{\"password\":\"p\"}}";

static int secrets(struct error *err)
{
    const char *path = file_of(secrets_text_of_file);
    struct secrets *set = secrets_load(path, err);
    int rc = set ? 0 : -1;

    if (set && !secrets_gateway(set, "shop", "token"))
        rc = alloc_wrong(err, "no token");
    secrets_destroy(set);
    unlink(path);
    return rc;
}

static int secrets_of_cache(struct error *err)
{
    const char *path = file_of(secrets_text_of_file);
    struct secrets_view *view, *again;
    int rc = -1;

    secrets_cache_forget();
    view = secrets_cache_get(path, 1, secrets_cache_era(), err);
    if (view) {
        rc = secrets_view_text(view, "mail", "password") ? 0 : alloc_wrong(err, "no password");
        again = secrets_cache_get(path, 2, secrets_cache_era(), err);
        if (!again && rc == 0)
            rc = -1;
        secrets_view_release(again);
    }
    secrets_view_release(view);
    secrets_cache_forget();
    unlink(path);
    return rc;
}

static int small_file(struct error *err)
{
    struct small_file file = {0};
    const char *path = file_of("token");
    int rc = small_file_read(path, SMALL_FILE_SECRET, &file, err);

    if (rc == 0 && strcmp(file.text, "token") != 0)
        rc = alloc_wrong(err, file.text);
    if (rc != 0 && file.text)
        rc = alloc_wrong(err, "a text and an error");
    small_file_free(&file);
    unlink(path);
    return rc;
}

static int error_log(struct error *err)
{
    const char *path = file_of("2026-11-22  2:51:28 0 [ERROR] mariadbd: one\n");
    struct error_log_look look;
    char old[64];
    int rc = error_log_look(path, &look, err);

    snprintf(old, sizeof(old), "%s.1", path);
    if (rc == 0) { /* as logrotate does */
        rename(path, old);
        path = file_of("2026-11-22  2:51:29 0 [ERROR] x: two\n");
        rc = error_log_look(path, &look, err);
    }
    unlink(old);
    unlink(path);
    return rc == 1 ? alloc_wrong(err, "it is a file") : rc;
}

/* ---- */

static int seen(struct error *err)
{
    struct import_seen set = {0};
    struct record record = {.status = RECORD_CAPTURED, .amount = 1};
    int i, rc = 0;

    for (i = 0; i < 3000 && rc == 0; i++) {
        snprintf(record.id, sizeof(record.id), "id-%d", i);
        switch (import_seen_add(&set, &record)) {
        case IMPORT_NEW:
            break;
        case IMPORT_NO_MEMORY:
            rc = alloc_refused(err);
            break;
        default:
            rc = alloc_wrong(err, "it was not there before");
        }
    }
    import_seen_free(&set);
    return rc;
}

static int requests(struct error *err)
{
    struct request *request = request_create();

    if (!request)
        return alloc_refused(err);
    request_release(request);
    return 0;
}

static int mail(struct error *err)
{
    static const struct mail_recipients to = {{"ops@example.com", "a.b@mail.example.org"}, 2};
    struct mail m = {.from = "purser@shop.example",
                     .to = &to,
                     .id = "seal-17",
                     .subject = "Caf\xc3\xa9 \xe2\x82\xac",
                     .text = "one\ntwo =\n",
                     .text_len = 10,
                     .html = "<p>one</p>",
                     .html_len = 10,
                     .date = 1751709605123456};
    struct buf out;
    int rc;

    buf_init(&out, MAIL_MESSAGE_MAX);
    rc = mail_build(&m, &out, err);
    if (rc == 0 && (out.failed || !strstr(out.data, "--\r\n")))
        rc = alloc_wrong(err, "a part of the mail");
    buf_free(&out);
    return rc;
}

static int pruned(struct error *err)
{
    static const char *const keep[] = {"a", "b"};
    static const char text[] = "{\"a\":[{\"b\":1,\"c\":{\"d\":2}}],\"e\":\"f\"}";
    struct buf out;
    int rc;

    buf_init(&out, sizeof(text));
    rc = json_prune(text, strlen(text), keep, 2, &out);
    if (rc == 0 && !out.failed && strcmp(out.data, "{\"a\":[{\"b\":1}]}") != 0)
        rc = alloc_wrong(err, out.data);
    else if (rc != 0 || out.failed)
        rc = alloc_refused(err);
    buf_free(&out);
    return rc;
}

const struct alloc_scenario alloc_limits[] = {
    {"the rate limiter, saved and restored", limiter, NULL, NULL},
    {"policies", policies, NULL, NULL},
    {"a time zone of a file", zone_of_file, NULL, NULL},
    {"the secrets file", secrets, NULL, NULL},
    {"the secrets that are kept", secrets_of_cache, NULL, NULL},
    {"a small file", small_file, NULL, NULL},
    {"the error log", error_log, "the old file counts as gone, and the look says so", NULL},
    {"which records were seen", seen, NULL, NULL},
    {"a request to the daemon", requests, NULL, NULL},
    {"a mail", mail, NULL, NULL},
    {"a document without what is not kept", pruned, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
