/* prom_out.h - Prometheus' text format 0.0.4, written into a buffer. */
#ifndef PURSER_HTTP_PROM_OUT_H
#define PURSER_HTTP_PROM_OUT_H

#include "../../udf/buf.h"

struct prom_label {
    const char *name;
    const char *value; /* any bytes; what is no UTF-8 becomes U+FFFD */
};

/** HELP and TYPE; the family's samples follow, all together.
    @param type "counter" or "gauge" @param help  one line of our own words */
void prom_family(struct buf *to, const char *name, const char *type, const char *help);
void prom_sample(struct buf *to, const char *name, const struct prom_label *labels, int count,
                 double value);
/** A family of one sample without a label. */
void prom_single(struct buf *to, const char *name, const char *type, const char *help,
                 double value);

#endif
