/*
  match.h - does what the shop says agree with what the gateway says? Pure.

  A group is everything that both sides have under one reference. match_group pairs its orders with
  its payments, each at most once, and reports what is wrong. The rules in words:
  docs/reconciliation.md.

  Glossary: a payment has moved when the gateway captured it (or captured and refunded it). Proof of
  absence: whether "there is no record" may be concluded from the records given, which is so only
  where the gateway was read whole.
*/
#ifndef PURSER_MATCH_H
#define PURSER_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define MATCH_ORDER_ID_SIZE 65
#define MATCH_GROUP_MAX 512 /* rows of one side that are looked at one by one */
#define MATCH_DETAIL_SIZE 512

enum order_status {
    ORDER_PENDING,
    ORDER_PAID,
    ORDER_FAILED,
    ORDER_CANCELLED,
    ORDER_REFUNDED,
    ORDER_PARTIALLY_REFUNDED,
    ORDER_UNKNOWN
};

/** From the shop's word, any case, blanks and dashes as underscores: the list is in match.c and in
    docs/reconciliation.md. "" is ORDER_PENDING. */
enum order_status order_status_parse(const char *text, size_t len);

/** Does the shop say that money has come (even if it was given back later)? */
static inline bool order_status_claims(enum order_status status)
{
    return status == ORDER_PAID || status == ORDER_REFUNDED || status == ORDER_PARTIALLY_REFUNDED;
}

struct match_order {
    char order_id[MATCH_ORDER_ID_SIZE];
    char status_text[33];
    char currency[CURRENCY_SIZE]; /* "" where the shop's is not a currency */
    enum order_status status;
    int64_t amount;        /* MONEY_ABSENT where it is NULL */
    int64_t created_at;    /* any clock, for the order among each other */
    int32_t day;           /* business day */
    bool absence_is_proof; /* for this order, where it is not for all (match_rules) */
};

struct match_record {
    struct record record;
    int32_t day;  /* business day of created_at */
    bool current; /* read by this run, or never asked for one by one: a status that may still change
                     (anything that has not moved) counts only then */
    bool from_file;
};

struct match_rules {
    int64_t tolerance_absolute; /* money.h */
    int64_t tolerance_percent;  /* ten-thousandths of a percent; the larger of the two counts */
    int64_t fee_percent;        /* -1: no fee rule */
    int64_t fee_fixed;
    int64_t fee_tolerance;
    bool absence_is_proof; /* see above; a NOT_FOUND record that is current is always proof */
};

/* The values are those of discrepancies.type, in its order. */
enum finding_type {
    AMOUNT_MISMATCH,
    CURRENCY_MISMATCH,
    STATUS_MISMATCH,
    PAID_NOT_RECORDED,
    MISSING_IN_GATEWAY,
    MISSING_INTERNAL,
    DUPLICATE_IN_GATEWAY,
    DUPLICATE_INTERNAL,
    REFUND_MISMATCH,
    FEE_VARIANCE,
    FINDING_TYPES
};

const char *finding_type_name(enum finding_type type);

struct finding {
    enum finding_type type;
    const struct match_order *order;                     /* borrowed; NULL where there is none */
    const struct match_record *record;                   /* borrowed; NULL where there is none */
    int64_t internal_amount, gateway_amount, difference; /* MONEY_ABSENT where there is none */
    char detail[MATCH_DETAIL_SIZE];                      /* a sentence for a person */
};

/* What a group is, for the counts of a day. */
struct match_result {
    int orders_matched;            /* orders[i].matched, summed */
    bool matched[MATCH_GROUP_MAX]; /* per order: its reference has a record of its own */
    int32_t attributed_day; /* day that the records belong to: the first order's, else their own */
    bool has_order;
    int n_records;   /* of those given, the first so many count; the others were rows of a file that
                        the   API had, too */
    bool conclusive; /* false: nothing was concluded, because what is there is not current and
                        absence is no proof; findings made earlier must be left alone */
};

/**
  Judge a group.
  @param orders,n_orders     sorted in place; at most MATCH_GROUP_MAX
  @param records,n_records   sorted in place; at most MATCH_GROUP_MAX; NOT_FOUND ones may be among
  them
  @param found    called for each finding; the finding is borrowed for the call
  @retval 0  @retval -1 found() returned -1
*/
int match_group(struct match_order *orders, int n_orders, struct match_record *records,
                int n_records, const struct match_rules *rules, struct match_result *result,
                int (*found)(void *context, const struct finding *finding), void *context);

/* The few facts of one order and one payment that the streaming pass looks at. */
bool match_amounts_agree(int64_t internal, int64_t gateway, const struct match_rules *rules);
bool match_fee_agrees(int64_t amount, int64_t fee, const struct match_rules *rules,
                      int64_t *expected);

/** Is this a status under which money has moved? */
static inline bool match_has_moved(enum record_status status)
{
    return status == RECORD_CAPTURED || status == RECORD_REFUNDED;
}

#endif
