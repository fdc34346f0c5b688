/* body.h - what a client sends, held strictly against its route: bodies and queries. Pure. */
#ifndef PURSER_API_BODY_H
#define PURSER_API_BODY_H

#include "../../udf/buf.h"
#include "../../udf/json.h"
#include "answer.h"
#include "route.h"

/**
  A body: one JSON object with the members that the route knows and needs.
  @return new reference; NULL with errors, which name the members
*/
json_t *api_body_read(const struct api_route *route, const char *bytes, size_t len,
                      struct api_errors *errors);

/**
  A query: name=value with '&' between them, percent-encoded; a '+' is itself.
  @param query  behind the '?'; may be ""
  @return new reference to an object: integers as such, all else as text; NULL with errors
*/
json_t *api_query_read(const struct api_route *route, const char *query, struct api_errors *errors);

#endif
