/*
  sim_square_body.c - a benchmark reads these bodies as fast as they come, so they are written by
  hand, and whatever a record does not say (card, order, receipt) follows from the hash of its id.
*/
#include "sim_square_body.h"

#include "sim_value.h"

#include <string.h>

const char *sim_square_status(const struct sim_record *r)
{
    static const char *const words[][2] = {
        {"captured", "COMPLETED"},  {"completed", "COMPLETED"}, {"refunded", "COMPLETED"},
        {"authorized", "APPROVED"}, {"pending", "PENDING"},     {"cancelled", "CANCELED"},
        {"failed", "FAILED"},       {"rejected", "REJECTED"},
    };
    size_t i;

    if (r->raw_status)
        return r->raw_status;
    for (i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!strcmp(words[i][0], r->status))
            return words[i][1];
    return r->status;
}

/* Milliseconds, as Square writes them, unless the record is finer. */
static void write_moment(struct sim_text *t, int64_t moment)
{
    SIM_TEXT_LIT(t, "\"");
    sim_time_format(t, moment, moment % 1000 ? 6 : 3);
    SIM_TEXT_LIT(t, "\"");
}

static void write_currency(struct sim_text *t, const struct sim_record *r)
{
    SIM_TEXT_LIT(t, ",\"currency\":");
    sim_text_json(t, r->raw_currency ? r->raw_currency : r->currency);
    SIM_TEXT_LIT(t, "}");
}

static void write_money(struct sim_text *t, const struct sim_record *r, int64_t minor)
{
    SIM_TEXT_LIT(t, "{\"amount\":");
    sim_text_int(t, minor);
    write_currency(t, r);
}

/* The one amount that counts, and that faults and the form "raw" spoil. */
static void write_amount(struct sim_text *t, const struct sim_record *r,
                         const struct sim_plan *plan)
{
    SIM_TEXT_LIT(t, "\"amount_money\":{\"amount\":");
    if (plan->wrong_amount)
        SIM_TEXT_LIT(t, "{\"value\":1000}");
    else if (r->form == SIM_FORM_RAW)
        sim_text_puts(t, r->amount_text);
    else
        sim_text_int(t, r->amount);
    write_currency(t, r);
}

static void write_status(struct sim_text *t, const struct sim_record *r,
                         const struct sim_plan *plan)
{
    SIM_TEXT_LIT(t, ",\"status\":");
    if (plan->wrong_status)
        SIM_TEXT_LIT(t, "7");
    else
        sim_text_json(t, sim_square_status(r));
}

static void write_id(struct sim_text *t, const char *id, unsigned copy)
{
    if (!copy) {
        sim_text_json(t, id);
        return;
    }
    SIM_TEXT_LIT(t, "\"");
    sim_text_puts(t, id);
    sim_text_printf(t, "-p%u\"", copy);
}

static void write_fee(struct sim_text *t, const struct sim_record *r)
{
    if (!r->has_fee)
        return;
    SIM_TEXT_LIT(t, ",\"processing_fee\":[{\"effective_at\":");
    write_moment(t, r->updated + 7200 * SIM_SECOND);
    SIM_TEXT_LIT(t, ",\"type\":\"INITIAL\",\"amount_money\":");
    write_money(t, r, r->fee);
    SIM_TEXT_LIT(t, "}]");
}

/* What was refunded is told by the record, else it is the sum of the completed refunds. */
static void write_refunds(struct sim_text *t, const struct sim_record *r)
{
    int64_t sum = 0;
    uint32_t n = sim_data_next_refund(r->id, SIM_NONE);
    bool any = n != SIM_NONE;

    if (any)
        SIM_TEXT_LIT(t, ",\"refund_ids\":[");
    while (n != SIM_NONE) {
        const struct sim_record *refund = sim_data_record(n);

        if (!strcmp(sim_square_status(refund), "COMPLETED"))
            sum = (int64_t)((uint64_t)sum + (uint64_t)refund->amount); /* may wrap, must not trap */
        sim_text_json(t, refund->id);
        n = sim_data_next_refund(r->id, n);
        if (n != SIM_NONE)
            SIM_TEXT_LIT(t, ",");
    }
    if (any)
        SIM_TEXT_LIT(t, "]");
    if (r->refunded)
        sum = r->refunded;
    if (!sum)
        return;
    SIM_TEXT_LIT(t, ",\"refunded_money\":");
    write_money(t, r, sum);
}

static void write_card(struct sim_text *t, const struct sim_record *r, uint64_t hash)
{
    static const char *const brands[] = {"VISA", "MASTERCARD", "AMERICAN_EXPRESS", "DISCOVER"};
    const char *status = sim_square_status(r);
    bool captured = !strcmp(status, "COMPLETED");

    SIM_TEXT_LIT(t, ",\"card_details\":{\"status\":");
    sim_text_json(t, captured                      ? "CAPTURED"
                     : !strcmp(status, "CANCELED") ? "VOIDED"
                     : !strcmp(status, "FAILED")   ? "FAILED"
                                                   : "AUTHORIZED");
    SIM_TEXT_LIT(t, ",\"card\":{\"card_brand\":");
    sim_text_json(t, brands[hash & 3]);
    SIM_TEXT_LIT(t, ",\"last_4\":\"");
    sim_text_int(t, (int64_t)(1000 + (hash >> 8) % 9000));
    SIM_TEXT_LIT(t, "\",\"exp_month\":");
    sim_text_int(t, (int64_t)(1 + (hash >> 24) % 12));
    SIM_TEXT_LIT(t, ",\"exp_year\":");
    sim_text_int(t, (int64_t)(2027 + (hash >> 32) % 6));
    SIM_TEXT_LIT(t, ",\"fingerprint\":\"sq-1-");
    sim_text_token(t, hash + 1, 54);
    SIM_TEXT_LIT(t, "\",\"card_type\":\"CREDIT\",\"prepaid_type\":\"NOT_PREPAID\",\"bin\":\"");
    sim_text_int(t, (int64_t)(400000 + (hash >> 16) % 100000));
    SIM_TEXT_LIT(t, "\"},\"entry_method\":\"KEYED\",\"cvv_status\":\"CVV_ACCEPTED\","
                    "\"avs_status\":\"AVS_ACCEPTED\",\"auth_result_code\":\"");
    sim_text_token(t, hash + 2, 6);
    SIM_TEXT_LIT(t, "\",\"statement_description\":\"SQ *EXAMPLE SHOP\","
                    "\"card_payment_timeline\":{\"authorized_at\":");
    write_moment(t, r->created);
    if (captured) {
        SIM_TEXT_LIT(t, ",\"captured_at\":");
        write_moment(t, r->completed == SIM_NO_TIME ? r->created : r->completed);
    }
    SIM_TEXT_LIT(t, "}}");
}

static void write_source(struct sim_text *t, const struct sim_record *r, uint64_t hash)
{
    SIM_TEXT_LIT(t, ",\"source_type\":");
    sim_text_json(t, r->source_type);
    if (!strcmp(r->source_type, "CARD")) {
        write_card(t, r, hash);
    } else if (!strcmp(r->source_type, "CASH")) {
        SIM_TEXT_LIT(t, ",\"cash_details\":{\"buyer_supplied_money\":");
        write_money(t, r, r->amount + r->tip);
        SIM_TEXT_LIT(t, ",\"change_back_money\":");
        write_money(t, r, 0);
        SIM_TEXT_LIT(t, "}");
    } else if (!strcmp(r->source_type, "EXTERNAL")) {
        SIM_TEXT_LIT(t, ",\"external_details\":{\"type\":\"CHECK\",\"source\":\"Paper cheque\"}");
    } else if (!strcmp(r->source_type, "WALLET")) {
        SIM_TEXT_LIT(t, ",\"wallet_details\":{\"status\":\"CAPTURED\",\"brand\":\"CASH_APP\"}");
    } else if (!strcmp(r->source_type, "BANK_ACCOUNT")) {
        SIM_TEXT_LIT(t, ",\"bank_account_details\":{\"bank_name\":\"Example Bank\","
                        "\"transfer_type\":\"ACH\",\"account_ownership_type\":\"INDIVIDUAL\","
                        "\"country\":\"GB\"}");
    }
}

static void write_token(struct sim_text *t, const char *before, uint64_t seed, unsigned digits)
{
    sim_text_puts(t, before);
    sim_text_token(t, seed, digits);
    SIM_TEXT_LIT(t, "\"");
}

static const char *location_id(const struct sim_record *r)
{
    int count;

    return sim_data_locations(&count)[r->location].id;
}

static void write_amounts(struct sim_text *t, const struct sim_record *r,
                          const struct sim_plan *plan)
{
    SIM_TEXT_LIT(t, ",");
    write_amount(t, r, plan);
    if (r->tip) {
        SIM_TEXT_LIT(t, ",\"tip_money\":");
        write_money(t, r, r->tip);
    }
    write_status(t, r, plan);
    SIM_TEXT_LIT(t, ",\"delay_duration\":\"PT168H\"");
}

void sim_square_write_payment(struct sim_text *t, const struct sim_record *r,
                              const struct sim_plan *plan, unsigned copy)
{
    uint64_t hash = sim_hash(r->id);

    SIM_TEXT_LIT(t, "{\"id\":");
    write_id(t, r->id, copy);
    SIM_TEXT_LIT(t, ",\"created_at\":");
    write_moment(t, r->created);
    SIM_TEXT_LIT(t, ",\"updated_at\":");
    write_moment(t, r->updated);
    write_amounts(t, r, plan);
    write_source(t, r, hash);
    SIM_TEXT_LIT(t, ",\"location_id\":");
    sim_text_json(t, location_id(r));
    write_token(t, ",\"order_id\":\"", hash + 3, 29);
    if (r->reference) {
        SIM_TEXT_LIT(t, ",\"reference_id\":");
        sim_text_json(t, r->reference);
    }
    SIM_TEXT_LIT(t, ",\"risk_evaluation\":{\"created_at\":");
    write_moment(t, r->created);
    SIM_TEXT_LIT(t, ",\"risk_level\":\"NORMAL\"}");
    write_fee(t, r);
    write_refunds(t, r);
    SIM_TEXT_LIT(t, ",\"total_money\":");
    write_money(t, r, r->amount + r->tip);
    SIM_TEXT_LIT(t, ",\"approved_money\":");
    write_money(t, r, r->amount + r->tip);
    if (!strcmp(sim_square_status(r), "APPROVED"))
        SIM_TEXT_LIT(t, ",\"capabilities\":[\"EDIT_AMOUNT_UP\",\"EDIT_AMOUNT_DOWN\"]");
    write_token(t, ",\"receipt_number\":\"", hash + 4, 4);
    write_token(t, ",\"receipt_url\":\"https://squareup.com/receipt/preview/", hash + 5, 29);
    SIM_TEXT_LIT(t, ",\"delay_action\":\"CANCEL\",\"delayed_until\":");
    write_moment(t, r->created + 7 * SIM_DAY);
    SIM_TEXT_LIT(t, ",\"application_details\":{\"square_product\":\"ECOMMERCE_API\","
                    "\"application_id\":\"sq0idp-Example0000000000000000\"}");
    write_token(t, ",\"version_token\":\"", hash + 6, 43);
    SIM_TEXT_LIT(t, "}");
}

void sim_square_write_refund(struct sim_text *t, const struct sim_record *r,
                             const struct sim_plan *plan, unsigned copy)
{
    uint64_t hash = sim_hash(r->id);

    SIM_TEXT_LIT(t, "{\"id\":");
    write_id(t, r->id, copy);
    write_status(t, r, plan);
    SIM_TEXT_LIT(t, ",");
    write_amount(t, r, plan);
    if (r->payment_id) {
        SIM_TEXT_LIT(t, ",\"payment_id\":");
        sim_text_json(t, r->payment_id);
    } else {
        SIM_TEXT_LIT(t, ",\"unlinked\":true");
    }
    write_token(t, ",\"order_id\":\"", hash + 3, 29);
    SIM_TEXT_LIT(t, ",\"created_at\":");
    write_moment(t, r->created);
    SIM_TEXT_LIT(t, ",\"updated_at\":");
    write_moment(t, r->updated);
    SIM_TEXT_LIT(t, ",\"location_id\":");
    sim_text_json(t, location_id(r));
    SIM_TEXT_LIT(t, ",\"reason\":\"Requested by the customer\",\"destination_type\":");
    sim_text_json(t, r->source_type);
    if (r->has_fee) {
        SIM_TEXT_LIT(t, ",\"processing_fee\":[{\"type\":\"INITIAL\",\"amount_money\":");
        write_money(t, r, r->fee);
        SIM_TEXT_LIT(t, "}]");
    }
    SIM_TEXT_LIT(t, "}");
}

void sim_square_write_location(struct sim_text *t, const struct sim_location *location)
{
    SIM_TEXT_LIT(t, "{\"id\":");
    sim_text_json(t, location->id);
    SIM_TEXT_LIT(t, ",\"name\":\"Shop ");
    sim_text_token(t, sim_hash(location->id), 4);
    SIM_TEXT_LIT(t, "\",\"address\":{\"address_line_1\":\"1 Example Street\",\"locality\":"
                    "\"London\",\"postal_code\":\"N1 1AA\",\"country\":\"GB\"},\"timezone\":");
    sim_text_json(t, location->timezone);
    SIM_TEXT_LIT(t, ",\"capabilities\":[\"CREDIT_CARD_PROCESSING\"],\"status\":");
    sim_text_puts(t, location->inactive ? "\"INACTIVE\"" : "\"ACTIVE\"");
    SIM_TEXT_LIT(t,
                 ",\"created_at\":\"2019-05-02T09:30:00.000Z\",\"merchant_id\":"
                 "\"MLEXAMPLE0001\",\"country\":\"GB\",\"language_code\":\"en-GB\",\"currency\":");
    sim_text_json(t, location->currency);
    SIM_TEXT_LIT(t, ",\"business_name\":\"Example Shop\",\"type\":\"PHYSICAL\",\"mcc\":\"5999\"}");
}
