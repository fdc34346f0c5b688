/* builtin.c - the built-in checks; each is described in docs/health.md. */
#include <string.h>

#include "check.h"

static const struct builtin_check builtins[] = {
    {"database", check_database, true, false},
    {"tables", check_tables, true, true},
    {"order_processing", check_order_processing, true, false},
    {"subscription_renewals", check_subscription_renewals, true, false},
    {"inventory", check_inventory, true, false},
    {"discrepancies", check_discrepancies, true, false},
    {"paid_not_recorded", check_paid_not_recorded, true, false},
    {"outbox", check_outbox, true, false},
    {"payment_gateways", check_gateways, true, false},
    {"connections", check_connections, true, false},
    {"transactions", check_transactions, true, false},
    {"lock_waits", check_lock_waits, true, false},
    {"history_length", check_history_length, true, false},
    {"replication", check_replication, true, false},
    {"disk", check_disk, true, false},
    {"error_log", check_error_log, true, false},
    {"threads", check_threads, false, false},
    {"rate_limit_store", check_rate_store, false, false},
    {"certificates", check_certificates, true, false},
    {"rate_limit_peers", check_rate_limit_peers, false, false},
};

const struct builtin_check *builtin_check_find(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
        if (strcmp(builtins[i].name, name) == 0)
            return &builtins[i];
    return NULL;
}
