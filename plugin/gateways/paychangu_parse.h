/* paychangu_parse.h - PayChangu's JSON to records. No network. */
#ifndef PURSER_PAYCHANGU_PARSE_H
#define PURSER_PAYCHANGU_PARSE_H

#include "../../udf/json.h"
#include "../../udf/record.h"

/**
  The answer to a verification.
  @param body  the parsed answer: data, or data.transaction of a bank transfer, is the payment
  @param ref   the reference that was asked for; the answer must carry it
  @param mode  "live", "test" or "any"
  @retval 0  @retval -1 err names the field
*/
int paychangu_verified(const json_t *body, const char *ref, const char *mode, struct record *record,
                       struct error *err);

/** One row of the (undocumented) list. 0, or -1 with err. */
int paychangu_row(const json_t *row, const char *mode, struct record *record, struct error *err);

/** "The gateway does not know this reference", as a record.
    Its id is "ref:" and the reference, or, where that is too long, "ref#" and a 64-bit FNV-1a hash.
 */
void paychangu_not_found(const char *ref, int64_t created_at, struct record *record);

#endif
