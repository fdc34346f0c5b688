/*
  fuzz_gateways.c - what gateways may answer: clang's libFuzzer, with AddressSanitizer and UBSan.
  The adapters as they are, with the HTTP client of unit_gateway.h. The first byte says which of
  them; then a cursor that was saved, and the answers, with a zero byte behind each; the first byte
  of an answer says its status. A record that comes out has a form that the tables take.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../udf/money.h"
#include "../unit/unit_gateway.h"
#include "fuzz.h"

#define ANSWERS_MAX 16

static const char secrets_json[] = "{\"gateways\":{\"shop\":{\"token\":\"of-nobody\"}}}";
static const char *const adapters[][2] = {
    {"paychangu", "{\"retries\":1,\"mode\":\"any\"}"},
    {"paychangu", "{\"retries\":1,\"mode\":\"live\",\"list_mode\":true}"},
    {"square", "{\"retries\":1}"},
    {"square", "{\"retries\":1,\"include_external\":true,\"reference_field\":\"note\","
               "\"amount_field\":\"total_money\",\"locations\":[\"L1\",\"L2\"]}"}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be_text(const char *field, size_t size)
{
    json_t *text;

    fuzz_must(strnlen(field, size) < size);
    text = json_string(field); /* refuses what is not UTF-8 */
    fuzz_must(text != NULL);
    json_decref(text);
}

static void look(const struct record *r)
{
    char at[TIMESTAMP_SQL_SIZE], amount[MONEY_TEXT_SIZE];
    int64_t again;

    must_be_text(r->raw_status, sizeof(r->raw_status));
    must_be_text(r->ref, sizeof(r->ref));
    must_be_text(r->id, sizeof(r->id));
    must_be_text(r->parent_id, sizeof(r->parent_id));
    fuzz_must(r->id[0] != '\0');
    fuzz_must(r->kind == RECORD_PAYMENT || r->kind == RECORD_REFUND);
    fuzz_must(r->status >= RECORD_CAPTURED && r->status <= RECORD_UNKNOWN);
    fuzz_must(strcmp(record_status_name(r->status), "") != 0);
    fuzz_must(r->amount >= 0 && (r->status == RECORD_NOT_FOUND || r->currency[0]));
    money_format(r->amount, amount);
    fuzz_must(money_parse(amount, strlen(amount), &again, NULL) == 0 && again == r->amount);
    if (r->status != RECORD_NOT_FOUND) { /* that has the moment that the job begins with */
        timestamp_format_sql(r->created_at, at);
        fuzz_must(timestamp_parse(at, strlen(at), &again, NULL) == 0 && again == r->created_at);
    }
}

/* The next piece, with a NUL behind it. @return new; NULL: there is none */
static char *take(const uint8_t **data, size_t *size, size_t *len)
{
    const uint8_t *zero = *size ? memchr(*data, 0, *size) : NULL;
    char *copy;

    if (*size == 0)
        return NULL;
    *len = zero ? (size_t)(zero - *data) : *size;
    copy = fuzz_text(*data, *len);
    *data += *len + (zero != NULL);
    *size -= *len + (zero != NULL);
    return copy;
}

static const struct secrets *token(void)
{
    static struct secrets *secrets;

    if (!secrets)
        secrets = secrets_load(fuzz_file(secrets_json, strlen(secrets_json)), NULL);
    fuzz_must(secrets != NULL);
    return secrets;
}

static void fetch(unsigned which, const char *cursor, const struct unit_answer *answers, size_t n)
{
    static const char *const refs[] = {"TX-1", "TX/2", "\xC3\xA9", "TX-1"};
    struct gateway gateway;
    struct error err = {0};
    struct fetch_job job;
    int rc;

    fuzz_must(gateway_init(&gateway, "shop", adapters[which & 3][0], "https://gateway.example",
                           adapters[which & 3][1], strlen(adapters[which & 3][1]), &err) == 0);
    unit_gateway = (struct unit_gateway){
        .answers = answers, .answer_count = n, .refs = refs, .ref_count = 4, .look = look};
    job = unit_fetch_job(&gateway, token(), cursor);
    job.by_update = (which & 4) != 0;
    rc = gateway.adapter->fetch(&job, &err);
    fuzz_must((rc == 0) == (err.code == ERROR_NONE));
    fuzz_must(!strstr(err.text, "of-nobody"));
    /* what is asked about one at a time is all told */
    if ((which & 3) == 0 && rc == 0)
        fuzz_must(unit_gateway.records + unit_gateway.unread == 4);
    gateway_deinit(&gateway);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 200, 200, 404, 400, 401, 500, 0};
    struct unit_answer answers[ANSWERS_MAX];
    char *bodies[ANSWERS_MAX], *cursor, saved[GATEWAY_CURSOR_SIZE];
    unsigned which = size ? data[0] : 0;
    size_t n = 0, len;

    data += size > 0;
    size -= size > 0;
    cursor = take(&data, &size, &len);
    for (; n < ANSWERS_MAX && (bodies[n] = take(&data, &size, &len)) != NULL; n++)
        answers[n] = (struct unit_answer){len ? statuses[bodies[n][0] & 7] : 200,
                                          bodies[n] + (len > 0), len - (len > 0)};
    fetch(which, cursor ? cursor : "", answers, n);
    memcpy(saved, unit_gateway.cursor, sizeof(saved));
    fetch(which, saved, answers, n); /* from a place that it saved itself */
    while (n > 0)
        free(bodies[--n]);
    free(cursor);
    return 0;
}
