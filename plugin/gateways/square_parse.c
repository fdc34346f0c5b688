/* square_parse.c - see square_parse.h. Amounts are integers in the currency's smallest unit. */
#include "square_parse.h"

#include <string.h>

#include "../../udf/money.h"

struct word {
    const char *text;
    enum record_status status;
};

static enum record_status status_of(const char *text, const struct word *words)
{
    for (; words->text; words++)
        if (strcmp(words->text, text) == 0)
            return words->status;
    return RECORD_UNKNOWN;
}

/* {"amount":555,"currency":"USD"}. @retval 1, 0 absent, -1 */
static int money(const json_t *object, const char *key, char currency[CURRENCY_SIZE],
                 int64_t *amount, struct error *err)
{
    const json_t *value = json_object_get(object, key);
    const json_t *minor = json_object_get(value, "amount");
    const char *code = json_string_value(json_object_get(value, "currency"));
    int exponent;

    *amount = 0;
    if (!value || json_is_null(value))
        return 0;
    if (!json_is_integer(minor))
        return error_set(err, ERROR_REMOTE, "%s.amount is not an integer", key);
    if (!code || currency_normalize(code, strlen(code), currency) != 0)
        return error_set(err, ERROR_REMOTE, "%s.currency is not a currency", key);
    exponent = currency_exponent(currency);
    if (exponent < 0)
        return error_set(err, ERROR_REMOTE, "%s.currency %s is not known", key, currency);
    if (money_from_minor(json_integer_value(minor), exponent, amount, err) != 0)
        return error_prefix(err, "%s: ", key);
    return 1;
}

static int text(const json_t *object, const char *key, char *field, size_t size, bool required,
                struct error *err)
{
    const json_t *value = json_object_get(object, key);

    field[0] = '\0';
    if (!value || json_is_null(value)) {
        if (!required)
            return 0;
        return error_set(err, ERROR_REMOTE, "%s is missing", key);
    }
    if (!json_is_string(value))
        return error_set(err, ERROR_REMOTE, "%s is not a string", key);
    if (required && json_string_length(value) == 0)
        return error_set(err, ERROR_REMOTE, "%s is empty", key);
    return record_set_text(field, size, json_string_value(value), key, err);
}

static int times(const json_t *object, struct record *record, struct error *err)
{
    int rc = json_member_time(object, "created_at", &record->created_at, err);

    if (rc == 0)
        return error_set(err, ERROR_REMOTE, "created_at is missing");
    if (rc < 0 || json_member_time(object, "updated_at", &record->updated_at, err) < 0)
        return -1;
    return 0;
}

static int fees(const json_t *payment, struct record *record, struct error *err)
{
    const json_t *list = json_object_get(payment, "processing_fee");
    char currency[CURRENCY_SIZE];
    json_t *fee;
    int64_t part;
    size_t i;

    record->fee = MONEY_ABSENT;
    json_array_foreach(list, i, fee)
    {
        if (money(fee, "amount_money", currency, &part, err) != 1)
            return error_set(err, ERROR_REMOTE, "processing_fee has no amount");
        if (money_add(record->fee == MONEY_ABSENT ? 0 : record->fee, part, &record->fee) != 0)
            return error_set(err, ERROR_REMOTE, "processing_fee is out of range");
    }
    return 0;
}

static int refunded(const json_t *payment, struct record *record, struct error *err)
{
    char currency[CURRENCY_SIZE];
    int rc = money(payment, "refunded_money", currency, &record->refunded, err);

    if (rc == 0)
        record->refunded = MONEY_ABSENT;
    return rc < 0 ? -1 : 0;
}

static bool is_external(const json_t *payment)
{
    const char *source = json_string_value(json_object_get(payment, "source_type"));

    return source && (strcmp(source, "CASH") == 0 || strcmp(source, "EXTERNAL") == 0);
}

static const struct word payment_words[] = {
    {"COMPLETED", RECORD_CAPTURED}, {"APPROVED", RECORD_AUTHORIZED}, {"PENDING", RECORD_PENDING},
    {"CANCELED", RECORD_CANCELLED}, {"FAILED", RECORD_FAILED},       {NULL, RECORD_UNKNOWN},
};

static const struct word refund_words[] = {
    {"COMPLETED", RECORD_CAPTURED}, {"PENDING", RECORD_PENDING}, {"REJECTED", RECORD_FAILED},
    {"FAILED", RECORD_FAILED},      {NULL, RECORD_UNKNOWN},
};

static int common(const json_t *object, const char *amount_field, const struct word *words,
                  struct record *record, struct error *err)
{
    memset(record, 0, sizeof(*record));
    record->fee = record->refunded = MONEY_ABSENT;
    if (!json_is_object(object))
        return error_set(err, ERROR_REMOTE, "it is not an object");
    if (text(object, "id", record->id, sizeof(record->id), true, err) != 0 ||
        text(object, "status", record->raw_status, sizeof(record->raw_status), true, err) != 0 ||
        times(object, record, err) != 0)
        return -1;
    record->status = status_of(record->raw_status, words);
    switch (money(object, amount_field, record->currency, &record->amount, err)) {
    case 1:
        return 0;
    case 0:
        return error_set(err, ERROR_REMOTE, "%s is missing", amount_field);
    default:
        return -1;
    }
}

int square_payment(const json_t *payment, const struct square_options *options,
                   struct record *record, struct error *err)
{
    if (json_is_object(payment) && !options->include_external && is_external(payment))
        return 0;
    if (common(payment, options->amount_field, payment_words, record, err) != 0 ||
        fees(payment, record, err) != 0 || refunded(payment, record, err) != 0)
        return -1;
    /* A reference that cannot be one of an order's (too long, not text) is none. */
    text(payment, options->reference_field, record->ref, sizeof(record->ref), false, NULL);
    record->kind = RECORD_PAYMENT;
    if (record->status == RECORD_CAPTURED)
        record->completed_at = record->updated_at;
    return 1;
}

int square_refund(const json_t *refund, struct record *record, struct error *err)
{
    if (common(refund, "amount_money", refund_words, record, err) != 0 ||
        text(refund, "payment_id", record->parent_id, sizeof(record->parent_id), false, err) != 0)
        return -1;
    record->kind = RECORD_REFUND;
    return 1;
}
