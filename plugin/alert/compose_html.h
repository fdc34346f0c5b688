/* compose_html.h - the HTML of a message about alerts. Private to compose.c. */
#ifndef PURSER_ALERT_COMPOSE_HTML_H
#define PURSER_ALERT_COMPOSE_HTML_H

#include "compose.h"

/** One page without anything from outside: no image, no script, no link. A failure is out's. */
void alert_make_html(const struct alert_report *report, const char *subject, struct buf *out);

/** A value as a person reads it: whole numbers whole, others to three digits at least. */
void alert_put_value(struct buf *out, double value);

#endif
