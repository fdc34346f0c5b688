/* db_registry.h - the connections that are open, for deinit. Private to db.c and db_registry.c. */
#ifndef PURSER_DB_REGISTRY_H
#define PURSER_DB_REGISTRY_H

#include "../udf/error.h"

/** Enter a connection. @return its slot, -1 with err when Purser is stopping or has too many. */
int db_registry_add(unsigned long connection_id, int fd, struct error *err);

/* What db.h says of db_tag_thread, db_tag_id and db_cut_tag is db_registry.c's, too. */

/** End what runs on a connection of the caller's: through another one, or by cutting its socket. */
void db_registry_end_statement(int slot);

/** Leave; to be called before the socket is closed. */
void db_registry_remove(int slot);

#endif
