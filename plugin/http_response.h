/* http_response.h - what an HTTP status means for a gateway's client. Private to
   http_client.c and http_request.c. */
#ifndef PURSER_HTTP_RESPONSE_H
#define PURSER_HTTP_RESPONSE_H

#include "../udf/error.h"

/** Nothing for 2xx and 404; else a sentence, ERROR_AUTH for 401 and 403. */
void http_describe_status(int status, struct error *error);

/** A base_url without slashes at its end. @return new (free), NULL when out of memory */
char *http_trimmed_base(const char *base_url);

#endif
