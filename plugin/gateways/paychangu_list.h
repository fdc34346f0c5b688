/* paychangu_list.h - the optional list mode of PayChangu. */
#ifndef PURSER_PAYCHANGU_LIST_H
#define PURSER_PAYCHANGU_LIST_H

#include "session.h"

/** Read the list page by page, following next_page_url on the configured host only. 0 or -1 with
 * err. */
int paychangu_read_list(const struct fetch_job *job, struct session *session, const char *mode,
                        struct error *err);

#endif
