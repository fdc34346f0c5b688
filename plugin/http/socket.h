/* socket.h - the socket that the listener takes connections from. Any thread. */
#ifndef PURSER_HTTP_SOCKET_H
#define PURSER_HTTP_SOCKET_H

#include <stdbool.h>

#include "../../udf/error.h"

/** @param address  IPv4 or IPv6 @param[out] family  AF_INET or AF_INET6
    @return new, it listens; -1 with err: the address is none, the port is taken */
int listening_socket(const char *address, int port, int *family, struct error *err);

/** Is it an address of this machine alone? False for what is no address. */
bool address_is_loopback(const char *address);

#endif
