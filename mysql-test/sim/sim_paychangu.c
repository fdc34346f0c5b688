/* sim_paychangu.c - PayChangu's lookups, in the forms its documentation shows. */
#include "sim_gateway.h"
#include "sim_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 20

void sim_paychangu_error(struct sim_answer *answer, int status, bool data_string,
                         const char *message)
{
    struct sim_text *t = &answer->body;

    answer->status = status;
    if (status == 401 || status == 403) {
        SIM_TEXT_LIT(t, "{\"status\":\"failed\",\"message\":\"Unauthorized\"}");
    } else if (status == 429) {
        SIM_TEXT_LIT(t, "{\"message\":\"Too Many Attempts.\"}");
    } else if (status >= 500) {
        SIM_TEXT_LIT(t, "{\"message\":\"Server Error\"}");
    } else if (status == 400 && !message && !data_string) {
        SIM_TEXT_LIT(t, "{\"message\":{\"tx_ref\":[\"The tx ref field is required.\"]},"
                        "\"status\":\"failed\",\"data\":null}");
    } else {
        SIM_TEXT_LIT(t, "{\"status\":\"failed\",\"message\":");
        sim_text_json(t, message ? message : "Not found");
        sim_text_puts(t, data_string ? ",\"data\":\"null\"}" : ",\"data\":null}");
    }
}

static const char *status_word(const struct sim_record *r)
{
    if (r->raw_status)
        return r->raw_status;
    if (!strcmp(r->status, "captured"))
        return "success";
    if (!strcmp(r->status, "authorized"))
        return "pending";
    return r->status;
}

static void write_status(struct sim_text *t, const struct sim_record *r,
                         const struct sim_plan *plan)
{
    SIM_TEXT_LIT(t, ",\"status\":");
    if (plan->wrong_status)
        SIM_TEXT_LIT(t, "7");
    else
        sim_text_json(t, status_word(r));
}

/* The text up to the decimal point. */
static void write_whole(struct sim_text *t, const char *amount)
{
    sim_text_bytes(t, amount, strcspn(amount, "."));
}

static void write_amount(struct sim_text *t, const struct sim_record *r,
                         const struct sim_plan *plan)
{
    bool whole = sim_money_whole(r->amount_text);

    SIM_TEXT_LIT(t, ",\"amount\":");
    if (plan->wrong_amount) {
        SIM_TEXT_LIT(t, "{\"value\":1000}");
    } else if (r->form == SIM_FORM_STRING) {
        sim_text_json(t, r->amount_text);
    } else if (r->form == SIM_FORM_INT || (r->form == SIM_FORM_AUTO && whole)) {
        write_whole(t, r->amount_text);
    } else {
        sim_text_puts(t, r->amount_text);
        if (r->form == SIM_FORM_REAL && !strchr(r->amount_text, '.'))
            SIM_TEXT_LIT(t, ".0");
    }
}

/* Direct charges say MK where ISO says MWK. */
static void write_currency(struct sim_text *t, const struct sim_record *r, bool short_form)
{
    SIM_TEXT_LIT(t, ",\"currency\":");
    if (r->raw_currency)
        sim_text_json(t, r->raw_currency);
    else if (short_form && !strcmp(r->currency, "MWK"))
        SIM_TEXT_LIT(t, "\"MK\"");
    else
        sim_text_json(t, r->currency);
}

/* As a number, without decimals where there are none to tell. */
static void write_fee(struct sim_text *t, const struct sim_record *r)
{
    struct sim_text fee = {0};

    sim_money_format(&fee, r->fee, r->exponent);
    if (!fee.data)
        t->failed = true;
    else if (sim_money_whole(fee.data))
        write_whole(t, fee.data);
    else
        sim_text_puts(t, fee.data);
    sim_text_free(&fee);
}

static void write_moment(struct sim_text *t, int64_t moment)
{
    if (moment == SIM_NO_TIME) {
        SIM_TEXT_LIT(t, "null");
        return;
    }
    SIM_TEXT_LIT(t, "\"");
    sim_time_format(t, moment, 6);
    SIM_TEXT_LIT(t, "\"");
}

static void write_id(struct sim_text *t, const struct sim_record *r, unsigned copy)
{
    SIM_TEXT_LIT(t, "\"");
    sim_text_puts(t, r->raw_id ? r->raw_id : r->id);
    if (copy)
        sim_text_printf(t, "%05u", copy); /* its ids have digits only */
    SIM_TEXT_LIT(t, "\"");
}

/* The whole of "data" of a hosted checkout. */
static void write_checkout(struct sim_text *t, const struct sim_record *r,
                           const struct sim_plan *plan)
{
    SIM_TEXT_LIT(t, "{\"event_type\":\"checkout.payment\",\"tx_ref\":");
    sim_text_json(t, r->reference);
    SIM_TEXT_LIT(t, ",\"mode\":");
    sim_text_json(t, r->mode ? r->mode : "live");
    SIM_TEXT_LIT(t, ",\"type\":\"API Payment (Checkout)\"");
    write_status(t, r, plan);
    sim_text_printf(t, ",\"number_of_attempts\":%d,\"reference\":", r->attempts);
    write_id(t, r, 0);
    write_currency(t, r, false);
    write_amount(t, r, plan);
    SIM_TEXT_LIT(t, ",\"charges\":");
    write_fee(t, r);
    SIM_TEXT_LIT(t, ",\"customization\":{\"title\":\"Order\",\"description\":\"Online order\","
                    "\"logo\":null},\"meta\":null,\"authorization\":{\"channel\":\"Card\","
                    "\"card_number\":\"230377******0408\",\"expiry\":\"2035-12\","
                    "\"brand\":\"MASTERCARD\",\"provider\":null,\"mobile_number\":null,"
                    "\"completed_at\":");
    write_moment(t, r->completed);
    SIM_TEXT_LIT(t, "},\"customer\":{\"email\":\"buyer@example.com\",\"first_name\":\"Mac\","
                    "\"last_name\":\"Phiri\"},\"logs\":[{\"type\":\"log\","
                    "\"message\":\"Attempted to pay with card\",\"created_at\":");
    write_moment(t, r->created);
    SIM_TEXT_LIT(t, "}],\"created_at\":");
    write_moment(t, r->created);
    SIM_TEXT_LIT(t, ",\"updated_at\":");
    write_moment(t, r->updated);
    SIM_TEXT_LIT(t, "}");
}

/* The members of a direct charge, without the braces; also a row of the list. */
static void write_charge(struct sim_text *t, const struct sim_record *r,
                         const struct sim_plan *plan, unsigned copy)
{
    bool mobile = r->endpoint == SIM_MOBILE_MONEY;

    sim_text_puts(t, r->endpoint == SIM_CHECKOUT ? "\"tx_ref\":" : "\"charge_id\":");
    sim_text_json(t, r->reference);
    SIM_TEXT_LIT(t, ",\"ref_id\":");
    write_id(t, r, copy);
    SIM_TEXT_LIT(t, ",\"trans_id\":null");
    write_currency(t, r, mobile);
    write_amount(t, r, plan);
    SIM_TEXT_LIT(t, ",\"first_name\":\"Mac\",\"last_name\":\"Phiri\","
                    "\"email\":\"buyer@example.com\",\"type\":");
    sim_text_puts(t, r->endpoint == SIM_CHECKOUT ? "\"API Payment (Checkout)\""
                                                 : "\"Direct API Payment\"");
    SIM_TEXT_LIT(t, ",\"trace_id\":null");
    write_status(t, r, plan);
    sim_text_printf(t, ",\"mobile\":\"+265993xxxx40\",\"attempts\":%d,\"mode\":", r->attempts);
    sim_text_json(t, r->mode ? r->mode : mobile ? "Live" : "live");
    SIM_TEXT_LIT(t, ",\"created_at\":");
    write_moment(t, r->created);
    SIM_TEXT_LIT(t, ",\"completed_at\":");
    write_moment(t, r->completed);
    sim_text_puts(t, r->endpoint == SIM_CHECKOUT ? ",\"event_type\":\"checkout.payment\""
                                                 : ",\"event_type\":\"api.charge.payment\"");
    SIM_TEXT_LIT(t, ",\"transaction_charges\":{\"currency\":");
    sim_text_json(t, strcmp(r->currency, "MWK") ? r->currency : "MK");
    SIM_TEXT_LIT(t, ",\"amount\":\"");
    write_fee(t, r);
    SIM_TEXT_LIT(t, "\"}");
}

static void write_channel(struct sim_text *t, const struct sim_record *r)
{
    if (r->endpoint == SIM_MOBILE_MONEY)
        SIM_TEXT_LIT(t, ",\"mobile_money\":{\"name\":\"Airtel Money\",\"ref_id\":"
                        "\"20be6c20-adeb-4b5b-a7ba-0769820df4fb\",\"country\":\"Malawi\"},"
                        "\"authorization\":{\"channel\":\"Mobile Money\",\"completed_at\":");
    else if (r->endpoint == SIM_BANK)
        SIM_TEXT_LIT(t, ",\"bank_payment_details\":{\"payer_bank\":\"National Bank of Malawi\","
                        "\"payer_account_number\":\"1001xxxx\"},\"authorization\":{"
                        "\"channel\":\"Mobile Bank Transfer\",\"completed_at\":");
    else
        SIM_TEXT_LIT(t, ",\"authorization\":{\"channel\":\"Card\",\"card_number\":"
                        "\"230377******0408\",\"brand\":\"MASTERCARD\",\"completed_at\":");
    write_moment(t, r->completed);
    SIM_TEXT_LIT(t, "},\"logs\":[]");
}

/* Of several payments of one reference the captured one, else the latest. */
static const struct sim_record *find(const char *reference, enum sim_endpoint endpoint)
{
    const struct sim_record *best = NULL;
    uint32_t n = SIM_NONE;

    while ((n = sim_data_next_payment(SIM_PAYCHANGU, reference, n)) != SIM_NONE) {
        const struct sim_record *r = sim_data_record(n);
        int better;

        if (r->endpoint != endpoint)
            continue;
        better = !best ? 1 : !strcmp(r->status, "captured") - !strcmp(best->status, "captured");
        if (better > 0 || (better == 0 && r->created > best->created))
            best = r;
    }
    return best;
}

static void look_up(const struct sim_request *rq, const char *reference, enum sim_endpoint endpoint,
                    struct sim_answer *answer)
{
    const struct sim_plan *plan = sim_request_plan(rq);
    struct sim_text *t = &answer->body;
    const struct sim_record *r;

    sim_data_lock_read();
    r = find(reference, endpoint);
    if (!r) {
        sim_paychangu_error(answer, plan->not_found_400 ? 400 : 404, plan->not_found_400,
                            "Transaction not found");
    } else if (plan->wrong_list) {
        SIM_TEXT_LIT(t, "{\"status\":\"success\",\"message\":\"Payment details retrieved "
                        "successfully.\",\"data\":[1,2,3]}");
    } else if (endpoint == SIM_CHECKOUT) {
        SIM_TEXT_LIT(t, "{\"status\":\"success\",\"message\":\"Payment details retrieved "
                        "successfully.\",\"data\":");
        write_checkout(t, r, plan);
        SIM_TEXT_LIT(t, "}");
    } else {
        sim_text_puts(t, endpoint == SIM_MOBILE_MONEY ? "{\"status\":\"successful\""
                                                      : "{\"status\":\"success\"");
        SIM_TEXT_LIT(t, ",\"message\":\"Payment details retrieved successfully.\",\"data\":{");
        if (endpoint == SIM_BANK)
            SIM_TEXT_LIT(t, "\"transaction\":{");
        write_charge(t, r, plan, 0);
        write_channel(t, r);
        sim_text_puts(t, endpoint == SIM_BANK ? "}}}" : "}}");
    }
    sim_data_unlock();
}

void sim_paychangu_checkout(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    look_up(rq, id, SIM_CHECKOUT, answer);
}

void sim_paychangu_mobile(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    look_up(rq, id, SIM_MOBILE_MONEY, answer);
}

void sim_paychangu_bank(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    look_up(rq, id, SIM_BANK, answer);
}

void sim_paychangu_card(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    look_up(rq, id, SIM_CARD, answer);
}

void sim_paychangu_balance(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    const char *currency = sim_request_argument(rq, "currency");

    (void)id;
    SIM_TEXT_LIT(&answer->body, "{\"status\":\"success\",\"message\":\"Wallet balances retrieved "
                                "successfully\",\"data\":{\"environment\":\"live\",\"currency\":");
    sim_text_json(&answer->body, currency ? currency : "MWK");
    SIM_TEXT_LIT(&answer->body, ",\"main_balance\":\"52637.95\",\"collection_balance\":0}}");
}

void sim_paychangu_operators(const struct sim_request *rq, const char *id,
                             struct sim_answer *answer)
{
    (void)rq;
    (void)id;
    SIM_TEXT_LIT(&answer->body,
                 "{\"status\":\"success\",\"message\":\"Operators retrieved successfully.\","
                 "\"data\":[{\"id\":1,\"name\":\"Airtel Money\",\"ref_id\":"
                 "\"20be6c20-adeb-4b5b-a7ba-0769820df4fb\",\"short_code\":\"airtel\","
                 "\"supported_country\":{\"name\":\"Malawi\",\"currency\":\"MWK\"}},"
                 "{\"id\":2,\"name\":\"TNM Mpamba\",\"ref_id\":"
                 "\"27494cb5-ba9e-437f-a114-4e7a7686bcca\",\"short_code\":\"tnm\","
                 "\"supported_country\":{\"name\":\"Malawi\",\"currency\":\"MWK\"}}]}");
}

static void write_next(struct sim_text *t, const struct sim_request *rq, size_t page, bool more)
{
    const struct sim_plan *plan = sim_request_plan(rq);
    const char *host = sim_request_header(rq, "Host");
    struct sim_text url = {0};

    if (*plan->foreign_next) {
        sim_text_json(t, plan->foreign_next);
    } else if (plan->repeated_cursor || plan->endless_pages || more) {
        sim_text_printf(&url, "http://%s/paychangu/transactions?page=%zu",
                        host ? host : "127.0.0.1", plan->repeated_cursor ? 2 : page + 1);
        sim_text_json(t, url.data ? url.data : "");
        sim_text_free(&url);
    } else {
        SIM_TEXT_LIT(t, "null");
    }
}

static void write_rows(struct sim_text *t, const struct sim_plan *plan, size_t first, size_t shown,
                       unsigned copy)
{
    const char *comma = "";
    size_t count, i;
    const struct sim_entry *list =
        sim_data_list(SIM_PAYCHANGU, SIM_PAYMENT, SIM_BY_CREATED, &count);

    for (i = first; i < count && i < first + shown; i++) {
        const struct sim_record *r = sim_data_record(list[count - 1 - i].record);
        int times;

        for (times = plan->duplicate_records ? 2 : 1; times; times--, comma = ",") {
            sim_text_puts(t, comma);
            SIM_TEXT_LIT(t, "{");
            write_charge(t, r, plan, copy);
            SIM_TEXT_LIT(t, "}");
        }
    }
}

/* Newest first. Where records are to come twice, a page goes on by less than it holds. */
static void write_page(const struct sim_request *rq, struct sim_text *t, size_t page)
{
    const struct sim_plan *plan = sim_request_plan(rq);
    bool endless = plan->endless_pages;
    size_t shown = plan->duplicate_records ? PAGE / 2 : PAGE;
    size_t step = plan->duplicate_records ? PAGE / 4 : PAGE;
    size_t first = endless ? 0 : (page - 1) * step, count, pages;

    sim_data_list(SIM_PAYCHANGU, SIM_PAYMENT, SIM_BY_CREATED, &count);
    pages = count ? (count + step - 1) / step : 1;
    sim_text_printf(t,
                    "{\"status\":\"success\",\"message\":\"Transactions retrieved successfully.\","
                    "\"data\":{\"current_page\":%zu,\"total_pages\":%zu,\"per_page\":%d,"
                    "\"next_page_url\":",
                    page, endless ? page + 1 : pages, PAGE);
    write_next(t, rq, page, page < pages);
    sim_text_puts(t, plan->wrong_list ? ",\"data\":{\"rows\":[" : ",\"data\":[");
    write_rows(t, plan, first, shown, endless ? (unsigned)page : 0);
    sim_text_puts(t, plan->wrong_list ? "]}}}" : "]}}");
}

void sim_paychangu_list(const struct sim_request *rq, const char *id, struct sim_answer *answer)
{
    const char *text = sim_request_argument(rq, "page");
    long page = text ? strtol(text, NULL, 10) : 1;

    (void)id;
    if (page < 1 || page > 100000000)
        page = 1;
    sim_data_lock_read();
    write_page(rq, &answer->body, (size_t)page);
    sim_data_unlock();
}
