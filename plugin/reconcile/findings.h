/* findings.h - from what is wrong now to the rows of purser.discrepancies and their history. */
#ifndef PURSER_FINDINGS_H
#define PURSER_FINDINGS_H

#include "run.h"
#include "examine.h"

/* A finding by value. */
struct found {
    enum finding_type type;
    int32_t business_date;
    char order_id[MATCH_ORDER_ID_SIZE];
    char ref[RECORD_REF_SIZE];
    char record_id[RECORD_ID_SIZE];
    int64_t internal_amount, gateway_amount, difference;
    char currency[CURRENCY_SIZE], gateway_currency[CURRENCY_SIZE];
    char internal_status[33];
    char gateway_status[16];
    char detail[MATCH_DETAIL_SIZE];
};

/* A discrepancy as it is stored now. */
struct stored {
    unsigned long long id;
    struct found found;
    bool holds;
    char state[16];
    int subject; /* index of the subject it belongs to, or -1 */
    bool seen;   /* still true */
};

struct findings {
    struct found *found; /* owned array */
    int n_found, cap_found;
    struct stored *stored; /* owned array */
    int n_stored, cap_stored;
};

void findings_clear(struct findings *findings);
void findings_free(struct findings *findings);
int findings_add(struct findings *findings, const struct found *found, struct error *err);

/** Read the discrepancies that are stored for the subjects. @param lock FOR UPDATE */
int findings_load(struct findings *findings, struct job *job, struct db *db,
                  const struct subject *subjects, int n, bool lock, struct error *err);

/** Is there a row that says the same, and holds? After findings_load. */
bool findings_hold(const struct findings *findings, const struct found *found);

/* The orders that the shop has under the subjects now. */
struct known_orders {
    const char (*id)[MATCH_ORDER_ID_SIZE]; /* borrowed */
    const int *subject;                    /* borrowed: of each */
    int n;
    bool cut; /* there are more */
};

/**
  Make the table say what was found: new findings are inserted, changed ones updated, gone ones
  closed with a note. Nothing is written where nothing has changed.
  @param conclusive  per subject: may findings that were not found again be closed?
*/
int findings_store(struct findings *findings, struct job *job, struct db *db,
                   const struct subject *subjects, int n, const bool *conclusive,
                   const struct known_orders *orders, struct error *err);

/** WHERE condition "(transaction_ref IN (…) OR …)" for the subjects, for a table with these
 * columns. */
int subjects_condition(struct db *db, struct buf *out, const struct subject *subjects, int n,
                       const char *order_column, const char *record_column, struct error *err);

/** The same for purser.app_payments, whose column may be of a character set that cannot hold every
    reference of a gateway: those beyond ASCII are compared in ours, which no index serves. */
int app_subjects_condition(struct db *db, struct buf *out, const struct subject *subjects, int n,
                           struct error *err);

#endif
