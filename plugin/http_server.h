/*
  http_server.h - the loopback HTTP listener; the only user of libmicrohttpd in the plugin.

  Its thread never touches the server nor SQL: it answers from memory. GET and HEAD of /livez (the
  process answers) and /readyz (the worker is ready: 200, else 503 with its state); any other path
  is 404, any other method 405, all in JSON.
*/
#ifndef PURSER_HTTP_SERVER_H
#define PURSER_HTTP_SERVER_H

#include "../udf/error.h"

/** Start listening. Called by the scheduler once the server is up (never during --bootstrap).
    @param address  IPv4 or IPv6 address @param port 1..65535
    @retval 0  @retval -1 err: the address is not one, or the port is taken */
int http_server_start(const char *address, int port, struct error *err);

/** Stop and join its thread; legal when it is not running. */
void http_server_stop(void);

#endif
