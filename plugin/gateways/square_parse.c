/* square_parse.c - see square_parse.h. Amounts are integers in the currency's smallest unit. */
#include "square_parse.h"

#include <string.h>

#include "../../udf/money.h"
#include "../json_scan.h"

/* All members that are read, sorted. */
static const char *const members[] = {
    "amount",         "amount_money", "captured_at", "card_details",   "card_payment_timeline",
    "code",           "created_at",   "currency",    "cursor",         "destination_type",
    "errors",         "id",           "location_id", "locations",      "note",
    "order_id",       "payment_id",   "payments",    "processing_fee", "reference_id",
    "refunded_money", "refunds",      "source_type", "status",         "total_money",
    "updated_at",
};

struct word {
    const char *text;
    enum record_status status;
};

static const struct word payment_words[] = {
    {"COMPLETED", RECORD_CAPTURED}, {"APPROVED", RECORD_AUTHORIZED}, {"PENDING", RECORD_PENDING},
    {"CANCELED", RECORD_CANCELLED}, {"FAILED", RECORD_FAILED},       {NULL, RECORD_UNKNOWN},
};

static const struct word refund_words[] = {
    {"COMPLETED", RECORD_CAPTURED}, {"PENDING", RECORD_PENDING}, {"REJECTED", RECORD_FAILED},
    {"FAILED", RECORD_FAILED},      {NULL, RECORD_UNKNOWN},
};

/* "No results" is {} and nothing else. Any other object without a member that we know (a proxy's
   {"message":…}), and any with errors, says nothing about payments. */
static bool is_answer(const json_t *document, const char *body, size_t len, struct error *why)
{
    const json_t *errors = json_object_get(document, "errors");
    size_t at;

    if (json_array_size(errors) > 0 ||
        (errors && !json_is_array(errors) && !json_is_null(errors))) {
        error_set(why, ERROR_REMOTE, "it has errors");
        return false;
    }
    if (json_object_get(document, "payments") || json_object_get(document, "refunds") ||
        json_object_get(document, "locations") || json_object_get(document, "cursor"))
        return true;
    at = json_skip_blanks(body, 0, len);
    at = at < len && body[at] == '{' ? json_skip_blanks(body, at + 1, len) : len;
    if (at < len && body[at] == '}')
        return true;
    error_set(why, ERROR_REMOTE, "it is not an answer of Square's");
    return false;
}

json_t *square_document(const char *body, size_t len, struct error *err)
{
    struct error why = {0};
    json_t *document;
    struct buf kept;

    buf_init(&kept, len);
    if (json_prune(body, len, members, sizeof(members) / sizeof(members[0]), &kept) == 0)
        document = json_parse(kept.data, kept.len, &why);
    else
        document = json_parse(body, len, &why);
    buf_free(&kept);
    if (json_is_object(document) && is_answer(document, body, len, &why))
        return document;
    json_decref(document);
    error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_REMOTE,
              "the answer cannot be read: %s", why.code ? why.text : "it is not a JSON object");
    return NULL;
}

void square_error_code(const char *body, size_t len, char code[64])
{
    json_t *document = json_parse(body, len, NULL);
    const json_t *errors = json_object_get(document, "errors");
    const char *text = json_string_value(json_object_get(json_array_get(errors, 0), "code"));
    size_t letters = text ? strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") : 0;

    code[0] = '\0';
    if (letters > 0 && letters < 64 && text[letters] == '\0')
        memcpy(code, text, letters + 1);
    json_decref(document);
}

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
    const json_t *value = json_object_get(object, key), *minor;
    const char *code;
    int exponent;

    *amount = 0;
    if (!value || json_is_null(value))
        return 0;
    minor = json_object_get(value, "amount");
    if (!json_is_integer(minor))
        return error_set(err, ERROR_REMOTE, "%s.amount is not an integer", key);
    code = json_string_value(json_object_get(value, "currency"));
    if (!code || currency_normalize(code, strlen(code), currency) != 0)
        return error_set(err, ERROR_REMOTE, "%s.currency is not a currency", key);
    exponent = currency_exponent(currency);
    if (exponent < 0)
        return error_set(err, ERROR_REMOTE, "%s.currency %s is not known", key, currency);
    if (money_from_minor(json_integer_value(minor), exponent, amount, NULL) != 0)
        return error_set(err, ERROR_REMOTE, "%s.amount is out of range", key);
    return 1;
}

static int text(const json_t *object, const char *key, char *field, size_t size, bool required,
                struct error *err)
{
    const json_t *value = json_object_get(object, key);
    struct error why = {0};

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
    if (record_set_text(field, size, json_string_value(value), key, &why) == 0)
        return 0;
    return error_set(err, ERROR_REMOTE, "%s", why.text);
}

static int moment(const json_t *object, const char *key, int64_t *out, struct error *err)
{
    int rc = json_member_time(object, key, out, NULL);

    return rc >= 0 ? rc : error_set(err, ERROR_REMOTE, "%s is not a time stamp", key);
}

/* What payments and refunds have in common. */
static int common(const json_t *object, const char *amount_field, const struct word *words,
                  struct record *record, struct error *err)
{
    int rc;

    memset(record, 0, sizeof(*record));
    record->fee = record->refunded = MONEY_ABSENT;
    if (!json_is_object(object))
        return error_set(err, ERROR_REMOTE, "it is not an object");
    if (text(object, "id", record->id, sizeof(record->id), true, err) != 0 ||
        text(object, "status", record->raw_status, sizeof(record->raw_status), true, err) != 0)
        return -1;
    record->status = status_of(record->raw_status, words);
    rc = moment(object, "created_at", &record->created_at, err);
    if (rc == 0)
        error_set(err, ERROR_REMOTE, "created_at is missing");
    if (rc != 1 || moment(object, "updated_at", &record->updated_at, err) < 0)
        return -1;
    rc = money(object, amount_field, record->currency, &record->amount, err);
    if (rc == 0)
        error_set(err, ERROR_REMOTE, "%s is missing", amount_field);
    if (rc == 1 && record->amount < 0)
        return error_set(err, ERROR_REMOTE, "%s.amount is negative", amount_field);
    return rc == 1 ? 0 : -1;
}

/* The sum of the fees known so far; one in another currency cannot be compared with the payment. */
static int fees(const json_t *payment, struct record *record, struct error *err)
{
    const json_t *list = json_object_get(payment, "processing_fee");
    char currency[CURRENCY_SIZE];
    int64_t part, sum = 0;
    json_t *fee;
    size_t i;

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return error_set(err, ERROR_REMOTE, "processing_fee is not an array");
    json_array_foreach(list, i, fee)
    {
        int rc = money(fee, "amount_money", currency, &part, err);

        if (rc < 0)
            return error_prefix(err, "processing_fee: ");
        if (rc == 0 || strcmp(currency, record->currency) != 0)
            return 0;
        if (money_add(sum, part, &sum) != 0)
            return error_set(err, ERROR_REMOTE, "processing_fee is out of range");
    }
    if (json_array_size(list) > 0)
        record->fee = sum;
    return 0;
}

static int refunded(const json_t *payment, struct record *record, struct error *err)
{
    char currency[CURRENCY_SIZE];
    int64_t amount;
    int rc = money(payment, "refunded_money", currency, &amount, err);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return 0;
    if (strcmp(currency, record->currency) != 0)
        return error_set(err, ERROR_REMOTE, "refunded_money has another currency");
    record->refunded = amount;
    return 0;
}

/* When a card payment was captured; what other sources say of it is not documented. */
static int completed(const json_t *payment, struct record *record, struct error *err)
{
    const json_t *card = json_object_get(payment, "card_details");
    const json_t *timeline = json_object_get(card, "card_payment_timeline");

    if (record->status != RECORD_CAPTURED)
        return 0;
    return moment(timeline, "captured_at", &record->completed_at, err) < 0 ? -1 : 0;
}

/* Money that Square only records: it never passes through Square's hands. */
static bool is_external(const json_t *object, const char *field)
{
    const char *source = json_string_value(json_object_get(object, field));

    return source && (strcmp(source, "CASH") == 0 || strcmp(source, "EXTERNAL") == 0);
}

int square_payment(const json_t *payment, const struct square_options *options,
                   struct record *record, struct error *err)
{
    const json_t *reference = json_object_get(payment, options->reference_field);

    if (!options->include_external && is_external(payment, "source_type"))
        return 0;
    if (common(payment, options->amount_field, payment_words, record, err) != 0 ||
        fees(payment, record, err) != 0 || refunded(payment, record, err) != 0 ||
        completed(payment, record, err) != 0)
        return -1;
    if (reference && !json_is_string(reference) && !json_is_null(reference))
        return error_set(err, ERROR_REMOTE, "%s is not a string", options->reference_field);
    /* What cannot be a reference of the shop's (a long note, say) is none. */
    text(payment, options->reference_field, record->ref, sizeof(record->ref), false, NULL);
    record->kind = RECORD_PAYMENT;
    return 1;
}

int square_refund(const json_t *refund, const struct square_options *options, struct record *record,
                  struct error *err)
{
    if (!options->include_external && is_external(refund, "destination_type"))
        return 0;
    if (common(refund, "amount_money", refund_words, record, err) != 0 ||
        text(refund, "payment_id", record->parent_id, sizeof(record->parent_id), false, err) != 0)
        return -1;
    record->kind = RECORD_REFUND;
    return 1;
}
