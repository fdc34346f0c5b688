/* unit_match.h - a group of orders and records, and what is expected of it. */
#ifndef PURSER_UNIT_MATCH_H
#define PURSER_UNIT_MATCH_H

#include "../../udf/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define DAY 20274 /* 2025-07-05 */
#define TEST(name) cmocka_unit_test_setup(name, begin)

static struct match_order orders[MATCH_GROUP_MAX];
static struct match_record records[MATCH_GROUP_MAX];
static int n_orders, n_records, n_found;
static struct match_rules rules;
static struct match_result result;
static struct finding found[64];
static char found_order[64][MATCH_ORDER_ID_SIZE], found_record[64][RECORD_ID_SIZE];

static inline int begin(void **state)
{
    (void)state;
    n_orders = n_records = n_found = 0;
    memset(orders, 0, sizeof(orders));
    memset(records, 0, sizeof(records));
    rules = (struct match_rules){.tolerance_absolute = 100, .fee_percent = -1};
    return 0;
}

static inline struct match_order *order(const char *id, const char *status, int64_t amount)
{
    struct match_order *o = &orders[n_orders++];

    snprintf(o->order_id, sizeof(o->order_id), "%s", id);
    snprintf(o->status_text, sizeof(o->status_text), "%s", status);
    o->status = order_status_parse(status, strlen(status));
    o->amount = amount;
    snprintf(o->currency, sizeof(o->currency), "GBP");
    o->day = DAY;
    o->created_at = n_orders;
    return o;
}

static inline struct match_record *payment(const char *id, enum record_status status,
                                           int64_t amount)
{
    struct match_record *r = &records[n_records++];

    snprintf(r->record.id, sizeof(r->record.id), "%s", id);
    snprintf(r->record.ref, sizeof(r->record.ref), "TX");
    snprintf(r->record.currency, sizeof(r->record.currency), "GBP");
    r->record.kind = RECORD_PAYMENT;
    r->record.status = status;
    r->record.amount = amount;
    r->record.fee = r->record.refunded = MONEY_ABSENT;
    r->record.created_at = n_records;
    r->day = DAY;
    r->current = true;
    return r;
}

static inline struct match_record *refund(const char *id, const char *parent, int64_t amount)
{
    struct match_record *r = payment(id, RECORD_CAPTURED, amount);

    r->record.kind = RECORD_REFUND;
    snprintf(r->record.parent_id, sizeof(r->record.parent_id), "%s", parent);
    return r;
}

static inline int collect(void *context, const struct finding *f)
{
    (void)context;
    snprintf(found_order[n_found], MATCH_ORDER_ID_SIZE, "%s", f->order ? f->order->order_id : "");
    snprintf(found_record[n_found], RECORD_ID_SIZE, "%s", f->record ? f->record->record.id : "");
    found[n_found++] = *f;
    return 0;
}

static inline void judge(void)
{
    assert_int_equal(
        match_group(orders, n_orders, records, n_records, &rules, &result, collect, NULL), 0);
}

static inline void expect_nothing(void)
{
    judge();
    assert_int_equal(n_found, 0);
}

static inline void expect_one(enum finding_type type, const char *order_id, const char *record_id)
{
    judge();
    assert_int_equal(n_found, 1);
    assert_string_equal(finding_type_name(found[0].type), finding_type_name(type));
    assert_string_equal(found_order[0], order_id);
    assert_string_equal(found_record[0], record_id);
    assert_true(found[0].detail[0] != '\0');
}

#endif
