/* mail_settings.h - the mail server that the settings and the secrets file name. */
#ifndef PURSER_MAIL_SETTINGS_H
#define PURSER_MAIL_SETTINGS_H

#include "../udf/error.h"
#include "mail.h"
#include "secrets.h"
#include "settings.h"

/** URL and login. @param[out] server  borrows from both; limits are the caller's
    @retval 0 @retval -1 ERROR_CONFIG: something is missing */
int mail_server_of(const struct settings *settings, const struct secrets *secrets,
                   struct mail_server *server, struct error *err);

#endif
