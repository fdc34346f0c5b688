/*
  gcra.h - the token bucket as a generic cell rate algorithm (ITU-T I.371, "virtual scheduling").

  A key is one moment, the theoretical arrival time (TAT): when a bucket that is emptied now would
  be full again. A call of cost c is admitted where max(TAT, now) + c * T <= now + burst * T, with T
  the time for one token. T is kept as nanoseconds with 32 binary places, rounded up, so that a rate
  is never exceeded, and at a thousand million calls a second the error is below one in 2^32.
*/
#ifndef PURSER_RATE_GCRA_H
#define PURSER_RATE_GCRA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../error.h"
#include "record.h"

#define RATE_BURST_MAX 1000000000u
#define RATE_FULL_MAX_S 3162240000ll /* to fill a bucket may take 100 years at most */

struct rate_change; /* changes.h */

struct gcra_rule {
    unsigned __int128 step; /* T, in 2^-32 nanoseconds */
    uint32_t burst;         /* 1 to RATE_BURST_MAX */
};

/**
  A rule from what the application gives.
  @param rate  tokens a second as a decimal number, also with an exponent: "1000000", "0.00001157",
               "1e-5"; not NUL-terminated. At most 30 digits, more than 0, at most 10^9
  @retval 0  @retval -1 err says what is wrong with which of the two
*/
int gcra_rule(const char *rate, size_t len, long long burst, struct gcra_rule *rule,
              struct error *err);

void gcra_init(struct rate_record *record);

/** @retval true admitted and counted */
bool gcra_take(struct rate_record *record, const struct gcra_rule *rule, uint32_t cost,
               int64_t now);

/** Count a number of nanoseconds, from a moment on, whatever the bucket holds: what another node
   has admitted. The rest is as the rule of its call has it. */
void gcra_add(struct rate_record *record, const struct rate_change *change, int64_t now);

/** Give tokens back at the rate of the last call; never more than the bucket holds.
    @return by how many nanoseconds the TAT is less, rounded down */
int64_t gcra_refund(struct rate_record *record, uint32_t cost, int64_t now);

/** Is the bucket full? */
bool gcra_is_full(const struct rate_record *record, int64_t now);

#endif
