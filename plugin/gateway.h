/*
  gateway.h - what the reconciliation knows of a gateway, and what an adapter must do.

  An adapter turns an API into records. It sees neither SQL nor the schema: orders come in and
  records go out through the callbacks of struct fetch_io, which the run provides.
*/
#ifndef PURSER_GATEWAY_H
#define PURSER_GATEWAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/error.h"
#include "../udf/json.h"
#include "../udf/record.h"
#include "http_client.h"
#include "names.h"
#include "secrets.h"

#define GATEWAY_CURSOR_SIZE 2049

/* One row of purser.gateways, checked, with what all adapters share taken out of settings. */
struct gateway {
    char name[GATEWAY_NAME_SIZE];
    char adapter_name[33];
    char base_url[513];
    const struct gateway_adapter *adapter;
    json_t *settings;           /* owned */
    struct http_config http;    /* headers are filled in by the adapter */
    int64_t tolerance_absolute; /* money.h, default 0.01 */
    int64_t tolerance_percent;  /* ten-thousandths of a percent, default 0 */
    int64_t fee_percent;        /* the fee rule; -1 where there is none */
    int64_t fee_fixed;          /* money.h */
    int64_t fee_tolerance;      /* money.h */
    int64_t max_pages;          /* guard against endless lists */
    int64_t overlap_seconds;    /* list windows are widened by this on both sides */
};

/* An order whose reference is to be verified at the gateway. */
struct gateway_order {
    char ref[RECORD_REF_SIZE];
    char ref_kind[33]; /* checkout, mobile_money, bank, card; "" : the gateway's default */
    bool claims;       /* the order says that money has come (record.order_claims) */
};

struct fetch_io {
    void *context;
    /** Next orders to verify, at most max; the ones handed out before are then taken as done, with
        their records given to put(). @return how many; 0: no more; -1 with err */
    int (*next_orders)(void *context, struct gateway_order *orders, int max, struct error *err);
    /** A record. Borrowed. @retval 0, or -1 with err: the adapter stops and passes it on */
    int (*put)(void *context, const struct record *record, struct error *err);
    /** An order that could not be verified (or an answer that made no sense): no verdict about it.
     */
    void (*unread)(void *context, const char *ref, const struct error *why);
    /** All records up to here were put; a fetch can go on from this cursor. Lists only.
        @param cursor  the adapter's own form, below GATEWAY_CURSOR_SIZE, no secret in it */
    int (*checkpoint)(void *context, const char *cursor, struct error *err);
};

struct fetch_job {
    const struct gateway *gateway;
    const struct secrets *secrets;
    int64_t begin, end; /* window [begin, end) in UTC microseconds */
    bool by_update;     /* the window is on updated_at instead of created_at (lists only) */
    const char *cursor; /* where to go on; "" from the start */
    struct fetch_io io;
};

/* A question that a gateway answers with a JSON object if it is well and knows the token, and that
   moves nothing. */
struct gateway_probe {
    const char *path; /* of the gateway's settings, or literal */
    char header[64];  /* one more header line; "": none */
};

struct gateway_adapter {
    const char *name;
    bool needs_url; /* base_url and a token are needed */
    /** What absence means: true for lists, where a reference that is not in a complete list is
        missing; false where each reference is asked for and the gateway says not_found. */
    bool (*lists)(const struct gateway *gateway);
    /**
      Read the window (or verify the orders).
      @retval 0   read whole (but for what was given to unread)
      @retval -1  not read whole: err says why. What was put before stays valid.
    */
    int (*fetch)(const struct fetch_job *job, struct error *err);
    /** What to ask to see whether the gateway is well; NULL: there is nobody to ask. */
    void (*probe)(const struct gateway *gateway, struct gateway_probe *probe);
};

/** Known adapters. @return NULL where the name is unknown */
const struct gateway_adapter *gateway_adapter_find(const char *name);

/**
  Fill a gateway from a row of the table; settings are checked key by key, unknown keys are refused
  with the list of the known ones.
  @param base_url may be NULL @param settings JSON text
  @retval 0, release with gateway_deinit  @retval -1 with err that names the gateway and the key
*/
int gateway_init(struct gateway *gateway, const char *name, const char *adapter,
                 const char *base_url, const char *settings, size_t settings_len,
                 struct error *err);
void gateway_deinit(struct gateway *gateway); /* legal on a zeroed struct */

extern const struct gateway_adapter gateway_paychangu, gateway_square, gateway_file;

#endif
