/* sim_square_body.h - one payment, refund or location as Square writes it. The store's lock is
 * held. */
#ifndef SIM_SQUARE_BODY_H
#define SIM_SQUARE_BODY_H

#include "sim_fault.h"

/** Append a payment. @param copy  not 0: the id gets this number as its end, as if it were another
 * one */
void sim_square_write_payment(struct sim_text *t, const struct sim_record *r,
                              const struct sim_plan *plan, unsigned copy);
/** Append a refund. */
void sim_square_write_refund(struct sim_text *t, const struct sim_record *r,
                             const struct sim_plan *plan, unsigned copy);
/** Append a location. */
void sim_square_write_location(struct sim_text *t, const struct sim_location *location);
/** Square's word for the record's status. */
const char *sim_square_status(const struct sim_record *r);

#endif
