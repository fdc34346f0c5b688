/*
  dashboard.h - the page /dashboard: the state of the server and the shop for people.

  Pure: a snapshot goes in, a page comes out; no SQL, no file, no network. Any thread.
*/
#ifndef PURSER_DASHBOARD_H
#define PURSER_DASHBOARD_H

#include "../../udf/buf.h"
#include "../health/snapshot.h"

#define DASHBOARD_MAX (512 * 1024) /* bytes that a page has at most: the maximum for `out` */
#define DASHBOARD_REFRESH 15       /* seconds after which the page fetches itself again */

/**
  The page, as UTF-8 HTML in one piece: style and script are in it, and it asks for nothing else but
  itself. Where there is more than fits, details are left out, and it says so.
  @param snapshot  NULL: nothing is known yet, and the page says that
  @param out  initialised with a maximum of at least DASHBOARD_MAX; appended to
  @retval 0 @retval -1 no memory, or no room: out->failed is set
*/
int dashboard_render(const struct snapshot *snapshot, struct buf *out);

/** The header Content-Security-Policy that goes with the page: its own style and script by their
    hashes, connections to where it came from, nothing else. @return a constant, never NULL */
const char *dashboard_csp(void);

#endif
