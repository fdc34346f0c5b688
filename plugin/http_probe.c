/* http_probe.c - see http_probe.h. Nothing is shared: all handles are of one call. */
#include "http_probe.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compat.h"
#include "curl_handle.h"
#include "purser_version.h"
#include "stop.h"

#define SLICE_MS 100
#define SECOND_US 1000000LL

/* What libcurl holds of one probe. */
struct attempt {
    struct http_probe *probe;
    CURL *easy;
    void *headers;
    char *url;
    char said[CURL_ERROR_SIZE];
};

const char *probe_failure_name(enum probe_failure failure)
{
    static const char *const names[] = {"", "dns", "connect", "tls", "auth", "http", "local"};

    return (size_t)failure < sizeof(names) / sizeof(names[0]) ? names[failure] : "";
}

int64_t http_certificate_date(const char *text)
{
    struct tm tm = {0};
    /* The server's locale is "C", whatever its environment says. */
    const char *end = strptime(text, "%b %d %H:%M:%S %Y GMT", &tm);

    return end && *end == '\0' ? (int64_t)timegm(&tm) * SECOND_US : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_probe *probe = context;

    return buf_append(&probe->body, bytes, size * count) == 0 ? size * count : 0;
}

/* "https://host/base/" and "/path": as http_client.c puts them together. */
static char *url_of(const struct http_probe *probe)
{
    size_t len = strlen(probe->base_url);
    char *url = NULL;

    while (len > 0 && probe->base_url[len - 1] == '/')
        len--;
    return asprintf(&url, "%.*s%s", (int)len, probe->base_url, probe->path) < 0 ? NULL : url;
}

static int prepare(struct attempt *attempt)
{
    struct http_probe *probe = attempt->probe;
    const struct curl_limits limits = {"https,http", probe->ca_file, probe->connect_timeout_ms,
                                       probe->total_timeout_ms};

    attempt->url = url_of(probe);
    attempt->easy = curl_handle_create(&limits);
    if (!attempt->url || !attempt->easy ||
        curl_headers_create(probe->headers, NULL, &attempt->headers) != 0)
        return -1;
    curl_easy_setopt(attempt->easy, CURLOPT_URL, attempt->url);
    curl_easy_setopt(attempt->easy, CURLOPT_PRIVATE, attempt);
    curl_easy_setopt(attempt->easy, CURLOPT_ERRORBUFFER, attempt->said);
    curl_easy_setopt(attempt->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(attempt->easy, CURLOPT_HTTPHEADER, attempt->headers);
    curl_easy_setopt(attempt->easy, CURLOPT_USERAGENT, "purser/" PURSER_VERSION);
    curl_easy_setopt(attempt->easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(attempt->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(attempt->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(attempt->easy, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(attempt->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(attempt->easy, CURLOPT_WRITEDATA, probe);
    return 0;
}

/* Has the transfer come so far? */
static bool has_reached(CURL *easy, CURLINFO phase)
{
    curl_off_t us = 0;

    return curl_easy_getinfo(easy, phase, &us) == CURLE_OK && us > 0;
}

static enum probe_failure phase_of(const struct attempt *attempt)
{
    long port = 0;

    /* Of a connection whose TLS hangs the time is not told, but the port is. */
    curl_easy_getinfo(attempt->easy, CURLINFO_LOCAL_PORT, &port);
    if (!has_reached(attempt->easy, CURLINFO_NAMELOOKUP_TIME_T))
        return PROBE_DNS;
    if (port == 0)
        return PROBE_CONNECT;
    if (strncmp(attempt->url, "https:", 6) == 0 &&
        !has_reached(attempt->easy, CURLINFO_APPCONNECT_TIME_T))
        return PROBE_TLS;
    return PROBE_HTTP;
}

static enum probe_failure failure_of(const struct attempt *attempt, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return PROBE_DNS;
    case CURLE_COULDNT_CONNECT:
        return PROBE_CONNECT;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return PROBE_TLS;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_URL_MALFORMAT:
        return PROBE_LOCAL;
    default: /* a time-out, or a connection that broke: where? */
        return phase_of(attempt);
    }
}

/* The date in the first certificate that the server sent: its own. The others are its authority's,
   which may send along what has ended and is not needed. */
static int64_t certificate_end(CURL *easy)
{
    static const char label[] = "Expire date:";
    struct curl_certinfo *info = NULL;
    struct curl_slist *line;

    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
        info->num_of_certs < 1)
        return 0;
    for (line = info->certinfo[0]; line; line = line->next)
        if (strncmp(line->data, label, sizeof(label) - 1) == 0)
            return http_certificate_date(line->data + sizeof(label) - 1);
    return 0;
}

static void settle(struct attempt *attempt, CURLcode code)
{
    struct http_probe *probe = attempt->probe;
    curl_off_t us = 0;
    long status = 0;

    curl_easy_getinfo(attempt->easy, CURLINFO_TOTAL_TIME_T, &us);
    curl_easy_getinfo(attempt->easy, CURLINFO_RESPONSE_CODE, &status);
    probe->latency_us = us;
    probe->status = (int)status;
    probe->certificate_ends = certificate_end(attempt->easy);
    probe->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    if (code != CURLE_OK) {
        probe->failure = failure_of(attempt, code);
        error_set(&probe->error, ERROR_REMOTE, "%s",
                  attempt->said[0] ? attempt->said : compat_curl_words(curl_easy_strerror(code)));
    } else if (status == 401 || status == 403) {
        probe->failure = PROBE_AUTH;
    } else if (status < 200 || status > 299) {
        probe->failure = PROBE_HTTP;
    } else {
        probe->failure = PROBE_OK;
    }
}

static int take_messages(CURLM *multi)
{
    struct attempt *attempt;
    CURLMsg *message;
    int left, taken = 0;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        attempt = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&attempt);
        settle(attempt, message->data.result);
        taken++;
    }
    return taken;
}

/* Start what was prepared, and wait for it. */
static int wait_for_all(CURLM *multi, struct attempt *attempts, int count, struct error *err)
{
    int i, running, open = 0;

    for (i = 0; i < count; i++) {
        if (prepare(&attempts[i]) == 0 &&
            curl_multi_add_handle(multi, attempts[i].easy) == CURLM_OK) {
            open++;
            continue;
        }
        attempts[i].probe->failure = PROBE_LOCAL;
        error_set(&attempts[i].probe->error, ERROR_MEMORY, "out of memory");
    }
    while (open > 0) {
        if (stop_requested())
            return error_set(err, ERROR_STOPPED, "the plugin is being stopped");
        curl_multi_perform(multi, &running);
        open -= take_messages(multi);
        if (open > 0)
            curl_multi_poll(multi, NULL, 0, SLICE_MS, NULL);
    }
    return 0;
}

int http_probe_run(struct http_probe *probes, int count, struct error *err)
{
    struct attempt *attempts = calloc((size_t)(count > 0 ? count : 1), sizeof(*attempts));
    CURLM *multi = curl_multi_init();
    int i, rc;

    for (i = 0; i < count; i++) {
        probes[i].failure = PROBE_OK;
        probes[i].status = 0;
        probes[i].latency_us = -1;
        probes[i].certificate_ends = 0;
        probes[i].timed_out = false;
        memset(&probes[i].error, 0, sizeof(probes[i].error));
        buf_init(&probes[i].body, PROBE_BODY_MAX);
        if (attempts)
            attempts[i].probe = &probes[i];
    }
    rc = attempts && multi ? wait_for_all(multi, attempts, count, err)
                           : error_set(err, ERROR_MEMORY, "out of memory");
    for (i = 0; attempts && i < count; i++) {
        if (multi && attempts[i].easy)
            curl_multi_remove_handle(multi, attempts[i].easy);
        curl_easy_cleanup(attempts[i].easy);
        curl_headers_free(attempts[i].headers);
        free(attempts[i].url);
    }
    curl_multi_cleanup(multi);
    free(attempts);
    return rc;
}

void http_probe_free(struct http_probe *probe)
{
    buf_free(&probe->body);
}
