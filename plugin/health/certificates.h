/*
  certificates.h - when the certificates end that Purser has to do with.

  Whoever sees a certificate notes its end here: the listener when it loads its own, the check of
  the gateways when it connects to one. The check of the certificates reads it. Any thread.
*/
#ifndef PURSER_HEALTH_CERTIFICATES_H
#define PURSER_HEALTH_CERTIFICATES_H

#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"

#define CERTIFICATES_MAX 40 /* the listener's, and those of as many gateways as are looked at */

struct certificate {
    char name[HEALTH_NAME_SIZE]; /* whose, as "listener" or "gateway square"; shown to everybody */
    int64_t ends;                /* UTC microseconds */
};

/** Note (or change) the end of a certificate. @param ends  0: there is none any more. Of more than
    CERTIFICATES_MAX the one that was noted longest ago makes place. */
void certificates_note(const char *name, int64_t ends);

/** The same of a PEM text, whose first certificate counts. @retval 0 @retval -1 there is none in
   it; nothing is noted */
int certificates_note_pem(const char *name, const char *pem, size_t len);

/** A copy of all. @return how many */
int certificates_get(struct certificate certificates[CERTIFICATES_MAX]);

/** Forget all: a new life of the plugin begins. */
void certificates_reset(void);

#endif
