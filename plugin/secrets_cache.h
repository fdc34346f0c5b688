/*
  secrets_cache.h - the secrets file for the SQL functions, which cannot read it in every call.

  What a call gets is the file as it was a second ago at most. It is read again, by one caller while
  all others go on with what there is, when its inode, size or times have changed, and at once when
  the settings have. A file that cannot be used is an error for every call until it can be: nothing
  is judged by secrets that may have been taken back. Any thread.
*/
#ifndef PURSER_SECRETS_CACHE_H
#define PURSER_SECRETS_CACHE_H

#include "../udf/error.h"

struct secrets_view; /* immutable; many threads may read one */
struct json_t;       /* jansson's; its header and the server's do not go together */

/** Which life of the plugin this is: to be asked before the settings are. */
unsigned secrets_cache_era(void);

/**
  @param path        borrowed
  @param generation  of the settings: another one has the file read at once
  @param era         what secrets_cache_era said: where that life is over, nothing is kept
  @return a reference, to be released; NULL with err (ERROR_CONFIG; names the file, never a value)
*/
struct secrets_view *secrets_cache_get(const char *path, unsigned generation, unsigned era,
                                       struct error *err);

/** What is at gateways.<gateway>. @return borrowed from the view, NULL where there is none */
const struct json_t *secrets_view_gateway(const struct secrets_view *view, const char *gateway);

/** A string at <section>.<key>. @return borrowed from the view, NULL where there is none */
const char *secrets_view_text(const struct secrets_view *view, const char *section,
                              const char *key);

/** Wiped with the last reference. @param view may be NULL */
void secrets_view_release(struct secrets_view *view);

/** The plugin is gone: nothing is kept that no call uses. */
void secrets_cache_forget(void);

#endif
