/* paychangu_parse.h - PayChangu's JSON to records. No network. */
#ifndef PURSER_PAYCHANGU_PARSE_H
#define PURSER_PAYCHANGU_PARSE_H

#include "../../udf/json.h"
#include "../../udf/record.h"

enum paychangu_verdict {
    PAYCHANGU_RECORD,    /* the payment that was asked for */
    PAYCHANGU_NOT_FOUND, /* the gateway does not know the reference */
    PAYCHANGU_GARBLED,   /* no JSON: ask again */
    PAYCHANGU_UNREAD     /* an answer from which nothing follows about the payment */
};

/**
  Judge the answer to a verification with HTTP status 2xx, 400 or 404.
  @param body    the parsed answer, NULL where it is no JSON object
  @param ref     the reference that was asked for: the answer must carry it
  @param mode    "live", "test" or "any": the payment must be of it
  @param[out] record  filled for PAYCHANGU_RECORD
  @param[out] why     filled for PAYCHANGU_GARBLED and PAYCHANGU_UNREAD (ERROR_REMOTE)
*/
enum paychangu_verdict paychangu_judge(int status, const json_t *body, const char *ref,
                                       const char *mode, struct record *record, struct error *why);

/**
  One row of the (undocumented) list.
  @retval PAYCHANGU_RECORD  @retval PAYCHANGU_UNREAD  a payment of another mode: why says so, and
    record->ref is set  @retval PAYCHANGU_GARBLED  why names the field
*/
enum paychangu_verdict paychangu_row(const json_t *row, const char *mode, struct record *record,
                                     struct error *why);

/** "The gateway does not know this reference", as a record.
    Its id is "ref:" and the reference, or, where that is too long, "ref#" and a 64-bit FNV-1a hash
    of it in hexadecimal. */
void paychangu_not_found(const char *ref, int64_t created_at, struct record *record);

#endif
