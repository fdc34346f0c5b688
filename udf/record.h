/* record.h - one payment or refund as a gateway says it, in the form all gateways share. */
#ifndef PURSER_RECORD_H
#define PURSER_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "currency.h"
#include "error.h"

#define RECORD_REF_SIZE 256 /* transaction_ref VARCHAR(255), in bytes here, and a NUL */
#define RECORD_ID_SIZE 192  /* gateway_transaction_id VARCHAR(191) and a NUL */
#define RECORD_RAW_STATUS_SIZE 65
#define MONEY_ABSENT INT64_MIN /* an optional amount that the gateway did not say */

enum record_kind { RECORD_PAYMENT, RECORD_REFUND };

/* The normalised status. NOT_FOUND is an answer too: the gateway was asked for a reference and does
   not know it. Only CAPTURED and REFUNDED mean that money moved. */
enum record_status {
    RECORD_CAPTURED,
    RECORD_AUTHORIZED,
    RECORD_PENDING,
    RECORD_FAILED,
    RECORD_CANCELLED,
    RECORD_REFUNDED,
    RECORD_NOT_FOUND,
    RECORD_UNKNOWN
};

struct record {
    enum record_kind kind;
    enum record_status status;
    char raw_status[RECORD_RAW_STATUS_SIZE]; /* the gateway's word, "" if none */
    char ref[RECORD_REF_SIZE];               /* merchant's reference, "" if none */
    char id[RECORD_ID_SIZE];                 /* the gateway's identifier, never "" */
    char parent_id[RECORD_ID_SIZE];          /* of a refund: id of its payment; else "" */
    char currency[CURRENCY_SIZE];            /* ISO 4217; "" for NOT_FOUND */
    int64_t amount;                          /* money.h; positive also for refunds */
    int64_t fee;                             /* money.h, or MONEY_ABSENT */
    int64_t refunded;     /* money.h: refunded to date as the payment says it, or MONEY_ABSENT */
    int64_t created_at;   /* UTC microseconds */
    int64_t completed_at; /* UTC microseconds, 0 if unknown */
    int64_t updated_at;   /* UTC microseconds, 0 if unknown */
    bool order_claims;    /* of an answer about one order: it said that money had come when it was
                             read,    before the gateway was asked */
};

/** The word that stands for it in gateway_transactions ("captured", "not_found", ...). Never NULL.
 */
const char *record_status_name(enum record_status status);
/** From that word; RECORD_UNKNOWN where it is none of them. */
enum record_status record_status_from_name(const char *name, size_t len);

/**
  Copy a text into one of the fixed fields. Refused, never cut: over-long text (ERROR_INPUT), and
  bytes that are not valid UTF-8 or are control characters.
  @param what  name of the field, for the error
*/
int record_set_text(char *field, size_t size, const char *text, const char *what,
                    struct error *err);

/** Where an export has no identifier of the gateway's: the reference, '#' and 16 hex digits of what
    else tells two attempts apart (created_at, amount, currency), so that the same row gives the
    same identifier again. Of a reference that is too long for that (RECORD_DERIVED_SIZE more bytes
    do not fit) only the beginning stands there, and the digits are of all of it, too. */
#define RECORD_DERIVED_SIZE 17
void record_derive_id(struct record *record);
/** @return is it such an identifier, with the whole reference in it? */
bool record_id_is_derived(const struct record *record);

#endif
