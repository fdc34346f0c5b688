/*
  mail.c - see mail.h.

  A transfer is driven in slices of at most 100 ms. It is aborted by the progress callback, never by
  taking its handle away: libcurl would then send the dot that ends a message, and the server would
  take half of one. Where libcurl itself waits (for the answer to that dot, and to QUIT) it asks the
  callback each second.

  THREADS: nothing is shared.
*/
#include "mail.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "curl_handle.h"
#include "stop.h"

#define SLICE_MS 100
#define REPLY_MAX 160

struct sending {
    const struct mail_server *server;
    struct buf message;
    size_t sent;
    CURLM *multi;
    CURL *easy;
    struct curl_slist *recipients;
    char reply[REPLY_MAX]; /* the server's last one that was an error */
};

static size_t on_read(char *out, size_t size, size_t count, void *context)
{
    struct sending *s = context;
    size_t left = s->message.len - s->sent, n = size * count < left ? size * count : left;

    memcpy(out, s->message.data + s->sent, n);
    s->sent += n;
    return n;
}

/* Each line of the server's. */
static size_t on_reply(char *bytes, size_t size, size_t count, void *context)
{
    struct sending *s = context;
    size_t len = size * count, i;

    if (len < 4 || (bytes[0] != '4' && bytes[0] != '5'))
        return len;
    for (i = 0; i < len && i < REPLY_MAX - 1 && bytes[i] != '\r' && bytes[i] != '\n'; i++)
        s->reply[i] = bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '?';
    s->reply[i] = '\0';
    return len;
}

static int on_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)context;
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return stop_requested();
}

static int add_recipients(struct sending *s, const struct mail_recipients *to)
{
    struct curl_slist *longer;
    int i;

    for (i = 0; i < to->count; i++) {
        longer = curl_slist_append(s->recipients, to->address[i]);
        if (!longer)
            return -1;
        s->recipients = longer;
    }
    return 0;
}

static void set_options(struct sending *s, const struct mail *mail)
{
    const struct mail_server *server = s->server;
    CURL *easy = s->easy;

    curl_easy_setopt(easy, CURLOPT_URL, server->url);
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     (long)(mail_is_loopback(server->url) ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (server->username && server->password) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, server->username);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, server->password);
    }
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, s->recipients);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)s->message.len);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(easy, CURLOPT_READDATA, s);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_reply);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, s);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT,
                     (long)(server->answer_timeout_ms / 1000));
    /* So that QUIT is waited for under these options, and not under those of a cache. */
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

/* "550" or "550 5.1.1"; the words only where no login can be in them. */
static void short_reply(const struct sending *s, char out[REPLY_MAX])
{
    size_t len = strspn(s->reply, "0123456789");
    size_t more = s->reply[len] ? strspn(s->reply + len + 1, "0123456789.") : 0;

    if (s->server->username)
        snprintf(out, REPLY_MAX, "%.*s", (int)(more > 4 ? len + 1 + more : len), s->reply);
    else
        snprintf(out, REPLY_MAX, "%s", s->reply);
}

/* Did it refuse whoever calls, in its greeting or in answer to our name, before it heard of a
   message? */
static bool is_about_us(const struct sending *s, CURLcode code)
{
    return code == CURLE_REMOTE_ACCESS_DENIED || (code == CURLE_WEIRD_SERVER_REPLY && s->sent == 0);
}

static int describe(struct sending *s, CURLcode code, struct error *err)
{
    char reply[REPLY_MAX];
    const char *what, *kind;
    long status = 0;

    if (code == CURLE_OK)
        return 0;
    if (stop_requested())
        return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
    curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
    short_reply(s, reply);
    /* Of the server and not of the message: it goes out when the settings are mended. */
    if (strncmp(reply, "530", 3) == 0)
        return error_set(err, ERROR_AUTH, "the mail server wants a login%s: %s",
                         mail_is_loopback(s->server->url)
                             ? ", or STARTTLS, which is not used to a loopback address"
                             : "",
                         reply);
    if (code == CURLE_LOGIN_DENIED)
        return error_set(err, ERROR_AUTH, "the mail server refused the login%s%s",
                         reply[0] ? ": " : "", reply);
    if (code == CURLE_USE_SSL_FAILED)
        return error_set(err, ERROR_CONFIG, /* it may be back: what waits is not lost */
                         "the mail server offers no STARTTLS: nothing was sent");
    if (code == CURLE_OUT_OF_MEMORY)
        return error_set(err, ERROR_MEMORY, "out of memory");
    if (status >= 500 && reply[0] == '5' && is_about_us(s, code))
        return error_set(err, ERROR_REMOTE, "the mail server takes no mail from this machine: %s",
                         reply);
    if (status >= 500 && reply[0] == '5')
        return error_set(err, ERROR_REFUSED, "the mail server refused the message: %s", reply);
    if (status >= 400 && reply[0] == '4')
        return error_set(err, ERROR_REMOTE, "the mail server cannot take it now: %s", reply);
    if (code == CURLE_OPERATION_TIMEDOUT)
        return error_set(err, ERROR_REMOTE, "time-out: the mail server does not answer");
    what = curl_handle_failure(s->easy, code, &kind);
    return error_set(err, ERROR_REMOTE, "the mail server could not be spoken to: %s%s", kind, what);
}

static CURLcode drive(struct sending *s)
{
    CURLMsg *message;
    int running = 1, left;

    while (running) {
        if (curl_multi_perform(s->multi, &running) != CURLM_OK)
            return CURLE_FAILED_INIT;
        if (running)
            curl_multi_poll(s->multi, NULL, 0, SLICE_MS, NULL);
    }
    message = curl_multi_info_read(s->multi, &left);
    return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_FAILED_INIT;
}

static int transfer(struct sending *s, const struct mail *mail, struct error *err)
{
    const struct curl_limits limits = {"smtp,smtps", s->server->ca_file,
                                       s->server->connect_timeout_ms, s->server->total_timeout_ms};
    CURLcode code = CURLE_OUT_OF_MEMORY;

    s->multi = curl_multi_init();
    s->easy = curl_handle_create(&limits);
    if (!s->multi || !s->easy || add_recipients(s, mail->to) != 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    set_options(s, mail);
    if (curl_multi_add_handle(s->multi, s->easy) == CURLM_OK) {
        code = drive(s);
        curl_multi_remove_handle(s->multi, s->easy);
    }
    return describe(s, code, err);
}

int mail_send(const struct mail_server *server, const struct mail *mail, struct error *err)
{
    struct sending s = {.server = server};
    int rc;

    buf_init(&s.message, MAIL_MESSAGE_MAX);
    rc = mail_check_url(server->url, err);
    if (rc == 0)
        rc = mail_build(mail, &s.message, err);
    if (rc == 0)
        rc = transfer(&s, mail, err);
    if (s.easy)
        curl_easy_cleanup(s.easy);
    if (s.multi)
        curl_multi_cleanup(s.multi);
    curl_slist_free_all(s.recipients);
    buf_free(&s.message);
    return rc;
}
