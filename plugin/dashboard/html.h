/*
  html.h - what all parts of the page are written with: text that can break out of nothing, numbers,
  times and levels. Pure; any thread.
*/
#ifndef PURSER_DASHBOARD_HTML_H
#define PURSER_DASHBOARD_HTML_H

#include <stddef.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../health/snapshot.h"

/** Text of any bytes, for content and for attributes in quotes: markup is escaped; what is no
   UTF-8, a control character or one that turns the direction of writing becomes U+FFFD.
    @param text  NULL: nothing @param most  characters; what is longer ends with an ellipsis */
void html_text(struct buf *out, const char *text, size_t most);

/** 1234567 as 1,234,567 */
void html_count(struct buf *out, int64_t count);

/** A value with its unit, as a person reads it: 86.4 %, 1.5 GiB, 3 h 20 min. @param unit  may be
    empty; it is escaped */
void html_value(struct buf *out, double value, const char *unit);

/** "12 s", "3 min 20 s", "5 h 10 min", "3 d 4 h". @param seconds  below 0 is taken as 0 */
void html_duration(struct buf *out, int64_t seconds);

/** <time> with the moment in UTC. @param moment  UTC microseconds */
void html_moment(struct buf *out, int64_t moment);
/** The same without year and seconds, for lists. */
void html_moment_short(struct buf *out, int64_t moment);

/** The shape of a level, which goes beside its word; hidden from screen readers. */
void html_shape(struct buf *out, enum health_level level);

/** A name for the attributes id and class: letters, digits and '-' only; the same for the same
    text. */
void html_id(struct buf *out, const char *text);

#endif
