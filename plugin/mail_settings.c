/* mail_settings.c - see mail_settings.h. */
#include "mail_settings.h"

int mail_server_of(const struct settings *settings, const struct secrets *secrets,
                   struct mail_server *server, struct error *err)
{
    server->url = settings->mail_url;
    server->username = secrets_text(secrets, "mail", "username");
    server->password = secrets_text(secrets, "mail", "password");
    server->ca_file = settings->mail_ca_file[0] ? settings->mail_ca_file : NULL;
    if (!settings->mail_url[0] || !settings->mail_from[0])
        return error_set(err, ERROR_CONFIG, "%s is empty",
                         settings->mail_url[0] ? "purser_mail_from" : "purser_mail_url");
    if (!server->username != !server->password)
        return error_set(err, ERROR_CONFIG,
                         "the secrets file needs both mail.username and mail.password, or neither");
    return 0;
}
