/* square_parse.h - Square's JSON to records. No network. */
#ifndef PURSER_SQUARE_PARSE_H
#define PURSER_SQUARE_PARSE_H

#include "../../udf/json.h"
#include "../../udf/record.h"

struct square_options {
    const char *reference_field; /* reference_id, order_id, note or id */
    const char *amount_field;    /* amount_money or total_money */
    bool include_external;       /* CASH and EXTERNAL payments and refunds too */
};

/**
  Parse an answer, of which only what this adapter reads is kept: two thirds of a page are card
  details, which would cost two thirds of the time.
  @return new reference, an object; NULL with err (ERROR_REMOTE, ERROR_MEMORY)
*/
json_t *square_document(const char *body, size_t len, struct error *err);

/** errors[0].code of an answer ("INVALID_CURSOR"), "" where it has none of that form. */
void square_error_code(const char *body, size_t len, char code[64]);

/**
  One element of "payments".
  @retval 1 a record  @retval 0 not one that counts (cash, external)  @retval -1 err (ERROR_REMOTE)
    names the field
*/
int square_payment(const json_t *payment, const struct square_options *options,
                   struct record *record, struct error *err);

/** One element of "refunds"; its reference is left "": the payment has it. */
int square_refund(const json_t *refund, const struct square_options *options, struct record *record,
                  struct error *err);

#endif
