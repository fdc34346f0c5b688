/* metrics_report.c - see metrics_report.h. */
#include "metrics_report.h"

#include <string.h>

#include "../../udf/timestamp.h"
#include "prom_out.h"

#define GATEWAYS_MAX 64
#define TYPES_MAX 64

/* A number, or a text that is one: SQL's JSON has sums as either. */
static bool number_of(const json_t *value, double *number)
{
    json_t *parsed = NULL;
    json_error_t why;
    bool is_number, no_memory;

    if (json_is_string(value))
        value = parsed = json_read(json_string_value(value), json_string_length(value),
                                   JSON_DECODE_ANY, &why, &no_memory);
    is_number = json_is_number(value);
    *number = json_number_value(value);
    json_decref(parsed);
    return is_number;
}

static void gauge(struct buf *to, const json_t *object, const char *key, const char *name,
                  const char *help)
{
    double number;

    if (number_of(json_object_get(object, key), &number))
        prom_single(to, name, "gauge", help, number);
}

/* ---- reconciliation: of each gateway the newest day */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static int newest_days(const json_t *days, const json_t *newest[GATEWAYS_MAX])
{
    int count = 0, i;
    const json_t *day;
    size_t n;

    json_array_foreach(days, n, day)
    {
        if (!*text_of(day, "gateway") || strcmp(text_of(day, "state"), "running") == 0)
            continue; /* one that is under way says nothing yet */
        for (i = 0; i < count; i++)
            if (strcmp(text_of(newest[i], "gateway"), text_of(day, "gateway")) == 0)
                break;
        if (i == count && count < GATEWAYS_MAX)
            newest[count++] = day;
        else if (i < count && strcmp(text_of(newest[i], "date"), text_of(day, "date")) < 0)
            newest[i] = day;
    }
    return count;
}

static bool day_moment(const json_t *day, double *seconds)
{
    const char *text = text_of(day, "date");
    int32_t date;

    if (date_parse(text, strlen(text), &date, NULL) != 0)
        return false;
    *seconds = (double)date * DAY_SECONDS;
    return true;
}

static bool day_complete(const json_t *day, double *one)
{
    *one = strcmp(text_of(day, "state"), "complete") == 0;
    return true;
}

static bool day_matched(const json_t *day, double *number)
{
    return number_of(json_object_get(day, "matched"), number);
}

static bool day_discrepancies(const json_t *day, double *number)
{
    return number_of(json_object_get(day, "discrepancies"), number);
}

/* A gateway without a day in the report (14 days): without a metric an alert would resolve itself.
 */
static void put_without_day(struct buf *to, const char *metric, const json_t *gateways,
                            const json_t *const *newest, int count)
{
    const json_t *gateway;
    size_t n;
    int i;

    json_array_foreach(gateways, n, gateway)
    {
        struct prom_label label = {"gateway", json_string_value(gateway)};

        for (i = 0; i < count && label.value; i++)
            if (strcmp(text_of(newest[i], "gateway"), label.value) == 0)
                break;
        if (i == count && label.value && *label.value && n < GATEWAYS_MAX)
            prom_sample(to, metric, &label, 1, 0);
    }
}

static void reconciliation(struct buf *to, const json_t *days, const json_t *gateways)
{
    static const struct {
        const char *name, *help;
        bool (*get)(const json_t *day, double *number);
    } families[] = {
        {"purser_reconciliation_last_day_timestamp_seconds",
         "Midnight (UTC) of the newest business day that was reconciled; 0: none within 14 days.",
         day_moment},
        {"purser_reconciliation_last_complete",
         "1 if the run of that day is complete, 0 if it is not.", day_complete},
        {"purser_reconciliation_last_matched", "Orders of that day that match.", day_matched},
        {"purser_reconciliation_last_discrepancies", "Findings of that day.", day_discrepancies},
    };
    const json_t *newest[GATEWAYS_MAX];
    int count = newest_days(days, newest), i;
    size_t f;

    for (f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
        if (count == 0 && (f > 0 || json_array_size(gateways) == 0))
            return;
        prom_family(to, families[f].name, "gauge", families[f].help);
        for (i = 0; i < count; i++) {
            struct prom_label label = {"gateway", text_of(newest[i], "gateway")};
            double number;

            if (families[f].get(newest[i], &number))
                prom_sample(to, families[f].name, &label, 1, number);
        }
        if (f == 0)
            put_without_day(to, families[f].name, gateways, newest, count);
    }
}

static void discrepancies(struct buf *to, json_t *object)
{
    json_t *types = json_object_get(object, "by_type"), *value;
    const char *type;
    double number;
    int count = 0;

    gauge(to, object, "open", "purser_discrepancies_open", "Findings that nobody has closed.");
    if (json_object_size(types) == 0)
        return;
    prom_family(to, "purser_discrepancies_open_by_type", "gauge",
                "Findings that nobody has closed, by their type.");
    json_object_foreach(types, type, value)
    {
        struct prom_label label = {"type", type};

        if (count++ < TYPES_MAX && number_of(value, &number))
            prom_sample(to, "purser_discrepancies_open_by_type", &label, 1, number);
    }
}

static void seals(struct buf *to, const json_t *object)
{
    int64_t moment;

    gauge(to, object, "seals", "purser_audit_log_seals", "Seals over the audit log.");
    gauge(to, object, "rows", "purser_audit_log_sealed_rows",
          "Rows of the audit log under a seal.");
    if (json_member_time(object, "last_seal_at", &moment, NULL) == 1)
        prom_single(to, "purser_audit_log_last_seal_timestamp_seconds", "gauge",
                    "When the newest seal was made.", (double)moment / MICROS);
}

void metrics_of_report(struct buf *to, const json_t *report)
{
    const json_t *outbox = json_object_get(report, "outbox");
    const json_t *alerts = json_object_get(report, "alerts");

    if (!report)
        return;
    reconciliation(to, json_object_get(report, "reconciliation"),
                   json_object_get(report, "gateways"));
    discrepancies(to, json_object_get(report, "discrepancies"));
    gauge(to, outbox, "waiting", "purser_outbox_waiting", "Messages that wait to be sent.");
    gauge(to, outbox, "dead", "purser_outbox_dead", "Messages that were given up.");
    gauge(to, outbox, "sent_24h", "purser_outbox_sent_last_day",
          "Messages that were sent in the last 24 hours.");
    gauge(to, outbox, "oldest_waiting_seconds", "purser_outbox_oldest_waiting_seconds",
          "How long the message that waits longest has waited.");
    if (json_is_array(alerts))
        prom_single(to, "purser_alerts_firing", "gauge", "Alerts that are not resolved.",
                    (double)json_array_size(alerts));
    seals(to, json_object_get(report, "audit"));
}
