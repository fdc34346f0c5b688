/* job.c - see run.h: a job's connection, configuration, zones and lease. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../log.h"
#include "../stop.h"
#include "../zone_file.h"

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
    char lease[sizeof(job->lease.name)];

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
    snprintf(lease, sizeof(lease), "reconcile:%s", job->gateway.name);
    return lease_init(&job->lease, job->db, lease, err);
}

void job_close(struct job *job)
{
    lease_release(&job->lease, job->db);
    free(job->doubts);
    db_close(job->db);
    gateway_deinit(&job->gateway);
    secrets_destroy(job->secrets);
    zone_destroy(job->business);
    zone_destroy(job->app);
    memset(job, 0, sizeof(*job));
}

/* Has another server done the run meanwhile? @retval 1, 0, -1 err */
static int run_is_over(struct job *job, struct error *err)
{
    char state[16];
    int rc = db_value(job->db, state, sizeof(state), err,
                      "SELECT 1 FROM purser.reconciliation_runs WHERE id = %llu"
                      " AND state = 'running'",
                      job->id);

    return rc == -1 ? -1 : rc == 0;
}

/* Of a run there is no limit: it waits for its end or for the lease's, by whatever server. */
int job_take_lease(struct job *job, struct error *err)
{
    int64_t until = clock_ms() + LEASE_PATIENCE_MS;
    char holder[sizeof(job->lease.owner)];
    int rc, over;

    while ((rc = lease_try(&job->lease, job->db, holder, sizeof(holder), err)) == 0) {
        over = job->id ? run_is_over(job, err) : 0;
        if (over != 0)
            return over == 1 ? 0 : -1;
        if (!job->id && clock_ms() > until)
            return error_set(err, ERROR_BUSY, "server %s is at work with gateway '%s'", holder,
                             job->gateway.name);
        if (stop_sleep_ms(1000))
            return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    }
    return rc == 1 ? 0 : -1;
}

int job_keep_lease(struct job *job, struct error *err)
{
    char holder[sizeof(job->lease.owner)];
    int rc = lease_keep(&job->lease, job->db, holder, sizeof(holder), err);

    if (rc == 0)
        return error_set(err, ERROR_BUSY, "server %s has taken gateway '%s' over", holder,
                         job->gateway.name);
    return rc == 1 ? 0 : -1;
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
