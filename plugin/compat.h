/*
  compat.h - what differs between the releases that one purser.so serves: of MariaDB, and of the
  libraries that a distribution brings with it. Everything of the kind is here.

  MariaDB 10.11 is Debian 12's, with libmicrohttpd 0.9.75 and hiredis 0.14; 11.8 is Debian 13's,
  with 1.0 and 1.2. The tests run with both (./dev test --release trixie).
*/
#ifndef PURSER_COMPAT_H
#define PURSER_COMPAT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* ---- the server: its version as MYSQL_VERSION_ID has it, 101119 for 10.11.19 */

/* From these releases on there is the variable innodb_snapshot_isolation (COMPAT_SESSION, and many
   a routine). sql/install/check.sql asks for it likewise. */
#define COMPAT_SERVERS "10.11 (10.11.8 and later) and 11.4 (11.4.2 and later) to 11.8"

static inline bool compat_server_is_accepted(int version)
{
    return (version >= 101108 && version < 110000) || (version >= 110402 && version < 110900);
}

static inline bool compat_server_is_tested(int version)
{
    return compat_server_is_accepted(version) && (version / 100 == 1011 || version / 100 == 1108);
}

/* A daemon plugin's interface version is the server's exact version, so that a library built for
   one patch release would be refused by the next. It is taken from a plugin that is built into the
   server and carries the same number. */
#define COMPAT_VERSION_CARRIER builtin_maria_binlog_plugin

/* Of a session of ours, in a SET. Since 11.6 a statement that would change a row that somebody has
   changed since the transaction's first look fails (1020) and takes the transaction with it, unless
   this is off. What we change we have locked, and read as it is then. */
#define COMPAT_SESSION "innodb_snapshot_isolation=0"

/* ---- libcurl */

/* The words of 8 for what 7 has others for, so that a message is the same with both. */
static inline const char *compat_curl_words(const char *words)
{
    return strcmp(words, "Couldn't connect to server") == 0 ? "Could not connect to server" : words;
}

/* ---- hiredis, for whoever has included it before this file */

/* How many elements a list has, as the function is told that makes one: in 0.14 an int. */
#ifdef HIREDIS_MAJOR
#if HIREDIS_MAJOR >= 1
typedef size_t compat_redis_count;
#else
typedef int compat_redis_count;
#endif
#endif

/* ---- libmicrohttpd */

/* How strict about the protocol. From 1.0 on the default answers a blank in the address by a
   redirection, made of what was sent; strict, it refuses that, and a line that ends without a
   carriage return. 0.9 has other rules for the same number. */
static inline int compat_http_strictness(const char *library_version)
{
    return library_version[0] == '0' ? 0 : 1;
}

#endif
