/*
  check.h - what a check is handed, and what it says.

  A built-in check is a function in one of the files checks_*.c, listed in builtin.c. It runs in a
  checker's thread, has until context->deadline_ms, and shares nothing but what it is handed. What
  it finds is a value that is held against the row's thresholds, or a level that it gives itself.
*/
#ifndef PURSER_HEALTH_CHECK_H
#define PURSER_HEALTH_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../../udf/error.h"
#include "../db.h"
#include "../settings.h"
#include "level.h"
#include "snapshot.h"

#define CHECK_DETAIL_MAX 16384 /* bytes */

struct check_context {
    struct db *db;                   /* the checker's connection; NULL where needs_db is false */
    const struct settings *settings; /* of this look */
    bool has_parameter;
    double parameter;             /* health_checks.parameter */
    struct thresholds thresholds; /* the row's, for the levels of parts */
    int64_t timeout_ms;           /* of the whole look */
    int64_t deadline_ms;          /* clock_ms() at which nobody waits any more */
    int64_t
        connect_us; /* that the connection took to open, where this look has opened it; else 0 */
};

struct check_result {
    bool has_value;
    double value;            /* held against the thresholds, unless level is set */
    enum health_level level; /* HEALTH_UNKNOWN: by the thresholds; or unknown, without a value */
    char message[HEALTH_MESSAGE_SIZE]; /* public: our own words and numbers (health.md) */
    struct buf detail; /* for SQL and mail; never a secret. Released by the caller */
    struct health_part parts[HEALTH_PARTS_MAX];
    int part_count;
    bool is_unmapped; /* there is no shop to look at, and there may be one any moment */
};

/** @param result zeroed, detail ready @retval 0 @retval -1 err: the check itself failed; its text
    goes to detail, not to message */
typedef int check_function(const struct check_context *context, struct check_result *result,
                           struct error *err);

struct builtin_check {
    const char *name;
    check_function *run;
    bool needs_db;
    bool slow; /* reads whole tables: purser-slow does it */
};

/** @return NULL: there is none of that name */
const struct builtin_check *builtin_check_find(const char *name);

/* Each in the file that its comment names. */
check_function check_database, check_order_processing, check_subscription_renewals, check_inventory,
    check_discrepancies, check_paid_not_recorded, check_outbox; /* checks_shop.c */
check_function check_tables;                                    /* checks_tables.c */
check_function check_connections, check_transactions, check_lock_waits, check_history_length,
    check_replication;                                                         /* checks_server.c */
check_function check_disk, check_error_log, check_threads, check_certificates; /* checks_host.c */
check_function check_gateways;         /* checks_gateways.c */
check_function check_rate_limit_peers; /* checks_peers.c */
check_function check_rate_store;       /* checks_host.c */

#endif
