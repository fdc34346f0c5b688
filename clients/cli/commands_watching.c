/* commands_watching.c - how Purser, the server and the shop are. See spec.h for the form. */
#include "commands.h"

/* Without the plugin there is no such variable. */
#define STATUS(name)                                                                               \
    "COALESCE((SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME"    \
    " = '" name "'), 'not loaded')"

const struct command commands_of_watching[] = {
    {.path = "status",
     .summary = "Show how Purser is: worker, health, open discrepancies, the last runs",
     .detail = "The exit code is 1 where the health is critical or the worker is not ready.",
     .statements = {"SELECT CONVERT(purser_version() USING utf8mb4) AS "
                    "version, " STATUS("Purser_worker_state") " AS worker, " STATUS(
                        "Purser_health_level") " AS health,"
                                               " (SELECT COUNT(*) FROM "
                                               "purser.open_discrepancies) AS "
                                               "open_discrepancies,"
                                               " (SELECT COUNT(*) FROM "
                                               "purser.firing_alerts) AS firing_alerts,"
                                               " (SELECT COUNT(*) FROM "
                                               "purser.outbox_dead) AS dead_messages",
                    "SELECT business_date, gateway, state, internal_records, "
                    "gateway_records, matched, discrepancies, error"
                    " FROM purser.latest_runs WHERE business_date >= (SELECT "
                    "MAX(business_date) - INTERVAL 6 DAY FROM purser.latest_runs)"
                    " ORDER BY business_date DESC, gateway",
                    "SELECT id, gateway, business_date, phase, fetch_percent, fetched, "
                    "matched, discrepancies, requested_by, started_at, seconds"
                    " FROM purser.reconciliation_progress ORDER BY id"},
     .sets = "status runs running",
     .verdicts = {{"health", "critical", false}, {"worker", "ready", true}},
     .flags = COMMAND_UPRIGHT},
    {.path = "health",
     .summary = "Show what the health checks have found",
     .detail = "The exit code is 1 where a check is critical.",
     .parameters = {{"now", KIND_FLAG, NULL, "Look at everything anew, and wait for it", 0}},
     .statements = {"[!now SELECT name, service, level, raw, since, checked_at, value, unit, "
                    "warning, critical, message, duration_ms, parts FROM purser.health]",
                    "[?now CALL purser.check_health()]"},
     .sets = "checks",
     .json = "parts",
     .verdicts = {{"level", "critical", false}},
     .flags = COMMAND_LONG},
    {.path = "alerts list",
     .summary = "Show the alerts that fire",
     .statements = {"SELECT id, rule, server, subject, level, since, told_state, told_level, "
                    "last_told, repeats, acknowledged_at, acknowledged_by, note"
                    " FROM purser.firing_alerts ORDER BY FIELD(level, 'critical', 'warning'), "
                    "since, id"},
     .sets = "alerts"},
    {.path = "alerts ack",
     .summary = "Say that somebody looks after an alert: it is not repeated until it "
                "is over or gets worse",
     .parameters = {{"alert", KIND_TEXT, "ID|RULE",
                     "Its id, or the name of a rule: all that it tells of",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED},
                    {"note", KIND_TEXT, "TEXT", "What there is to say to it", 0}},
     .statements = {"CALL purser.alert_acknowledge({alert}, {note})"},
     .done = "acknowledged",
     .flags = COMMAND_CHANGES},
    {.path = "alerts silence",
     .summary = "Tell nobody of a check for so many minutes",
     .parameters = {{"what", KIND_TEXT, "CHECK|service:NAME|*", "What nobody is told of",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED},
                    {"minutes", KIND_NUMBER, "NUMBER", "For how long, 1 to 527040",
                     PARAMETER_REQUIRED},
                    {"note", KIND_TEXT, "TEXT", "Why", 0}},
     .statements = {"CALL purser.alert_silence({what}, {minutes}, {note})"},
     .done = "silenced",
     .flags = COMMAND_CHANGES},
    {.path = "alerts silences",
     .summary = "Show what nobody is told of",
     .statements = {"SELECT what, until, created_at, created_by, note FROM "
                    "purser.alert_silences ORDER BY until, what"},
     .sets = "silences"},
    {.path = "alerts unsilence",
     .summary = "End a silence before its time",
     .parameters = {{"what", KIND_TEXT, "CHECK|service:NAME|*", "What was silenced",
                     PARAMETER_ARGUMENT | PARAMETER_REQUIRED}},
     .statements = {"CALL purser.alert_unsilence({what})"},
     .done = "no longer silenced",
     .flags = COMMAND_CHANGES},
    {.path = "alerts dead",
     .summary = "Show the messages that were given up",
     .statements = {"SELECT id, channel, kind, subject, attempts, created_at, "
                    "finished_at, last_error FROM purser.outbox_dead ORDER BY id"},
     .sets = "messages"},
    {.path = "alerts replay",
     .summary = "Send messages again that were given up",
     .parameters = {{"id", KIND_NUMBER, "ID", "A message of 'alerts dead'",
                     PARAMETER_ARGUMENT | PARAMETER_ONE_OF},
                    {"all", KIND_FLAG, NULL, "All of them", PARAMETER_ONE_OF}},
     .statements = {"CALL purser.outbox_replay({id})"},
     .sets = "replayed",
     .flags = COMMAND_CHANGES},
    {.path = "selftest",
     .summary = "Check the installation",
     .detail = "Run it as an administrator: it shows what the account may see. The "
               "exit code is 1 where an item failed.",
     .statements = {"CALL purser.selftest()"},
     .sets = "items",
     .verdicts = {{"status", "failed", false}},
     .flags = COMMAND_LONG},
    {0}};
