/*
  db.h - SQL over the server's own unix socket, as the worker's account; the only user of
  Connector/C.

  A connection belongs to one thread at a time. All open connections are in a registry, so that
  deinit can kill the statements that run on them and cut the sockets.

  Statements are written with db_exec and db_query from a format in which every datum is quoted. Its
  directives are chosen such that the compiler checks the arguments as those of printf, but they
  mean: %s    const char *       string literal; NULL gives the word NULL
    %.*s  int, const char *  bytes as a string literal
    %d  int     %lld  long long     %llu  unsigned long long
    %jd   int64_t  amount of money.h as a decimal literal; MONEY_ABSENT gives NULL
    %td   int64_t  moment of timestamp.h as a DATETIME(6) literal; 0 gives NULL
    %i   int32_t  day of timestamp.h as a DATE literal
    %p    const char *       a piece of SQL written by the program itself: the only one not quoted
    %%    a percent sign
*/
#ifndef PURSER_DB_H
#define PURSER_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/buf.h"
#include "../udf/error.h"

struct db;   /* a connection */
struct rows; /* a result that is being read */

/* A row; fields are borrowed until the next rows_next. */
struct row {
    char **field; /* NULL for SQL NULL; NUL-terminated */
    unsigned long *length;
    unsigned count;
};

/** Called once by init. @retval 0 or -1 */
int db_global_init(void);

/**
  Connect as the worker (account.h): utf8mb4, UTC, strict, autocommit, time limits. One try; a
  password that is refused is renewed once.
  @param tls  the socket needs none; but of its own certificate the server tells only who came in
  that way. The certificate is not verified
  @return new, or NULL with err: ERROR_GONE (not reachable now), ERROR_CONFIG (account),
  ERROR_STOPPED
*/
struct db *db_open_with(bool tls, struct error *err);
static inline struct db *db_open(struct error *err)
{
    return db_open_with(false, err);
}
/** The same as the client API's account, with limits of some seconds for each statement. */
struct db *db_open_api(struct error *err);
void db_close(struct db *db); /* NULL is legal */

/** Is the connection alive? One round trip. */
bool db_ping(struct db *db);

/** Write a statement's text with the format above. -1 with err when it is too long. */
int db_format(struct db *db, struct buf *out, struct error *err, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** Run a statement without a result. @return rows affected, -1 with err (ERROR_SQL, ERROR_GONE,
 * ERROR_STOPPED) */
long long db_exec(struct db *db, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** The same for a text that db_format has written. */
long long db_exec_text(struct db *db, const struct buf *text, struct error *err);

/** As db_exec, and also while the plugin is being stopped: for what others would wait for. It may
   be killed. */
long long db_exec_leaving(struct db *db, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Value of AUTO_INCREMENT that the last INSERT made. */
unsigned long long db_insert_id(struct db *db);

/** Server's error number of the last failure, 0 if none. */
unsigned db_errno(struct db *db);

/** May the transaction that failed be tried again (deadlock, lock wait, certification conflict)? */
bool db_is_conflict(struct db *db);

/**
  Has a call of a routine been cut off on this connection, by a time limit, a KILL or a conflict?
  MariaDB keeps a routine's statements for the connection as they were then, and may end itself when
  they are run again (docs/internals/style.md): so no routine is called on it any more.
  Or have two statements in a row been refused with 1213, the second of which may be a ROLLBACK? On
  a Galera node a connection may come into a state in which it refuses whatever it is asked.
*/
bool db_is_worn(const struct db *db);

/** Where a call of a routine was cut off on it, another connection takes its place: without a
    transaction, and with nothing that was set by the caller. (One that refuses everything is left
   by whoever opened it, who may have set something.) @retval 0 or -1 with err; it is as it was then
 */
int db_renew(struct db *db, struct error *err);

/** Run a query and fetch its result whole: for small results. @return new, NULL with err */
struct rows *db_query(struct db *db, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct rows *db_query_text(struct db *db, const struct buf *text, struct error *err);

/** Run a query whose rows are fetched as they are read: for results of any size. Nothing else can
   run on the connection until rows_close. @return new, NULL with err */
struct rows *db_stream(struct db *db, struct error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** @retval 1 a row, 0 the end, -1 with err */
int rows_next(struct rows *rows, struct row *row, struct error *err);
/** Where a column of that name is, for SHOW statements whose columns differ between versions.
    @return -1: there is none */
int rows_column(const struct rows *rows, const char *name);
void rows_close(
    struct rows *rows); /* NULL is legal; reads a stream to its end, however far it is */
/** The same of a stream of which nobody wants the rest: its statement is killed through another
    connection, or its socket is cut. The connection is good for nothing but db_close then. */
void rows_abandon(struct rows *rows);

/** First column of the first row as text. @retval 1 found, 0 no row or NULL, -1 with err */
int db_value(struct db *db, char *out, size_t size, struct error *err, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** Kill what runs on any of Purser's connections, through the server itself. From deinit, after
    stop_request(); the calling thread must be able to run server_local_sql. */
void db_kill_all(void);

/** Cut the sockets of all connections, so that no thread waits on one. The last resort of deinit.
 */
void db_cut_all(void);

/** Connections that the calling thread opens from now on carry a number by which another thread can
    end them. @param tag  greater than 0; 0: none */
void db_tag_thread(int tag);

/** Cut the socket of the connection with a tag, if there is one: the thread that waits on it comes
    back. What runs in the server goes on until its own limit, or until it is killed. */
void db_cut_tag(int tag);

/** Its number in the process list, for KILL; 0 where there is none. */
unsigned long db_tag_id(int tag);

#endif
