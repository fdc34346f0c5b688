/*
  mail.h - one message to some recipients, by SMTP.

  The message is built here (mail_message.c): nothing that is given as an address, a subject or an
  identifier can add a line to its head. It is handed to one server: smtps://, or smtp:// with
  STARTTLS, without which nothing is sent; only to a loopback address smtp:// is spoken in the
  clear. A call belongs to one thread. No error holds a login, and none the server's words where
  there was one.
*/
#ifndef PURSER_MAIL_H
#define PURSER_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../udf/buf.h"
#include "../udf/error.h"

#define MAIL_ADDRESS_SIZE 255 /* RFC 5321's 254 bytes, and a NUL */
#define MAIL_RECIPIENTS_MAX 20
#define MAIL_SUBJECT_MAX 500        /* bytes */
#define MAIL_TEXT_MAX (1u << 20)    /* bytes */
#define MAIL_MESSAGE_MAX (4u << 20) /* as it is sent */
#define MAIL_ID_MAX 128             /* bytes of mail.id */

struct mail_server {
    const char *url;                 /* smtp://host[:port] or smtps://host[:port] */
    const char *username, *password; /* NULL: no login */
    const char *ca_file;             /* NULL: the system's authorities */
    int64_t connect_timeout_ms;
    int64_t answer_timeout_ms; /* of each answer of the server */
    int64_t total_timeout_ms;
};

struct mail_recipients {
    char address[MAIL_RECIPIENTS_MAX][MAIL_ADDRESS_SIZE];
    int count;
};

struct mail {
    const char *from; /* an address */
    const struct mail_recipients *to;
    const char *id;      /* what makes the Message-ID, with the domain of from: letters, digits,
                            '.', '-', '_'; the same for the same message, however often it is sent */
    const char *subject; /* UTF-8, one line */
    const char *text;    /* UTF-8; lines end in LF or CRLF */
    size_t text_len;
    const char *html; /* the same for a mail program that shows HTML; NULL: there is none */
    size_t html_len;
    int64_t date; /* timestamp.h's moment */
};

/** @retval 0 @retval -1 ERROR_CONFIG: one sentence */
int mail_check_url(const char *url, struct error *err);

/** Of a URL that mail_check_url accepts: is it spoken to in the clear? */
bool mail_is_loopback(const char *url);

/** Is it local-part@domain in ASCII, without quotes, comments and display name?
    @retval 0 @retval -1 ERROR_CONFIG */
int mail_check_address(const char *text, size_t len, struct error *err);

/** Addresses with commas between them. @retval 0 @retval -1 ERROR_CONFIG naming the bad one */
int mail_parse_recipients(const char *text, struct mail_recipients *to, struct error *err);

/** The message as it goes over the wire, dots not yet doubled. @param out  of MAIL_MESSAGE_MAX
    @retval 0 @retval -1 ERROR_INPUT, ERROR_CONFIG (addresses), ERROR_MEMORY */
int mail_build(const struct mail *mail, struct buf *out, struct error *err);

/**
  Build and send. All recipients or none. When the plugin is stopped it ends within a second.
  @retval 0   the server has taken it
  @retval -1  ERROR_REMOTE: try again later (no connection, time-out, 4xx, 5xx before the message);
              ERROR_AUTH: the login was refused; ERROR_REFUSED: refused for good (5xx);
  ERROR_CONFIG, ERROR_INPUT: it cannot be sent as it is; ERROR_STOPPED
*/
int mail_send(const struct mail_server *server, const struct mail *mail, struct error *err);

#endif
