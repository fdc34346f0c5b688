/* square_parse.h - Square's JSON to records. No network. */
#ifndef PURSER_SQUARE_PARSE_H
#define PURSER_SQUARE_PARSE_H

#include "../../udf/json.h"
#include "../../udf/record.h"

struct square_options {
    const char *reference_field; /* reference_id, order_id, note or id */
    const char *amount_field;    /* amount_money or total_money */
    bool include_external;       /* CASH and EXTERNAL payments too */
};

/**
  One element of "payments".
  @retval 1 a record  @retval 0 not one that counts (cash, external)  @retval -1 err names the field
*/
int square_payment(const json_t *payment, const struct square_options *options,
                   struct record *record, struct error *err);

/** One element of "refunds"; its reference is left "": the payment has it. 1 or -1. */
int square_refund(const json_t *refund, struct record *record, struct error *err);

#endif
