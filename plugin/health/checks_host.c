/*
  checks_host.c - see check.h: the disk, the server's error log, Purser's threads, certificates,
  the store of the rate limits.

  Runs in a checker's thread. No message holds a path: what is looked at has a name of ours.
*/
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "../../udf/timestamp.h"
#include "../http_probe.h"
#include "../ratestore/pool.h"
#include "../ratestore/ratestore.h"
#include "../row_fields.h"
#include "../stop.h"
#include "beats.h"
#include "certificates.h"
#include "check_say.h"
#include "error_log.h"

#define PATHS_SIZE 4096
#define DAY_US (86400 * 1000000LL)
#define GIB (1024.0 * 1024 * 1024)

/* ---- disk */

/* Two variables of the server's. */
static int read_paths(struct db *db, const char *first_name, char *first, const char *second_name,
                      char *second, struct error *err)
{
    struct rows *rows =
        db_query(db, err, "SELECT @@GLOBAL.%p, @@GLOBAL.%p", first_name, second_name);
    struct row row;
    int rc;

    first[0] = second[0] = '\0';
    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 1) {
        row_text(&row, 0, first, PATHS_SIZE);
        row_text(&row, 1, second, PATHS_SIZE);
    }
    rows_close(rows);
    return rc == 1 ? 0 : rc == 0 ? error_set(err, ERROR_SQL, "the server does not say") : -1;
}

/* As df counts: of what there is without what is kept back for root. */
static double percent_of(double all, double free_all, double free_ours)
{
    double used = all - free_all;

    return used + free_ours > 0 ? 100.0 * used / (used + free_ours) : 0;
}

static void look_at_disk(const struct check_context *context, struct check_result *result,
                         const char *name, const char *path, bool *failed)
{
    struct statvfs fs;
    double space, files;

    if (statvfs(path, &fs) != 0) {
        *failed = true;
        check_part(result, name, HEALTH_WARNING, -1, "it cannot be looked at");
        buf_printf(&result->detail, "%s: %s: %s\n", name, path, strerror(errno));
        return;
    }
    space = percent_of((double)fs.f_blocks, (double)fs.f_bfree, (double)fs.f_bavail);
    files = percent_of((double)fs.f_files, (double)fs.f_ffree, (double)fs.f_favail);
    if (space >= files)
        check_part(result, name, check_level(context, space), -1, "%.1f %% used, %.1f GiB free",
                   space, (double)fs.f_bavail * (double)fs.f_frsize / GIB);
    else
        check_part(result, name, check_level(context, files), -1,
                   "%.1f %% of the files used that it can hold", files);
    buf_printf(&result->detail, "%s: %s: %.1f %% of the space, %.1f %% of the files\n", name, path,
               space, files);
    space = space > files ? space : files;
    if (!result->has_value || space > result->value) {
        check_value(result, space);
        check_say(result, "%s: %s", name, result->parts[result->part_count - 1].message);
    }
}

int check_disk(const struct check_context *context, struct check_result *result, struct error *err)
{
    char datadir[PATHS_SIZE], tmpdir[PATHS_SIZE], name[32], *path, *next;
    bool failed = false;
    int number = 1;

    if (read_paths(context->db, "datadir", datadir, "tmpdir", tmpdir, err) != 0)
        return -1;
    look_at_disk(context, result, "datadir", datadir, &failed);
    for (path = tmpdir; path && result->part_count < HEALTH_PARTS_MAX; path = next) {
        next = strchr(path, ':');
        if (next)
            *next++ = '\0';
        snprintf(name, sizeof(name), number == 1 ? "tmpdir" : "tmpdir %d", number);
        number++;
        look_at_disk(context, result, name, path, &failed);
    }
    if (failed && check_level(context, result->value) < HEALTH_WARNING) {
        result->level = HEALTH_WARNING;
        check_say(result, "a directory cannot be looked at");
    }
    return 0;
}

/* ---- the error log */

static void say_log(const struct error_log_look *look, struct check_result *result)
{
    char since[TIMESTAMP_ISO_SIZE] = "";
    char gap[96] = "";

    if (look->first) {
        check_say(result, "followed from now on");
        return;
    }
    timestamp_format_iso(look->since, since);
    if (look->skipped)
        snprintf(gap, sizeof(gap), "; %.1f MiB more were not read",
                 (double)look->skipped / (1024.0 * 1024));
    else if (look->replaced || look->emptied)
        snprintf(gap, sizeof(gap), "; it was begun anew, and its former end is not known");
    check_say(result, "%llu errors, %llu warnings, %llu notes since %.19sZ%s",
              (unsigned long long)look->errors, (unsigned long long)look->warnings,
              (unsigned long long)look->notes, since, gap);
}

int check_error_log(const struct check_context *context, struct check_result *result,
                    struct error *err)
{
    char file[PATHS_SIZE], datadir[PATHS_SIZE], path[2 * PATHS_SIZE];
    struct error_log_look look;
    int rc;

    if (read_paths(context->db, "log_error", file, "datadir", datadir, err) != 0)
        return -1;
    if (!file[0]) {
        check_say(result,
                  "the server writes no file of errors (stderr, the journal?): set log_error");
        return 0;
    }
    snprintf(path, sizeof(path), "%s%s", file[0] == '/' ? "" : datadir, file);
    rc = error_log_look(path, &look, err);
    if (rc < 0)
        return -1;
    if (rc == 1) {
        check_say(result, "log_error is no file that can be read");
        return 0;
    }
    check_value(result, (double)look.errors);
    say_log(&look, result);
    if (look.newest[0])
        buf_printf(&result->detail, "%s\n", look.newest);
    return 0;
}

/* ---- threads */

int check_threads(const struct check_context *context, struct check_result *result,
                  struct error *err)
{
    struct beat_seen seen[BEATS_MAX];
    int n = beats_get(seen), i, worst = 0;

    (void)err;
    if (n == 0) {
        check_say(result, "no thread has begun");
        return 0;
    }
    for (i = 0; i < n; i++) {
        if (seen[i].idle)
            check_part(result, seen[i].name, HEALTH_OK, -1, "waits for work");
        else
            check_part(result, seen[i].name,
                       check_level(context, (double)seen[i].overdue_ms / 1000), -1,
                       "last seen %lld s ago", (long long)(seen[i].silent_ms / 1000));
        if (seen[i].overdue_ms > seen[worst].overdue_ms)
            worst = i;
    }
    check_value(result, (double)seen[worst].overdue_ms / 1000);
    if (seen[worst].overdue_ms >= 1000)
        check_say(result, "%s is overdue for %lld s", seen[worst].name,
                  (long long)(seen[worst].overdue_ms / 1000));
    else
        check_say(result, "all %d are alive", n);
    return 0;
}

/* ---- the store that several servers share for their rate limits */

int check_rate_store(const struct check_context *context, struct check_result *result,
                     struct error *err)
{
    struct pool_view store;

    (void)context;
    (void)err;
    ratestore_probe();
    pool_view(&store);
    if (!store.is_set) {
        check_say(result, "no store is set");
        return 0;
    }
    check_value(result, (double)(store.open_for_ms + store.refuses_for_ms) / 1000);
    if (store.state != BREAKER_CLOSED)
        check_say(result, "it gives no answer, for %lld s", (long long)(store.open_for_ms / 1000));
    else if (store.refuses_for_ms > 0)
        check_say(result, "it refuses some calls, for %lld s",
                  (long long)(store.refuses_for_ms / 1000));
    else if (store.failures > 0)
        check_say(result, "the last %d calls got no answer", store.failures);
    else
        check_say(result, "it answers");
    if (*store.problem)
        buf_printf(&result->detail, "%s: %s\n", store.where, store.problem);
    return 0;
}

/* ---- certificates */

/* @param[in,out] first  the end of the one that ends first of those before; 0: none was */
static void look_at_certificate(const struct check_context *context, struct check_result *result,
                                const char *name, int64_t ends, int64_t *first)
{
    double days = (double)(ends - clock_utc_us()) / (double)DAY_US;
    char at[TIMESTAMP_ISO_SIZE];
    char said[96];

    timestamp_format_iso(ends, at);
    if (days < 0)
        snprintf(said, sizeof(said), "ended %.0f days ago, on %.10s", -days, at);
    else
        snprintf(said, sizeof(said), "ends in %.0f days, on %.10s", days, at);
    check_part(result, name, check_level(context, days), -1, "%s", said);
    if (*first == 0 || ends < *first) {
        *first = ends;
        check_value(result, days);
        check_say(result, "%s: %s", name, said);
    }
}

/* The one that is in use, which need not be the one in the file any more: only a session with TLS
   is told. @retval 1 ends @retval 0 the server has none @retval -1 err */
static int server_certificate(struct db *plain, int64_t *ends, struct error *err)
{
    char text[64];
    struct db *db;
    int rc = db_value(plain, text, sizeof(text), err, "SELECT @@have_ssl");

    if (rc < 0)
        return -1;
    if (rc == 0 || strcmp(text, "YES") != 0)
        return 0;
    db = db_open_with(true, err);
    if (!db)
        return -1;
    rc = db_value(db, text, sizeof(text), err,
                  "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS"
                  " WHERE VARIABLE_NAME = 'SSL_SERVER_NOT_AFTER'");
    db_close(db);
    *ends = rc == 1 ? http_certificate_date(text) : 0;
    if (rc >= 0 && *ends == 0)
        return error_set(err, ERROR_SQL, "the server does not tell when its certificate ends");
    return rc;
}

int check_certificates(const struct check_context *context, struct check_result *result,
                       struct error *err)
{
    struct certificate known[CERTIFICATES_MAX];
    struct error why = {0};
    int64_t ends = 0, first = 0;
    int n = certificates_get(known), i, rc;

    rc = server_certificate(context->db, &ends, &why);
    if (why.code == ERROR_STOPPED || why.code == ERROR_GONE)
        return error_set(err, why.code, "%s", why.text);
    if (rc == 1)
        look_at_certificate(context, result, "server", ends, &first);
    for (i = 0; i < n; i++)
        look_at_certificate(context, result, known[i].name, known[i].ends, &first);
    if (rc < 0) {
        check_part(result, "server", HEALTH_WARNING, -1, "no TLS connection to it");
        buf_printf(&result->detail, "server: %s\n", why.text);
        if (!result->has_value || check_level(context, result->value) < HEALTH_WARNING) {
            result->level = HEALTH_WARNING;
            check_say(result, "server: no TLS connection to it");
        }
    } else if (!result->has_value) {
        check_say(result, "there is no certificate");
    }
    return 0;
}
