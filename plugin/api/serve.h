/* serve.h - one request of the client API, from the door to its answer. An api thread. */
#ifndef PURSER_API_SERVE_H
#define PURSER_API_SERVE_H

#include "call.h"
#include "exchange.h"

/** Makes exchange->answer. May wait for the database: as long as a statement may take. */
void api_serve(struct api_caller *caller, struct api_exchange *exchange);

#endif
