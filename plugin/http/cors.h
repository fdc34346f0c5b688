/* cors.h - whose scripts may read the answers: purser_http_cors_origin. Pure; any thread. */
#ifndef PURSER_HTTP_CORS_H
#define PURSER_HTTP_CORS_H

#include <stdbool.h>

#include "../../udf/error.h"

/** '*', or one origin as browsers write it: http or https, "://", host, perhaps a port.
    @retval 0 @retval -1 err: what is wrong with it */
int cors_check_origin(const char *text, struct error *err);

/** May a page of that origin read the answer? @param allowed  the setting; "": none
    @param origin  the request's header; may be NULL */
bool cors_allows(const char *allowed, const char *origin);

/** Does the answer depend on who asks? */
bool cors_varies(const char *allowed);

#endif
