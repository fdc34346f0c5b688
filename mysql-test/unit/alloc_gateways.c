/* alloc_gateways.c - the adapters as they are, exports and URLs, while memory runs out. */
#include <stdio.h>
#include <unistd.h>

#include "../../plugin/http_response.h"
#include "../../plugin/import.h"
#include "alloc_scenarios.h"
#include "unit_gateway.h"

#define URL "https://gateway.example/v2"
#define PAID                                                                                       \
    "\"currency\":\"MWK\",\"amount\":1000,\"charges\":40,\"mode\":\"live\",\"status\":"            \
    "\"success\","                                                                                 \
    "\"reference\":\"26262633201\",\"tx_ref\":\"TX-1\","                                           \
    "\"created_at\":\"2025-07-05T09:59:00.000000Z\",\"updated_at\":\"2025-07-05T10:00:00."         \
    "000000Z\""

static const struct secrets *token(void)
{
    static const char text[] = "{\"gateways\":{\"shop\":{\"token\":\"of-nobody\"}}}";
    static struct secrets *secrets;
    char path[] = "/tmp/purser_alloc_XXXXXX";
    int fd;

    if (secrets)
        return secrets;
    alloc_fail_pause();
    fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        abort();
    close(fd);
    secrets = secrets_load(path, NULL);
    unlink(path);
    alloc_fail_resume();
    return secrets;
}

/* A fetch of one payment; refused with an error, or without a verdict about it. */
static int fetch(const char *adapter, const char *settings, const struct unit_answer *answers,
                 size_t n, unsigned long records, struct error *err)
{
    static const char *const refs[] = {"TX-1"};
    const struct secrets *secrets = token();
    struct gateway gateway;
    struct fetch_job job;
    int rc;

    unit_gateway =
        (struct unit_gateway){.answers = answers, .answer_count = n, .refs = refs, .ref_count = 1};
    if (gateway_init(&gateway, "shop", adapter, URL, settings, strlen(settings), err) != 0)
        return -1;
    job = unit_fetch_job(&gateway, secrets, "");
    rc = gateway.adapter->fetch(&job, err);
    if (rc == 0 && unit_gateway.unread == 1 && unit_gateway.records == 0)
        rc = alloc_refused(err);
    else if (rc == 0 && unit_gateway.records != records)
        rc = alloc_wrong(err, "not the records of the answers");
    gateway_deinit(&gateway);
    return rc;
}

#define ANSWER(text)                                                                               \
    {                                                                                              \
        200, text, sizeof(text) - 1                                                                \
    }

static int square(struct error *err)
{
    static const struct unit_answer answers[] = {
        ANSWER("{\"locations\":[{\"id\":\"L1\"}]}"),
        ANSWER("{\"payments\":[{\"id\":\"P1\",\"status\":\"COMPLETED\",\"source_type\":\"CARD\","
               "\"created_at\":\"2025-07-05T10:00:00.000Z\",\"reference_id\":\"TX-1\","
               "\"amount_money\":{\"amount\":1250,\"currency\":\"USD\"},\"card_details\":{\"a\":1},"
               "\"processing_fee\":[{\"amount_money\":{\"amount\":61,\"currency\":\"USD\"}}]}],"
               "\"cursor\":\"more\"}"),
        ANSWER("{\"payments\":[]}"),
        ANSWER("{\"refunds\":[{\"id\":\"R1\",\"status\":\"COMPLETED\",\"payment_id\":\"P1\","
               "\"created_at\":\"2025-07-05T11:00:00Z\",\"location_id\":\"L1\","
               "\"amount_money\":{\"amount\":250,\"currency\":\"USD\"}}]}")};

    return fetch("square", "{\"retries\":1}", answers, 4, 2, err);
}

static int paychangu(struct error *err)
{
    static const struct unit_answer answers[] = {
        ANSWER("{\"status\":\"success\",\"message\":\"m\",\"data\":{" PAID "}}")};

    return fetch("paychangu", "{\"retries\":1}", answers, 1, 1, err);
}

static int paychangu_list(struct error *err)
{
    static const struct unit_answer answers[] = {
        ANSWER("{\"status\":\"success\",\"data\":{\"next_page_url\":\"" URL
               "/transactions?page=2\",\"data\":[{" PAID "}]}}"),
        ANSWER("{\"status\":\"success\",\"data\":{\"next_page_url\":null,\"data\":[]}}")};

    return fetch("paychangu", "{\"retries\":1,\"list_mode\":true}", answers, 2, 1, err);
}

/* ---- exports */

static int count_record(void *context, const struct record *record, struct error *err)
{
    (void)record;
    (void)err;
    ++*(int *)context;
    return 0;
}

static int import(const char *settings, const char *text, struct error *err)
{
    struct gateway gateway;
    const char *format;
    int given = 0;
    long long count;

    if (gateway_init(&gateway, "bank", "file", NULL, settings, strlen(settings), err) != 0)
        return -1;
    count = import_parse(&gateway, text, strlen(text), &format, count_record, &given, err);
    gateway_deinit(&gateway);
    if (count < 0) /* the second time over the text: who takes the records rolls back */
        return given == 0 || err->code == ERROR_MEMORY
                   ? -1
                   : alloc_wrong(err, "records of an export that was refused");
    return count == 2 && given == 2 ? 0 : alloc_wrong(err, "not two records");
}

static int import_csv(struct error *err)
{
    return import("{\"time_zone\":\"Africa/Blantyre\",\"status_map\":{\"TS\":\"captured\"},"
                  "\"columns\":{\"amount\":\"Amount\"},\"default_currency\":\"MWK\"}",
                  "transaction_ref,gateway_transaction_id,Amount,status,created_at\n"
                  "TX-1,G1,1000.50,TS,2025-07-05 10:00:00\n"
                  "\"TX-2\",G2,1,TS,2025-07-05 10:00:00\n",
                  err);
}

static int import_json(struct error *err)
{
    return import("{\"default_currency\":\"MWK\"}",
                  "{\"data\":[{\"transaction_ref\":\"TX-1\",\"amount\":1.5,\"created_at\":"
                  "\"2025-07-05T10:00:00Z\"},{\"gateway_transaction_id\":\"G\",\"amount\":\"2\","
                  "\"created_at\":\"2025-07-05T10:00:00Z\"}]}",
                  err);
}

/* A sentence about a key that does not exist, which names those that do. */
static int unknown_key(struct error *err)
{
    struct gateway gateway;
    struct error why = {0};

    if (gateway_init(&gateway, "shop", "square", URL, "{\"colour\":1}", 12, &why) == 0 ||
        !why.text[0])
        return alloc_wrong(err, "it was taken, or nothing was said");
    error_clear(&why);
    if (gateway_init(&gateway, "shop", "square", URL, "{\"amount_field\":\"x\"}", 20, &why) == 0 ||
        !why.text[0])
        return alloc_wrong(err, "it was taken, or nothing was said");
    return 0;
}

static int urls(struct error *err)
{
    char *path = NULL, *escaped, *base;

    if (http_same_host_path(URL, URL "/x?page=2", &path, err) != 0)
        return path ? alloc_wrong(err, "a path and an error") : -1;
    free(path);
    escaped = http_escape("a b/\xc3\xa9");
    base = http_trimmed_base(URL "/");
    free(escaped);
    free(base);
    return escaped && base ? 0 : alloc_refused(err);
}

const struct alloc_scenario alloc_gateways[] = {
    {"Square is read", square, "what is not saved of the way is read again", NULL},
    {"PayChangu is asked", paychangu, NULL, NULL},
    {"PayChangu's list is read", paychangu_list, NULL, NULL},
    {"an export in CSV", import_csv, NULL, NULL},
    {"an export in JSON", import_json, NULL, NULL},
    {"a setting that does not exist", unknown_key, "the sentence is shorter", NULL},
    {"URLs", urls, NULL, NULL},
    {NULL, NULL, NULL, NULL}};
