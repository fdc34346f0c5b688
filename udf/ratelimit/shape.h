/*
  shape.h - the record of a window in the size and form that a rule needs, and what it holds
  already.

  The caller holds the shard's lock.
*/
#ifndef PURSER_RATE_SHAPE_H
#define PURSER_RATE_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"
#include "window.h"

/** Which size and form a window's content needs under a rule. @param[out] exact  a ring? */
enum rate_size rate_shape_of(const struct window_content *content, const struct rate_rule *rule,
                             bool *exact);

/** The record of a window, ready to count under the rule; made where there is none. */
struct rate_record *rate_shape_prepare(struct rate_shard *shard, uint64_t key,
                                       const struct rate_rule *rule, int64_t now);

/** Count calls that were admitted elsewhere at a moment, more than the rule allows, too.
    @param cost  1 or more */
void rate_shape_add(struct rate_shard *shard, uint64_t key, const struct rate_rule *rule,
                    uint32_t cost, int64_t moment, int64_t now);

#endif
