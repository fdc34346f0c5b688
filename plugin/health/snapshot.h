/*
  snapshot.h - what is known of the server's and the shop's health at one moment.

  Made by the coordinator (health.h), read by the HTTP listener and whoever else must not wait.
  A snapshot never changes once it is published; readers hold a reference while they look.
  Nothing in it is secret: no SQL, no path, no error text of the server's.
*/
#ifndef PURSER_HEALTH_SNAPSHOT_H
#define PURSER_HEALTH_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/json.h"

#define HEALTH_NAME_SIZE 65     /* of a check and of a service: 64 bytes and a NUL */
#define HEALTH_MESSAGE_SIZE 256 /* UTF-8 */
#define HEALTH_UNIT_SIZE 17
#define HEALTH_CHECKS_MAX 128
#define HEALTH_PARTS_MAX 32   /* of one check: its gateways, tables, threads */
#define HEALTH_HISTORY 60     /* looks that are remembered of each check */
#define HEALTH_STALE_MS 10000 /* a snapshot older than that is unhealthy */

/* In order: a greater one is worse. */
enum health_level { HEALTH_UNKNOWN, HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL };

/* "unknown", "ok", "warning", "critical" */
const char *health_level_name(enum health_level level);

/* One thing of several that a check looks at. */
struct health_part {
    char name[HEALTH_NAME_SIZE];
    enum health_level level;
    int64_t latency_us; /* -1: none */
    char message[HEALTH_MESSAGE_SIZE];
};

struct health_check {
    char name[HEALTH_NAME_SIZE];
    char service[HEALTH_NAME_SIZE];
    enum health_level level; /* damped */
    enum health_level raw;   /* of the last look */
    int64_t since;           /* UTC microseconds: the level above; 0: not looked yet */
    int64_t checked_at;      /* UTC microseconds: the last look; 0: not looked yet */
    bool is_recalled;        /* that was before this life, and it is looked at anew in a moment */
    int64_t duration_us;     /* of the last look */
    bool has_value;
    double value;
    bool has_warning, has_critical;
    double warning, critical; /* thresholds */
    bool below;               /* values below the thresholds are bad */
    char unit[HEALTH_UNIT_SIZE];
    char message[HEALTH_MESSAGE_SIZE];
    struct health_part *parts; /* owned by the snapshot */
    int part_count;
    unsigned char history[HEALTH_HISTORY]; /* enum health_level of the last looks, oldest first */
    int history_count;
    int64_t interval_ms;
};

struct snapshot {
    int64_t made_at; /* UTC microseconds */
    int64_t made_ms; /* clock_ms() */
    enum health_level overall;
    struct health_check *checks; /* ordered by service, then by name */
    int check_count;
    const json_t *report; /* dashboard_json()'s answer; NULL: none yet. Read it only */
    int64_t report_at;    /* UTC microseconds; 0: none yet */
    char server[129];     /* host name and port */
    bool must_not_write;  /* a replica, and purser_ready_on_replica is OFF: not ready */
    bool is_starting;     /* the database was not looked at yet, or the checks are not known */
    /* the rest is snapshot.c's */
    int references;
    struct health_report *shared_report;
};

/** The newest one, with a reference for the caller; NULL before the first and after the plugin has
    stopped. Any thread; never waits. */
const struct snapshot *snapshot_get(void);
void snapshot_release(const struct snapshot *snapshot); /* NULL is legal */

/** Is it so old that nobody can rely on it? */
bool snapshot_is_stale(const struct snapshot *snapshot);

/** The worst level of the checks of a service. @param service NULL: of all */
enum health_level snapshot_level(const struct snapshot *snapshot, const char *service);

/** Can nobody say whether all is well: it is too early, or nothing is looked at? @param snapshot
   NULL: so it is */
bool snapshot_is_starting(const struct snapshot *snapshot);

/** Has a check a level that something may follow from? Not one that is only recalled, nor one that
    has seen something bad and not made up its mind yet. */
bool health_is_settled(const struct health_check *check);

/** @return borrowed from the snapshot; NULL: it has no check of that name */
const struct health_check *snapshot_find(const struct snapshot *snapshot, const char *name);

/* ---- the coordinator's side */

/** A new, empty one with room for so many checks. @return NULL: no memory */
struct snapshot *snapshot_create(int checks);
/** Room for the parts of a check. @retval 0 or -1 */
int snapshot_add_parts(struct health_check *check, const struct health_part *parts, int count);
/** Give it a report of its own (stolen reference; may be NULL). */
void snapshot_set_report(struct snapshot *snapshot, json_t *report, int64_t at);

/* A report that several snapshots have, one after the other. */
struct health_report;
/** @param json  stolen, always @return new; NULL: no memory, or json is NULL */
struct health_report *health_report_create(json_t *json, int64_t at);
void health_report_release(struct health_report *report); /* NULL is legal */
/** It stays the caller's, too; may be NULL. */
void snapshot_share_report(struct snapshot *snapshot, struct health_report *report);

/** Put it in the place of the last one; takes over the caller's reference. NULL: none any more. */
void snapshot_publish(struct snapshot *snapshot);

#endif
