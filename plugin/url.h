/*
  url.h - the URLs that Purser talks to: a plain subset, parsed strictly. Pure; any thread.

  A URL here is scheme://host[:port][/path], without user information, in printable ASCII. What is
  not of that form is refused rather than understood differently from libcurl.
*/
#ifndef PURSER_URL_H
#define PURSER_URL_H

#include <stdbool.h>

#include "../udf/error.h"

#define URL_HOST_SIZE 256

/* A protocol: what it is called with TLS and without, and where it listens. */
struct url_scheme {
    const char *tls, *plain; /* as "https" */
    int tls_port, plain_port;
};

struct url {
    bool tls;
    char host[URL_HOST_SIZE]; /* as written, brackets of IPv6 included */
    int port;
    const char *path; /* into the text; "" or beginning with '/', '?' or '#' */
};

/** @retval 0 @retval -1 ERROR_CONFIG saying what is wrong with it */
int url_parse(const char *text, const struct url_scheme *scheme, struct url *url,
              struct error *err);

/** localhost, ::1, 127.0.0.0/8. */
bool url_is_loopback(const struct url *url);

#endif
