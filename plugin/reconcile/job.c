/* job.c - see run.h: a job's connection, configuration, zones and lease. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../stop.h"
#include "../zone_file.h"

#define LEASE_SECONDS 60
#define LEASE_RENEW_MS 15000
#define LEASE_PATIENCE_MS ((LEASE_SECONDS + 10) * 1000)

static int load_gateway(struct job *job, const char *name, struct error *err)
{
    struct rows *rows =
        db_query(job->db, err,
                 "SELECT adapter, base_url, settings FROM purser.gateways WHERE name = %s", name);
    struct row row;
    int rc;

    if (!rows)
        return -1;
    rc = rows_next(rows, &row, err);
    if (rc == 0)
        error_set(err, ERROR_CONFIG, "gateway '%.64s' is no longer in purser.gateways", name);
    if (rc == 1)
        rc = gateway_init(&job->gateway, name, row.field[0], row.field[1], row.field[2],
                          row.length[2], err);
    else
        rc = -1;
    rows_close(rows);
    return rc;
}

static int load_zones(struct job *job, struct error *err)
{
    char name[SETTINGS_TEXT_SIZE] = "";

    job->business = zone_load(job->settings.time_zone, err);
    if (!job->business)
        return error_prefix(err, "purser_time_zone: ");
    if (db_value(job->db, name, sizeof(name), err,
                 "SELECT value FROM purser.settings WHERE name = 'app_time_zone'") == -1)
        return -1;
    job->app = zone_load(name[0] ? name : "SYSTEM", err);
    if (!job->app)
        return error_prefix(err, "setting app_time_zone: ");
    return 0;
}

int job_open(struct job *job, const char *gateway, struct error *err)
{
    settings_get(&job->settings);
    job->db = db_open(err);
    if (!job->db)
        return -1;
    if (load_gateway(job, gateway, err) != 0 || load_zones(job, err) != 0)
        return -1;
    job->lists = job->gateway.adapter->lists(&job->gateway);
    job->secrets = secrets_load(job->settings.secrets_file, err);
    if (!job->secrets)
        return -1;
    if (db_value(
            job->db, job->lease_owner, sizeof(job->lease_owner), err,
            "SELECT CONCAT(LEFT(@@hostname, 60), ':',"
            " LEFT(SHA2(CONCAT_WS(':', @@hostname, @@port, @@socket, @@datadir), 256), 32))") == -1)
        return -1;
    return 0;
}

void job_close(struct job *job)
{
    job_release_lease(job);
    free(job->doubts);
    db_close(job->db);
    gateway_deinit(&job->gateway);
    secrets_destroy(job->secrets);
    zone_destroy(job->business);
    zone_destroy(job->app);
    memset(job, 0, sizeof(*job));
}

/* One statement takes the lease, renews it, or leaves it with its holder. */
static int try_lease(struct job *job, char *holder, size_t size, struct error *err)
{
    if (db_exec(job->db, err,
                "INSERT INTO purser.leases (name, owner, expires_at) VALUES"
                " (CONCAT('reconcile:', %s), %s, UTC_TIMESTAMP(6) + INTERVAL %d SECOND)"
                " ON DUPLICATE KEY UPDATE"
                " owner = IF(expires_at < UTC_TIMESTAMP(6), VALUES(owner), owner),"
                " expires_at = IF(owner = VALUES(owner), VALUES(expires_at), expires_at)",
                job->gateway.name, job->lease_owner, LEASE_SECONDS) < 0)
        return -1;
    return db_value(job->db, holder, size, err,
                    "SELECT owner FROM purser.leases WHERE name = CONCAT('reconcile:', %s)",
                    job->gateway.name);
}

int job_take_lease(struct job *job, struct error *err)
{
    int64_t until = clock_ms() + LEASE_PATIENCE_MS;
    char holder[129];

    for (;;) {
        if (try_lease(job, holder, sizeof(holder), err) == -1)
            return -1;
        if (strcmp(holder, job->lease_owner) == 0)
            break;
        if (clock_ms() > until)
            return error_set(err, ERROR_BUSY, "server %s is at work with gateway '%s'", holder,
                             job->gateway.name);
        if (stop_sleep_ms(1000))
            return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    }
    job->lease_renewed_ms = clock_ms();
    return 0;
}

int job_keep_lease(struct job *job, struct error *err)
{
    char holder[129];

    if (clock_ms() - job->lease_renewed_ms < LEASE_RENEW_MS)
        return 0;
    if (try_lease(job, holder, sizeof(holder), err) == -1)
        return -1;
    if (strcmp(holder, job->lease_owner) != 0)
        return error_set(err, ERROR_BUSY, "server %s has taken gateway '%s' over", holder,
                         job->gateway.name);
    job->lease_renewed_ms = clock_ms();
    return 0;
}

void job_release_lease(struct job *job)
{
    if (job->db && job->lease_renewed_ms)
        db_exec(job->db, NULL,
                "DELETE FROM purser.leases WHERE name = CONCAT('reconcile:', %s) AND owner = %s",
                job->gateway.name, job->lease_owner);
    job->lease_renewed_ms = 0;
}

int job_use_app_zone(const struct job *job, struct db *db, int64_t moment, struct error *err)
{
    int32_t offset = zone_offset_at(job->app, moment);
    int32_t minutes = (offset < 0 ? -offset : offset) / 60;
    char text[8];

    snprintf(text, sizeof(text), "%c%02d:%02d", offset < 0 ? '-' : '+', (minutes / 60) % 100,
             minutes % 60);
    return db_exec(db, err, "SET SESSION time_zone = %s", text) < 0 ? -1 : 0;
}

void job_app_bound(const struct job *job, int64_t moment, char text[TIMESTAMP_SQL_SIZE])
{
    timestamp_format_sql(zone_to_wall(job->app, moment), text);
}
