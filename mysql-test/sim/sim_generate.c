#include "sim_generate.h"

#include "sim_text.h"
#include "sim_value.h"

#include <stdio.h>
#include <string.h>

struct names {
    char id[64], reference[32], amount[32];
};

/* A failed attempt comes right before the payment that succeeds, for the same order. */
static bool is_failed(const struct sim_generate *g, int64_t i)
{
    return i % 100 == 1 && i < g->count;
}

static int64_t order_of(const struct sim_generate *g, int64_t i)
{
    return is_failed(g, i) ? i + 1 : i;
}

static void write_names(const struct sim_generate *g, int64_t i, int64_t minor, struct names *names)
{
    struct sim_text token = {0};

    if (g->gateway == SIM_SQUARE) {
        sim_text_token(&token, sim_mix(g->seed) + (uint64_t)i, 18);
        snprintf(names->id, sizeof(names->id), "%s%06llX", token.data ? token.data : "",
                 (unsigned long long)i);
        sim_text_free(&token);
    } else {
        snprintf(names->id, sizeof(names->id), "%lld",
                 20000000000LL + (long long)(g->seed % 1000) * 10000000 + (long long)i);
    }
    snprintf(names->reference, sizeof(names->reference), "ORD-%010lld", (long long)order_of(g, i));
    sim_money_format(&token, minor, 2);
    snprintf(names->amount, sizeof(names->amount), "%s", token.data ? token.data : "");
    sim_text_free(&token);
}

static int store(struct sim_record *r, const struct names *names)
{
    r->id = sim_data_keep(names->id);
    r->amount_text = sim_data_keep(names->amount);
    if (r->kind == SIM_PAYMENT)
        r->reference = sim_data_keep(names->reference);
    if (!r->id || !r->amount_text || (r->kind == SIM_PAYMENT && !r->reference))
        return -1;
    return sim_data_add(r);
}

static int add_refund(const struct sim_generate *g, int64_t i, const struct sim_record *payment,
                      struct names *names)
{
    struct sim_record r = *payment;
    struct sim_text text = {0};
    int rc;

    r.kind = SIM_REFUND;
    r.payment_id = sim_data_keep(names->id);
    r.reference = NULL;
    r.has_fee = false;
    r.amount = payment->amount / 2;
    r.status = "completed";
    if (r.created + SIM_SECOND < g->date + SIM_DAY)
        r.created += SIM_SECOND;
    r.updated = r.completed = r.created;
    sim_text_printf(&text, "%s_", names->id);
    sim_text_token(&text, sim_mix(g->seed + 1) + (uint64_t)i, 20);
    snprintf(names->id, sizeof(names->id), "%s", text.data ? text.data : "");
    sim_text_free(&text);
    sim_money_format(&text, r.amount, 2);
    snprintf(names->amount, sizeof(names->amount), "%s", text.data ? text.data : "");
    sim_text_free(&text);
    rc = store(&r, names);
    return r.payment_id ? rc : -1;
}

static int add(const struct sim_generate *g, int64_t i, int locations)
{
    struct sim_record r = {.attempts = 1, .gateway = (uint8_t)g->gateway, .exponent = 2};
    struct names names;

    r.amount = 100 + (int64_t)(((uint64_t)order_of(g, i) * 7919 + g->seed % 1000000) % 500000);
    r.fee = r.amount * 175 / 10000;
    r.created = g->date + (i - 1) * SIM_DAY / g->count;
    r.updated = r.completed = r.created;
    r.location = (uint16_t)(i % locations);
    r.source_type = "CARD";
    r.status = "captured";
    r.has_fee = true;
    memcpy(r.currency, g->gateway == SIM_SQUARE ? "GBP" : "MWK", 4);
    if (is_failed(g, i)) {
        r.status = "failed";
        r.has_fee = false;
        r.completed = SIM_NO_TIME;
    }
    write_names(g, i, r.amount, &names);
    if (store(&r, &names))
        return -1;
    if (g->gateway == SIM_SQUARE && i % 200 == 100)
        return add_refund(g, i, &r, &names);
    return 0;
}

int sim_generate(const struct sim_generate *g)
{
    int locations, rc = 0;
    int64_t i;

    sim_data_lock_write();
    sim_data_locations(&locations);
    for (i = 1; i <= g->count && !rc; i++)
        rc = add(g, i, locations);
    sim_data_commit();
    sim_data_unlock();
    return rc;
}
