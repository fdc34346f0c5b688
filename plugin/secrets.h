/*
  secrets.h - the JSON file named by purser_secrets_file.

  It is read anew whenever a job begins (a rotated token needs no restart; SQL functions go through
  secrets_cache.h), refused unless it is a regular file owned by the server's user (or root) that
  nobody else can read or write, at most 1 MiB. Errors name the file and the key, never a value.
  Copies are wiped when released.
*/
#ifndef PURSER_SECRETS_H
#define PURSER_SECRETS_H

#include "../udf/error.h"

struct secrets; /* many threads may read it at a time */
struct json_t;  /* jansson's */

/** @param path borrowed; NULL or "" gives an empty set @return new, or NULL with err (ERROR_CONFIG)
 */
struct secrets *secrets_load(const char *path, struct error *err);
void secrets_destroy(struct secrets *secrets); /* wipes; NULL is legal */

/** A string at gateways.<gateway>.<key>. @return borrowed until destroy; NULL where there is none
 */
const char *secrets_gateway(const struct secrets *secrets, const char *gateway, const char *key);

/** A string at <section>.<key>. @return borrowed as above */
const char *secrets_text(const struct secrets *secrets, const char *section, const char *key);

/** What is at gateways.<gateway>, whatever it is. @return borrowed as above */
const struct json_t *secrets_gateway_object(const struct secrets *secrets, const char *gateway);

#endif
