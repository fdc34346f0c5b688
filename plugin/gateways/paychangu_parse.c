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

#include "../../udf/fnv.h"

#define FEE_DECIMALS 4 /* a percentage of an amount may have more decimals than its currency */

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

static void synthetic_id(const char *ref, char id[RECORD_ID_SIZE])
{
    size_t len = strlen(ref);

    if (len + sizeof("ref:") <= RECORD_ID_SIZE) {
        memcpy(id, "ref:", 4);
        memcpy(id + 4, ref, len + 1);
        return;
    }
    snprintf(id, RECORD_ID_SIZE, "ref#%016" PRIx64, fnv_bytes(FNV_BASIS, ref, len));
}

/* A payment that does not say its mode passes: the key decides which payments are seen at all. */
static bool is_of_mode(const json_t *data, const char *mode)
{
    const char *said = json_string_value(json_object_get(data, "mode"));

    if (!said || strcmp(mode, "any") == 0)
        return true;
    if (strcmp(mode, "test") == 0)
        return strcasecmp(said, "test") == 0 || strcasecmp(said, "sandbox") == 0;
    return strcasecmp(said, mode) == 0;
}

static bool same_currency(const json_t *object, const char *currency)
{
    const char *said = json_string_value(json_object_get(object, "currency"));
    char code[CURRENCY_SIZE];

    return !said ||
           (currency_normalize(said, strlen(said), code) == 0 && strcmp(code, currency) == 0);
}

/* A fee that cannot be read, or not be compared, is no reason to doubt the payment: it is absent.
 */
static void set_fee(const json_t *data, struct record *record)
{
    const json_t *charges = json_object_get(data, "transaction_charges");
    int rc = json_member_money(data, "charges", FEE_DECIMALS, &record->fee, NULL);

    if (rc == 0 && same_currency(charges, record->currency))
        rc = json_member_money(charges, "amount", FEE_DECIMALS, &record->fee, NULL);
    if (rc != 1)
        record->fee = MONEY_ABSENT;
}

static int set_amount(const json_t *data, struct record *record, struct error *err)
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
    if (record->amount < 0)
        return error_set(err, ERROR_REMOTE, "amount is negative");
    set_fee(data, record);
    return 0;
}

static int set_times(const json_t *data, struct record *record, struct error *err)
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

static int set_names(const json_t *data, const char *ref, struct record *record, struct error *err)
{
    const char *status = json_string_value(json_object_get(data, "status"));
    char number[32];
    const char *id;

    if (!status)
        return error_set(err, ERROR_REMOTE, "status is missing or not a string");
    record->status = status_of(status);
    id = json_member_text(data, "reference", number, sizeof(number));
    if (!id || !*id)
        id = json_member_text(data, "ref_id", number, sizeof(number));
    if (record_set_text(record->raw_status, sizeof(record->raw_status), status, "status", err) !=
            0 ||
        record_set_text(record->ref, sizeof(record->ref), ref, "the reference", err) != 0)
        return -1;
    if (id && *id)
        return record_set_text(record->id, sizeof(record->id), id, "PayChangu's reference", err);
    synthetic_id(ref, record->id);
    return 0;
}

static int convert(const json_t *data, const char *ref, struct record *record, struct error *err)
{
    struct error why = {0};

    memset(record, 0, sizeof(*record));
    record->kind = RECORD_PAYMENT;
    record->fee = record->refunded = MONEY_ABSENT;
    if (set_names(data, ref, record, &why) == 0 && set_amount(data, record, &why) == 0 &&
        set_times(data, record, &why) == 0)
        return 0;
    return error_set(err, ERROR_REMOTE, "%s", why.text);
}

static enum paychangu_verdict unread(struct error *why, const char *text)
{
    error_set(why, ERROR_REMOTE, "%s", text);
    return PAYCHANGU_UNREAD;
}

/* "Not found" in the vendor's words. A page of some proxy, or a path that leads nowhere (a wrong
   base_url), must not turn into "nobody paid"; nor a question that was not understood, which has a
   list of complaints for its message. */
static bool has_any(const char *text, const char *const *signs, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (strcasestr(text, signs[i]))
            return true;
    return false;
}

/* A 400 may mean anything; of these words one is in each "there is no such payment". */
static bool is_about_payment(const char *text)
{
    static const char *const signs[] = {"not found", "invalid", "exist",       "unknown",
                                        "tx_ref",    "charge",  "transaction", "payment"};

    return has_any(text, signs, sizeof(signs) / sizeof(signs[0]));
}

/* Does a refusal speak of us, and not of the payment? */
static bool is_about_access(const char *text)
{
    static const char *const signs[] = {"key",      "auth",       "token", "account", "suspend",
                                        "merchant", "permission", "limit", "route",   "credential"};

    return has_any(text, signs, sizeof(signs) / sizeof(signs[0]));
}

/* "Not found" is an answer only in PayChangu's own words: a status "failed" or "error" and a
   sentence (or none), or the words of the framework that it is made with. Any other 404 may come
   from a wrong path or host. */
static enum paychangu_verdict judge_absence(int http_status, const json_t *body, struct error *why)
{
    const json_t *message = json_object_get(body, "message");
    const char *status = json_string_value(json_object_get(body, "status"));
    const char *text = json_string_value(message);
    bool refused =
        status && (strcasecmp(status, "failed") == 0 || strcasecmp(status, "error") == 0);

    if (!body) {
        error_set(why, ERROR_REMOTE, "HTTP status %d, but not in PayChangu's words: check base_url",
                  http_status);
        return PAYCHANGU_GARBLED;
    }
    if (http_status == 404 && text && strncmp(text, "No query results for model", 26) == 0)
        return PAYCHANGU_NOT_FOUND;
    if (refused && !json_is_object(message) && !(text && is_about_access(text)) &&
        (http_status == 404 || !text || is_about_payment(text)) &&
        !json_is_object(json_object_get(body, "data")))
        return PAYCHANGU_NOT_FOUND;
    return unread(why,
                  http_status == 404
                      ? "HTTP status 404, but not as PayChangu says \"not found\": check base_url"
                      : "HTTP status 400: the question was refused");
}

/* Checkouts have their reference in tx_ref, direct charges in charge_id. */
static bool is_about(const json_t *data, const char *ref)
{
    char number[32];
    const char *tx_ref = json_member_text(data, "tx_ref", number, sizeof(number));
    const char *charge_id;

    if (tx_ref && strcmp(tx_ref, ref) == 0)
        return true;
    charge_id = json_member_text(data, "charge_id", number, sizeof(number));
    return charge_id && strcmp(charge_id, ref) == 0;
}

enum paychangu_verdict paychangu_judge(int status, const json_t *body, const char *ref,
                                       const char *mode, struct record *record, struct error *why)
{
    const json_t *data = json_object_get(body, "data");
    const json_t *transaction = json_object_get(data, "transaction"); /* bank transfers */

    if (status == 404 || status == 400)
        return judge_absence(status, body, why);
    if (!body) {
        error_set(why, ERROR_REMOTE, "the answer is not a JSON object");
        return PAYCHANGU_GARBLED;
    }
    if (json_is_object(transaction))
        data = transaction;
    if (!json_is_object(data))
        return unread(why, "the answer has no data");
    if (!is_about(data, ref))
        return unread(why, "the answer is about another reference");
    if (!is_of_mode(data, mode))
        return unread(why, "the payment is of another mode (setting mode)");
    return convert(data, ref, record, why) == 0 ? PAYCHANGU_RECORD : PAYCHANGU_UNREAD;
}

enum paychangu_verdict paychangu_row(const json_t *row, const char *mode, struct record *record,
                                     struct error *why)
{
    char number[32];
    const char *ref = json_member_text(row, "tx_ref", number, sizeof(number));

    memset(record, 0, sizeof(*record));
    if (!ref || !*ref)
        ref = json_member_text(row, "charge_id", number, sizeof(number));
    if (!ref || !*ref) {
        error_set(why, ERROR_REMOTE,
                  "neither tx_ref nor charge_id: nothing can be matched with it");
        return PAYCHANGU_GARBLED;
    }
    if (convert(row, ref, record, why) != 0)
        return PAYCHANGU_GARBLED;
    if (!is_of_mode(row, mode))
        return unread(why, "the payment is of another mode (setting mode)");
    return PAYCHANGU_RECORD;
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
