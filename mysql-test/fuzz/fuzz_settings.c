/*
  fuzz_settings.c - what the values of variables and of rows may hold: clang's libFuzzer, with
  AddressSanitizer and UBSan. One text, and each reader of such: what one takes, it can write again,
  and what it refuses has a sentence.
*/
#include <stdint.h>

#include "../../plugin/db.h"
#include "../../plugin/gateway.h"
#include "../../plugin/health/level.h"
#include "../../plugin/health/sql_check.h"
#include "../../plugin/http/cors.h"
#include "../../plugin/mail.h"
#include "../../plugin/url.h"
#include "../../plugin/zone_file.h"
#include "../../udf/json.h"
#include "../../udf/money.h"
#include "../../udf/months.h"
#include "../../udf/schedule.h"
#include "../../udf/timestamp.h"
#include "../../udf/ratelimit/limits.h"
#include "../../udf/utf8.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* rc and the error that goes with it; forgets it. */
static bool is_taken(int rc, struct error *err)
{
    fuzz_must((rc == 0) == (err->code == ERROR_NONE) && (rc == 0) == (err->text[0] == '\0'));
    fuzz_must(rc == 0 || rc == -1);
    error_clear(err);
    return rc == 0;
}

static void read_numbers(const char *text, size_t len)
{
    char money[MONEY_TEXT_SIZE], month[MONTH_TEXT_SIZE], code[CURRENCY_SIZE];
    int64_t amount, again;
    int32_t number, number_again;
    struct error err = {0};
    int minutes;

    if (is_taken(money_parse(text, len, &amount, &err), &err)) {
        money_format(amount, money);
        fuzz_must(money_parse(money, strlen(money), &again, NULL) == 0 && again == amount);
    }
    if (is_taken(schedule_parse_time(text, len, &minutes, &err), &err))
        fuzz_must(minutes >= 0 && minutes < 24 * 60);
    if (is_taken(month_parse(text, len, &number, &err), &err)) {
        month_format(number, month);
        fuzz_must(strlen(month) == len && memcmp(month, text, len) == 0);
        fuzz_must(month_parse(month, 7, &number_again, NULL) == 0 && number_again == number);
    }
    if (currency_normalize(text, len, code) == 0)
        fuzz_must(strlen(code) == 3 && currency_exponent(code) <= 4);
}

static void read_times(const char *text, size_t len)
{
    char date[DATE_TEXT_SIZE], iso[TIMESTAMP_ISO_SIZE], sql[TIMESTAMP_SQL_SIZE];
    int64_t moment, again;
    int32_t day, day_again;
    struct error err = {0};

    if (is_taken(date_parse(text, len, &day, &err), &err)) {
        date_format(day, date);
        fuzz_must(len == 10 && memcmp(date, text, 10) == 0);
        fuzz_must(date_parse(date, 10, &day_again, NULL) == 0 && day_again == day);
    }
    if (is_taken(timestamp_parse(text, len, &moment, &err), &err)) {
        timestamp_format_iso(moment, iso);
        timestamp_format_sql(moment, sql);
        fuzz_must(timestamp_parse(iso, strlen(iso), &again, NULL) == 0 && again == moment);
        fuzz_must(timestamp_parse(sql, strlen(sql), &again, NULL) == 0 && again == moment);
    }
}

static void read_level(const char *text)
{
    enum health_level level;
    double value;

    if (level_parse_number(text, strlen(text), &value) == 0)
        fuzz_must(value - value == 0); /* finite */
    if (level_parse_word(text, &level) == 0)
        fuzz_must(level >= HEALTH_OK && level <= HEALTH_CRITICAL);
}

static void read_places(const char *text)
{
    static const struct url_scheme https = {"https", "http", 443, 80};
    struct mail_recipients to;
    struct error err = {0};
    struct url url;
    char *path = NULL;
    int i;

    if (is_taken(url_parse(text, &https, &url, &err), &err)) {
        fuzz_must(url.host[0] && url.port >= 1 && url.port <= 65535);
        fuzz_must(url.path >= text && url.path <= text + strlen(text));
        fuzz_must(!strpbrk(text, "\r\n \t\\") && !strpbrk(url.host, "@/?#%\"'<>"));
    }
    is_taken(http_check_url(text, &err), &err);
    is_taken(http_check_base_url(text, &err), &err);
    is_taken(cors_check_origin(text, &err), &err);
    if (is_taken(mail_check_url(text, &err), &err))
        mail_is_loopback(text);
    if (is_taken(mail_check_address(text, strlen(text), &err), &err))
        fuzz_must(!strpbrk(text, "\r\n<>,; ") && strlen(text) < MAIL_ADDRESS_SIZE);
    if (is_taken(mail_parse_recipients(text, &to, &err), &err))
        for (i = 0; i < to.count; i++)
            fuzz_must(mail_check_address(to.address[i], strlen(to.address[i]), NULL) == 0);
    if (http_same_host_path("https://gateway.example/v2", text, &path, &err) == 0)
        fuzz_must(path && (path[0] == '/' || path[0] == '?') && !strpbrk(path, "\r\n "));
    free(path);
    path = http_escape(text);
    fuzz_must(path && strspn(path, "%-._~0123456789abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(path));
    free(path);
}

static void read_gateway(const char *text, size_t len)
{
    static const char *const adapters[] = {"square", "paychangu", "file"};
    struct gateway gateway;
    struct error err = {0};
    size_t i;

    for (i = 0; i < 3; i++) {
        if (is_taken(gateway_init(&gateway, "shop", adapters[i], "https://gateway.example", text,
                                  len, &err),
                     &err))
            fuzz_must(gateway.http.concurrency >= 1 && gateway.max_pages >= 1 &&
                      gateway.http.max_response > 0 && gateway.http.retry.max_attempts >= 1);
        gateway_deinit(&gateway);
    }
    /* its name, its adapter, its address */
    is_taken(gateway_init(&gateway, text, "file", NULL, "{}", 2, &err), &err);
    gateway_deinit(&gateway);
    fuzz_must(gateway_init(&gateway, "shop", text, text, "{}", 2, &err) == 0 || err.text[0]);
    gateway_deinit(&gateway);
}

/* In the place of the database: a query's one row has the text twice, as what it found and as what
   it says of that. */
struct rows {
    char *field[2];
    unsigned long length[2];
    int left;
};

long long db_exec(struct db *db, struct error *err, const char *format, ...)
{
    (void)db;
    (void)err;
    (void)format;
    return 0;
}

struct rows *db_stream(struct db *db, struct error *err, const char *format, ...)
{
    (void)err;
    (void)format;
    return (struct rows *)(void *)db;
}

int rows_next(struct rows *rows, struct row *row, struct error *err)
{
    (void)err;
    *row = (struct row){rows->field, rows->length, 2};
    return rows->left-- > 0;
}

void rows_close(struct rows *rows)
{
    (void)rows;
}

void rows_abandon(struct rows *rows)
{
    (void)rows;
    fuzz_must(!"there is one row");
}

/* A query that may be a check's, and what one gives. */
static void read_check(char *text, size_t len)
{
    struct rows rows = {.field = {text, text}, .length = {len, len}, .left = 1};
    const struct check_context context = {.db = (struct db *)(void *)&rows};
    struct check_result result = {.level = HEALTH_UNKNOWN};
    struct error err = {0};
    const char *p;

    if (is_taken(sql_check_judge(text, &err), &err))
        fuzz_must(strcspn(text, "SsWw") < strlen(text));
    if (is_taken(sql_check_run(&context, "SELECT 1", &result, &err), &err) && result.has_value)
        fuzz_must(result.value - result.value == 0); /* finite */
    fuzz_must(strlen(result.message) <= len && strlen(result.message) < sizeof(result.message));
    fuzz_must(utf8_valid(result.message, strlen(result.message)));
    for (p = result.message; *p; p++)
        fuzz_must((unsigned char)*p >= ' ' && *p != 127);
}

/* The limits of purser_rate_limits. */
static void read_limits(const char *text, size_t len)
{
    static const char policies[] =
        "{\"policies\":[{\"name\":\"pay\",\"max_requests\":5,\"window_seconds\":60}]}";
    static const struct rate_subject who = {"who", 3, "", 0};
    struct rate_policies *set = rate_policies_parse(policies, strlen(policies), NULL);
    json_t *json = json_parse(text, len, NULL);
    struct rate_limits limits;
    struct error err = {0};
    int i;

    fuzz_must(set != NULL);
    if (json && is_taken(rate_limits_read(json, set, &who, &limits, &err), &err)) {
        fuzz_must(limits.n >= 1 && limits.n <= RATE_MULTI_MAX);
        for (i = 0; i < limits.n; i++)
            fuzz_must(limits.requests[i].rule.window_s >= 1 &&
                      limits.requests[i].subject.identifier_len == 3);
    }
    json_decref(json);
    rate_policies_destroy(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char *bytes = malloc(size + (size == 0)); /* without a NUL behind it */
    struct error err = {0};
    struct zone *zone;

    fuzz_must(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    read_numbers(bytes, size);
    read_times(bytes, size);
    read_gateway(text, strlen(text));
    read_places(text);
    read_level(text);
    read_check(text, size);
    read_limits(bytes, size);
    if (strcmp(text, "SYSTEM") != 0) {
        zone = zone_load(text, &err);
        is_taken(zone ? 0 : -1, &err);
        zone_destroy(zone);
    }
    free(bytes);
    free(text);
    return 0;
}
