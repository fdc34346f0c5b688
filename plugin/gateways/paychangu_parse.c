/*
  paychangu_parse.c - see paychangu_parse.h.

  The vendor writes one thing in several ways: amounts as integers, reals and strings, MWK as MK,
  status as success and successful, the fee as a number and as a string in an object. All are major
  units.
*/
#include "paychangu_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum record_status status;
} words[] = {
    {"success", RECORD_CAPTURED},        {"successful", RECORD_CAPTURED},
    {"pending", RECORD_PENDING},         {"failed", RECORD_FAILED},
    {"failed/cancelled", RECORD_FAILED}, {"cancelled", RECORD_CANCELLED},
    {"canceled", RECORD_CANCELLED},      {"refunded", RECORD_REFUNDED},
    {"reversed", RECORD_REFUNDED},
};

static enum record_status status_of(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(words[i].word, word) == 0)
            return words[i].status;
    return RECORD_UNKNOWN;
}

/* The first of the members that holds a text or an integer. */
static const char *first_text(const json_t *data, const char *const *keys, char *scratch,
                              size_t size)
{
    const char *text = NULL;

    for (; *keys && (!text || !*text); keys++)
        text = json_member_text(data, *keys, scratch, size);
    return text && *text ? text : NULL;
}

static void synthetic_id(const char *ref, char id[RECORD_ID_SIZE])
{
    uint64_t hash = 14695981039346656037u;
    const char *p;

    if (strlen(ref) + 5 <= RECORD_ID_SIZE) {
        snprintf(id, RECORD_ID_SIZE, "ref:%.180s", ref);
        if (strlen(id) == strlen(ref) + 4)
            return;
    }
    for (p = ref; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    snprintf(id, RECORD_ID_SIZE, "ref#%016" PRIx64, hash);
}

static int check_mode(const json_t *data, const char *mode, struct error *err)
{
    const char *of_row = json_string_value(json_object_get(data, "mode"));
    bool test;

    if (!of_row || strcmp(mode, "any") == 0)
        return 0;
    test = strcasecmp(of_row, "live") != 0; /* test, sandbox */
    if (test == (strcmp(mode, "test") == 0))
        return 0;
    return error_set(err, ERROR_REMOTE, "the payment is of mode %.20s, the gateway is set to %s",
                     of_row, mode);
}

static int amount(const json_t *data, struct record *record, struct error *err)
{
    const char *code = json_string_value(json_object_get(data, "currency"));
    int exponent, rc;

    if (!code || currency_normalize(code, strlen(code), record->currency) != 0)
        return error_set(err, ERROR_REMOTE, "currency is missing or not a currency");
    exponent = currency_exponent(record->currency);
    if (exponent < 0)
        return error_set(err, ERROR_REMOTE, "currency %s is not known", record->currency);
    rc = json_member_money(data, "amount", exponent, &record->amount, err);
    if (rc == 0)
        return error_set(err, ERROR_REMOTE, "amount is missing");
    if (rc < 0)
        return -1;
    /* A fee that cannot be read is no reason to doubt the payment. */
    rc = json_member_money(data, "charges", exponent, &record->fee, NULL);
    if (rc <= 0)
        rc = json_member_money(json_object_get(data, "transaction_charges"), "amount", exponent,
                               &record->fee, NULL);
    if (rc <= 0)
        record->fee = MONEY_ABSENT;
    return 0;
}

static int times(const json_t *data, struct record *record, struct error *err)
{
    int rc = json_member_time(data, "created_at", &record->created_at, err);

    if (rc == 0)
        return error_set(err, ERROR_REMOTE, "created_at is missing");
    if (rc < 0 || json_member_time(data, "updated_at", &record->updated_at, err) < 0)
        return -1;
    rc = json_member_time(data, "completed_at", &record->completed_at, err);
    if (rc == 0)
        rc = json_member_time(json_object_get(data, "authorization"), "completed_at",
                              &record->completed_at, err);
    return rc < 0 ? -1 : 0;
}

static int convert(const json_t *data, const char *ref, const char *mode, struct record *record,
                   struct error *err)
{
    static const char *const id_keys[] = {"reference", "ref_id", NULL};
    const char *status = json_string_value(json_object_get(data, "status"));
    char scratch[32];
    const char *id;

    memset(record, 0, sizeof(*record));
    record->kind = RECORD_PAYMENT;
    record->fee = record->refunded = MONEY_ABSENT;
    if (!status)
        return error_set(err, ERROR_REMOTE, "status is missing or not a string");
    record->status = status_of(status);
    if (check_mode(data, mode, err) != 0 ||
        record_set_text(record->raw_status, sizeof(record->raw_status), status, "status", err) !=
            0 ||
        record_set_text(record->ref, sizeof(record->ref), ref, "reference", err) != 0 ||
        amount(data, record, err) != 0 || times(data, record, err) != 0)
        return -1;
    id = first_text(data, id_keys, scratch, sizeof(scratch));
    if (!id) {
        synthetic_id(ref, record->id);
        return 0;
    }
    return record_set_text(record->id, sizeof(record->id), id, "reference of the gateway", err);
}

int paychangu_verified(const json_t *body, const char *ref, const char *mode, struct record *record,
                       struct error *err)
{
    static const char *const ref_keys[] = {"tx_ref", "charge_id", NULL};
    const json_t *data = json_object_get(body, "data");
    const json_t *transaction = json_object_get(data, "transaction");
    char scratch[32];
    const char *answered;

    if (json_is_object(transaction))
        data = transaction;
    if (!json_is_object(data))
        return error_set(err, ERROR_REMOTE, "the answer has no data");
    answered = first_text(data, ref_keys, scratch, sizeof(scratch));
    if (!answered || strcmp(answered, ref) != 0)
        return error_set(err, ERROR_REMOTE, "the answer is about another reference");
    return convert(data, ref, mode, record, err);
}

int paychangu_row(const json_t *row, const char *mode, struct record *record, struct error *err)
{
    static const char *const ref_keys[] = {"tx_ref", "charge_id", NULL};
    char scratch[32];
    const char *ref = first_text(row, ref_keys, scratch, sizeof(scratch));

    if (!json_is_object(row))
        return error_set(err, ERROR_REMOTE, "a row is not an object");
    return convert(row, ref ? ref : "", mode, record, err);
}

void paychangu_not_found(const char *ref, int64_t created_at, struct record *record)
{
    memset(record, 0, sizeof(*record));
    record->kind = RECORD_PAYMENT;
    record->status = RECORD_NOT_FOUND;
    record->fee = record->refunded = MONEY_ABSENT;
    record->created_at = created_at;
    snprintf(record->ref, sizeof(record->ref), "%s", ref);
    synthetic_id(ref, record->id);
}
