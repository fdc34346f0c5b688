/*
  match.c - see match.h.

  HOW IT WORKS
  1. Payments are put in order: those that moved and were not given back, then those given back,
  then the rest; orders: those that claim money first. Refund records are added up per payment.
  2. Pairing, passes over moved payments and orders: same amount, currency and day; same amount and
  currency, where an order that was refunded is one with a payment that was given back; whatever is
  left, what stayed first. An order is claimed once, a payment once.
  3. Verdicts: on each pair, on payments nobody claimed, on orders that claimed nothing.
*/
#include "match.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "money.h"

struct group {
    struct match_order *orders;
    struct match_record *records;
    const struct match_rules *rules;
    struct match_result *result;
    int n_orders, n_records;
    int n_moved;                       /* records[0 .. n_moved-1] are payments that moved */
    int order_of[MATCH_GROUP_MAX];     /* per moved payment: index of its order, or -1 */
    bool claimed[MATCH_GROUP_MAX];     /* per order */
    int64_t refunded[MATCH_GROUP_MAX]; /* per moved payment: given back so far */
    int64_t stray_refunds;             /* of payments that are not in the group */
    const struct match_record *stray;  /* one such refund */
    bool unsettled; /* what decides was not read now: earlier findings stay as they are */
    int (*found)(void *context, const struct finding *finding);
    void *context;
};

static bool is_payment(const struct match_record *r)
{
    return r->record.kind == RECORD_PAYMENT && r->record.status != RECORD_NOT_FOUND;
}

static bool is_moved(const struct match_record *r)
{
    return is_payment(r) && match_has_moved(r->record.status);
}

static int rank(const struct match_record *r)
{
    if (r->record.kind == RECORD_REFUND)
        return 9;
    switch (r->record.status) {
    case RECORD_CAPTURED:
        return 0;
    case RECORD_REFUNDED:
        return 1;
    case RECORD_AUTHORIZED:
        return 2;
    case RECORD_PENDING:
        return 3;
    case RECORD_UNKNOWN:
        return 4;
    case RECORD_FAILED:
    case RECORD_CANCELLED:
        return 5;
    default:
        return 6;
    }
}

static int compare_records(const void *left, const void *right)
{
    const struct match_record *a = left, *b = right;

    if (rank(a) != rank(b))
        return rank(a) - rank(b);
    if (a->record.created_at != b->record.created_at)
        return a->record.created_at < b->record.created_at ? -1 : 1;
    return strcmp(a->record.id, b->record.id);
}

static int compare_orders(const void *left, const void *right)
{
    const struct match_order *a = left, *b = right;

    if (order_status_claims(a->status) != order_status_claims(b->status))
        return order_status_claims(a->status) ? -1 : 1;
    if (a->created_at != b->created_at)
        return a->created_at < b->created_at ? -1 : 1;
    return strcmp(a->order_id, b->order_id);
}

/* A record without an identifier of the gateway's (a row of a file that has none) is the same
   payment as one that the API gave under the same reference. */
static bool is_shadow(const struct group *g, const struct match_record *r)
{
    int i;

    if (!r->from_file || !record_id_is_derived(&r->record))
        return false;
    for (i = 0; i < g->n_records; i++)
        if (!g->records[i].from_file && is_moved(&g->records[i]))
            return true;
    return false;
}

static void drop_shadows(struct group *g)
{
    int i, kept = 0;

    for (i = 0; i < g->n_records; i++)
        if (!is_shadow(g, &g->records[i]))
            g->records[kept++] = g->records[i];
    g->n_records = kept;
}

/* The moved payment that a refund belongs to, -1 where it is not here. One that names none (a row
   of a file) belongs to the first; one in another currency gives nothing of the payment back. */
static int payment_of(const struct group *g, const struct record *refund)
{
    int p;

    for (p = 0; p < g->n_moved; p++)
        if ((!refund->parent_id[0] || strcmp(refund->parent_id, g->records[p].record.id) == 0) &&
            strcmp(refund->currency, g->records[p].record.currency) == 0)
            return p;
    return -1;
}

static void add_refunds(struct group *g)
{
    int64_t sum[MATCH_GROUP_MAX] = {0};
    int i, p;

    for (i = 0; i < g->n_records; i++) {
        const struct record *refund = &g->records[i].record;

        if (refund->kind != RECORD_REFUND || refund->status != RECORD_CAPTURED)
            continue;
        p = payment_of(g, refund);
        if (p < 0) {
            if (money_add(g->stray_refunds, refund->amount, &g->stray_refunds) != 0)
                g->stray_refunds = INT64_MAX;
            g->stray = &g->records[i];
        } else if (money_add(sum[p], refund->amount, &sum[p]) != 0) {
            sum[p] = INT64_MAX;
        }
    }
    for (p = 0; p < g->n_moved; p++) {
        const struct record *payment = &g->records[p].record;

        g->refunded[p] = payment->refunded == MONEY_ABSENT ? 0 : payment->refunded;
        if (payment->status == RECORD_REFUNDED && g->refunded[p] == 0)
            g->refunded[p] = payment->amount;
        /* The payment's own figure and the sum of its refunds say the same; one may be newer. */
        if (sum[p] > g->refunded[p])
            g->refunded[p] = sum[p];
    }
}

/* Money that stayed: a payment that was given back whole asks for no order. */
static bool was_given_back(const struct group *g, int p)
{
    return g->refunded[p] > 0 && g->refunded[p] >= g->records[p].record.amount;
}

static bool fits(const struct group *g, int p, int o, int pass)
{
    const struct match_record *r = &g->records[p];
    const struct match_order *order = &g->orders[o];

    if (pass >= 3)
        return true;
    if (strcmp(r->record.currency, order->currency) != 0 ||
        !match_amounts_agree(order->amount, r->record.amount, g->rules))
        return false;
    return pass == 0 ? r->day == order->day : pass == 1 || order->status == ORDER_REFUNDED;
}

static void pair(struct group *g)
{
    int pass, p, o;

    for (p = 0; p < g->n_moved; p++)
        g->order_of[p] = -1;
    for (pass = 0; pass < 5; pass++) {
        for (p = 0; p < g->n_moved; p++) {
            if (g->order_of[p] != -1 || was_given_back(g, p) != (pass == 2 || pass == 4))
                continue;
            for (o = 0; o < g->n_orders; o++) {
                if (g->claimed[o] || !fits(g, p, o, pass))
                    continue;
                g->claimed[o] = true;
                g->order_of[p] = o;
                break;
            }
        }
    }
}

static int64_t difference_of(int64_t internal, int64_t gateway)
{
    int64_t difference;

    if (internal == MONEY_ABSENT || gateway == MONEY_ABSENT ||
        money_sub(gateway, internal, &difference) != 0)
        return MONEY_ABSENT;
    return difference;
}

static int report(struct group *g, enum finding_type type, const struct match_order *order,
                  const struct match_record *record, int64_t gateway_amount, const char *detail)
{
    struct finding finding = {.type = type, .order = order, .record = record};

    finding.internal_amount = order ? order->amount : MONEY_ABSENT;
    finding.gateway_amount = gateway_amount;
    finding.difference = difference_of(finding.internal_amount, gateway_amount);
    if (order && record && record->record.currency[0] &&
        strcmp(order->currency, record->record.currency) != 0)
        finding.difference = MONEY_ABSENT;
    snprintf(finding.detail, sizeof(finding.detail), "%s", detail);
    return g->found(g->context, &finding);
}

static int judge_refund(struct group *g, const struct match_order *order,
                        const struct match_record *r, int64_t refunded)
{
    char text[MONEY_TEXT_SIZE], detail[MATCH_DETAIL_SIZE];
    bool whole =
        refunded >= r->record.amount || match_amounts_agree(r->record.amount, refunded, g->rules);

    if (refunded == 0 && order->status != ORDER_PAID && !r->current)
        g->unsettled = true;
    money_format(refunded, text);
    if (order->status == ORDER_PAID && refunded > 0)
        snprintf(detail, sizeof(detail), "the order is paid, the gateway gave back %s %s", text,
                 r->record.currency);
    else if (order->status == ORDER_REFUNDED && refunded == 0 && r->current)
        snprintf(detail, sizeof(detail), "the order is refunded, the gateway gave nothing back");
    else if (order->status == ORDER_REFUNDED && refunded > 0 && !whole)
        snprintf(detail, sizeof(detail), "the order is refunded, the gateway gave back only %s %s",
                 text, r->record.currency);
    else if (order->status == ORDER_PARTIALLY_REFUNDED && refunded == 0 && r->current)
        snprintf(detail, sizeof(detail),
                 "the order is partially refunded, the gateway gave nothing back");
    else if (order->status == ORDER_PARTIALLY_REFUNDED && refunded > 0 && whole)
        snprintf(detail, sizeof(detail),
                 "the order is partially refunded, the gateway gave everything back");
    else
        return 0;
    return report(g, REFUND_MISMATCH, order, r, refunded, detail);
}

static int judge_fee(struct group *g, const struct match_order *order, const struct match_record *r)
{
    struct finding finding = {.type = FEE_VARIANCE, .order = order, .record = r};
    char charged[MONEY_TEXT_SIZE], due[MONEY_TEXT_SIZE];
    int64_t expected;

    if (match_fee_agrees(r->record.amount, r->record.fee, g->rules, &expected))
        return 0;
    money_format(r->record.fee, charged);
    money_format(expected, due);
    finding.internal_amount = expected;
    finding.gateway_amount = r->record.fee;
    finding.difference = difference_of(expected, r->record.fee);
    snprintf(finding.detail, sizeof(finding.detail),
             "the gateway charged a fee of %s, its rule gives %s", charged, due);
    return g->found(g->context, &finding);
}

static int judge_amounts(struct group *g, const struct match_order *order,
                         const struct match_record *r)
{
    char ours[MONEY_TEXT_SIZE] = "none", theirs[MONEY_TEXT_SIZE], detail[MATCH_DETAIL_SIZE];

    if (strcmp(order->currency, r->record.currency) != 0) {
        snprintf(detail, sizeof(detail), "the order is in %s, the payment in %s",
                 order->currency[0] ? order->currency : "no known currency", r->record.currency);
        return report(g, CURRENCY_MISMATCH, order, r, r->record.amount, detail);
    }
    if (match_amounts_agree(order->amount, r->record.amount, g->rules))
        return 0;
    if (order->amount != MONEY_ABSENT)
        money_format(order->amount, ours);
    money_format(r->record.amount, theirs);
    snprintf(detail, sizeof(detail), "the order is over %s, the gateway captured %s %s", ours,
             theirs, r->record.currency);
    return report(g, AMOUNT_MISMATCH, order, r, r->record.amount, detail);
}

static int judge_pair(struct group *g, int p)
{
    const struct match_order *order = &g->orders[g->order_of[p]];
    const struct match_record *r = &g->records[p];
    char detail[MATCH_DETAIL_SIZE];

    if (order_status_claims(order->status)) {
        if (judge_amounts(g, order, r) != 0 || judge_refund(g, order, r, g->refunded[p]) != 0)
            return -1;
        return judge_fee(g, order, r);
    }
    if (was_given_back(g, p))
        return 0;
    if (order->status == ORDER_UNKNOWN) {
        snprintf(detail, sizeof(detail),
                 "the gateway captured the payment; the order's status '%s' is not one that Purser "
                 "knows",
                 order->status_text);
        return report(g, STATUS_MISMATCH, order, r, r->record.amount, detail);
    }
    snprintf(detail, sizeof(detail), "the customer has paid, the order is '%s'",
             order->status_text);
    return report(g, PAID_NOT_RECORDED, order, r, r->record.amount, detail);
}

static int judge_unclaimed_payment(struct group *g, int p)
{
    const struct match_record *r = &g->records[p];
    const struct match_order *order = g->n_orders ? &g->orders[0] : NULL;

    if (was_given_back(g, p))
        return 0;
    if (order)
        return report(g, DUPLICATE_IN_GATEWAY, order, r, r->record.amount,
                      "the gateway captured more than one payment under this reference");
    return report(g, MISSING_INTERNAL, NULL, r, r->record.amount,
                  r->record.ref[0]
                      ? "the gateway captured a payment, and no order has its reference"
                      : "the gateway captured a payment that carries no reference");
}

/* The attempt that says most about an order that no moved payment belongs to; NULL where there is
   none that counts. */
static const struct match_record *best_attempt(const struct group *g)
{
    int i;

    for (i = g->n_moved; i < g->n_records; i++)
        if (is_payment(&g->records[i]) && g->records[i].current)
            return &g->records[i];
    return NULL;
}

static bool order_is_covered(const struct group *g, const struct match_order *order)
{
    return g->rules->absence_is_proof || order->absence_is_proof;
}

static bool is_said_to_be_absent(const struct group *g)
{
    int i;

    for (i = 0; i < g->n_records; i++)
        if (g->records[i].record.status == RECORD_NOT_FOUND && g->records[i].current)
            return true;
    return false;
}

static bool absence_is_proven(const struct group *g, const struct match_order *order)
{
    int i;

    if (is_said_to_be_absent(g))
        return true;
    for (i = 0; i < g->n_records; i++)
        if (is_payment(&g->records[i]))
            return false;
    return order_is_covered(g, order);
}

/* Was all that the gateway has under the reference read now, as far as can be told? */
static bool is_known_whole(const struct group *g, const struct match_order *order)
{
    int i;

    for (i = 0; i < g->n_records; i++)
        if (g->records[i].current)
            return true;
    return order_is_covered(g, order);
}

static int judge_unpaired_order(struct group *g, int o, bool first)
{
    const struct match_order *order = &g->orders[o];
    const struct match_record *attempt = best_attempt(g);
    char detail[MATCH_DETAIL_SIZE];

    /* Under one reference there is money for one order: whoever shares it is a duplicate, be it
       that the money went to another order, be it that another order is the one reported as unpaid.
     */
    if (g->n_moved > 0 || !first) {
        if (g->n_moved == 0 && !order_status_claims(order->status))
            return 0;
        if (!is_known_whole(g, order)) { /* there may be a second payment that was not read */
            g->unsettled = true;
            return 0;
        }
        return report(g, DUPLICATE_INTERNAL, order, g->n_moved ? &g->records[0] : NULL,
                      g->n_moved ? g->records[0].record.amount : MONEY_ABSENT,
                      "more than one order has this reference");
    }
    if (attempt)
        g->result->matched[o] = true;
    if (!order_status_claims(order->status))
        return 0;
    if (attempt) {
        snprintf(detail, sizeof(detail), "the order is '%s', the gateway says %s",
                 order->status_text, record_status_name(attempt->record.status));
        return report(g, STATUS_MISMATCH, order, attempt, attempt->record.amount, detail);
    }
    if (!absence_is_proven(g, order)) {
        g->unsettled = g->unsettled || g->n_orders > 1;
        return 0;
    }
    return report(g, MISSING_IN_GATEWAY, order, NULL, MONEY_ABSENT,
                  "the order is paid, the gateway has no payment with its reference");
}

/* A refund whose payment is not here (older than what was read, or none that counts) says something
   only about an order that does not know of it. */
static int judge_stray_refund(struct group *g)
{
    const struct match_order *order = g->n_orders ? &g->orders[0] : NULL;

    if (g->stray_refunds == 0 || g->n_moved > 0 || !order || order->status == ORDER_REFUNDED ||
        order->status == ORDER_PARTIALLY_REFUNDED)
        return 0;
    return report(g, REFUND_MISMATCH, order, g->stray, g->stray_refunds,
                  "the gateway gave money back, the order does not know of it");
}

static bool is_conclusive(const struct group *g)
{
    bool covered = g->rules->absence_is_proof || is_said_to_be_absent(g);
    int i;

    if (g->unsettled)
        return false;
    for (i = 0; i < g->n_orders && !covered; i++)
        covered = absence_is_proven(g, &g->orders[i]);
    return g->n_moved > 0 || best_attempt(g) || covered || g->stray_refunds > 0;
}

static int judge(struct group *g)
{
    bool first = true;
    int i, rc = 0;

    for (i = 0; i < g->n_moved && rc == 0; i++) {
        if (g->order_of[i] >= 0) {
            g->result->matched[g->order_of[i]] = true;
            rc = judge_pair(g, i);
        } else {
            rc = judge_unclaimed_payment(g, i);
        }
    }
    for (i = 0; i < g->n_orders && rc == 0; i++) {
        /* Free of charge: no gateway was to take anything. */
        if (g->claimed[i] || (g->n_moved == 0 && g->orders[i].amount == 0))
            continue;
        rc = judge_unpaired_order(g, i, first);
        first = false;
    }
    return rc == 0 ? judge_stray_refund(g) : rc;
}

int match_group(struct match_order *orders, int n_orders, struct match_record *records,
                int n_records, const struct match_rules *rules, struct match_result *result,
                int (*found)(void *context, const struct finding *finding), void *context)
{
    struct group g = {.orders = orders,
                      .records = records,
                      .rules = rules,
                      .result = result,
                      .n_orders = n_orders,
                      .n_records = n_records,
                      .found = found,
                      .context = context};
    int i, rc;

    memset(result, 0, sizeof(*result));
    drop_shadows(&g);
    qsort(orders, (size_t)n_orders, sizeof(*orders), compare_orders);
    qsort(records, (size_t)g.n_records, sizeof(*records), compare_records);
    while (g.n_moved < g.n_records && is_moved(&records[g.n_moved]))
        g.n_moved++;
    add_refunds(&g);
    pair(&g);
    rc = judge(&g);
    result->n_records = g.n_records;
    result->has_order = n_orders > 0;
    result->attributed_day = n_orders ? orders[0].day : g.n_records ? records[0].day : 0;
    result->conclusive = is_conclusive(&g);
    for (i = 0; i < n_orders; i++)
        result->orders_matched += result->matched[i];
    return rc;
}
