/* session.h - an adapter's authorised connection to its gateway. */
#ifndef PURSER_GATEWAY_SESSION_H
#define PURSER_GATEWAY_SESSION_H

#include "../gateway.h"

#define SESSION_HEADER_SIZE 1024

struct session {
    struct http_client *client;
    char authorization[SESSION_HEADER_SIZE]; /* wiped by session_close */
    char extra[128];
    const char *headers[4];
};

/**
  Write the header lines alone: "Authorization: Bearer <token>" from the secrets file, what is
  accepted, and one more. Wiped by session_close.
  @param extra  NULL: none @retval 0 @retval -1 err (ERROR_CONFIG): there is no token, or it is none
*/
int session_headers(struct session *session, const struct gateway *gateway,
                    const struct secrets *secrets, const char *extra, struct error *err);

/**
  Make the client, with "Authorization: Bearer <token>" from the secrets file.
  @param extra  one more header line, or NULL
*/
int session_open(struct session *session, const struct fetch_job *job, const char *extra,
                 struct error *err);
void session_close(struct session *session); /* legal on a zeroed struct */

/* Guards a list against having no end. The link of each page that comes 1st, 2nd, 4th, 8th, ... is
   remembered (as a hash), and a link that is the remembered one again is a ring: any ring is found
   that way, of whatever length (Brent). */
struct page_guard {
    uint64_t remembered;
    int64_t pages, next;
    int64_t newest; /* of a list in order of time: the latest moment that was listed */
};

/** To be called with the link (or cursor) of each page before it is asked for, "" for the first.
    @retval 0 @retval -1 err: the link comes again, or there are more than max_pages */
int page_guard_check(struct page_guard *guard, const char *link, int64_t max_pages,
                     struct error *err);

/** To be called for each row of a list that was asked for in order of time. A gateway that begins
    again under new cursors and new identifiers would have each payment many times.
    @param at  the row's moment @retval 0 @retval -1 err: the list goes back by more than minutes */
int page_guard_time(struct page_guard *guard, int64_t at, struct error *err);

/** Wait before an answer that cannot be read is asked for again, as after any failed try.
    @param tries  so far @retval 0 @retval -1 err: ERROR_STOPPED */
int session_back_off(const struct gateway *gateway, int tries, struct error *err);

#endif
