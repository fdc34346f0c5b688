/* sealer.h - the thread that seals the audit log (docs/internals/audit-log.md). */
#ifndef PURSER_AUDIT_SEALER_H
#define PURSER_AUDIT_SEALER_H

#include "../db.h"

/** Called by init: nothing is known to be there that wants sealing. */
void sealer_reset(void);

/** Is there an audit log at all? Until there is, the thread has no connection. Called by the
    scheduler, now and then, on its connection; costs nothing once there is. */
void sealer_look(struct db *db);

/** Body of the thread; started and joined by worker.c. @param unused NULL */
void sealer_body(void *unused);

#endif
