/* curl_handle.c - see curl_handle.h. */
#include "curl_handle.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

#include "compat.h"

#define CA_SECONDS 60 /* a connection made later than that reads the machine's authorities anew */

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void *curl_handle_create(const struct curl_limits *limits)
{
    CURL *easy = curl_easy_init();

    if (!easy)
        return NULL;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, limits->protocols);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (limits
            ->ca_file) { /* and nobody else: libcurl would look into the system's directory, too */
        curl_easy_setopt(easy, CURLOPT_CAINFO, limits->ca_file);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    /* libcurl keeps what it has read for a day, and asks nobody whether the file is another one */
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, limits->ca_file ? 0L : (long)CA_SECONDS);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)limits->total_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    /* A name server that does not answer is left alone, not waited for: whoever has other servers
       to speak to would not get to them. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return easy;
}

static int add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (!longer)
        return -1;
    *list = longer;
    return 0;
}

int curl_headers_create(const char *const *lines, const char *more, void **list)
{
    struct curl_slist *headers = NULL;
    int rc = 0;

    *list = NULL;
    for (; rc == 0 && lines && *lines; lines++)
        rc = add_header(&headers, *lines);
    if (rc == 0 && more)
        rc = add_header(&headers, more);
    if (rc == 0)
        *list = headers;
    else
        curl_headers_free(headers);
    return rc;
}

void curl_headers_free(void *list)
{
    struct curl_slist *line;

    for (line = list; line; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(list);
}

/* libcurl has one sentence for all of it, and OpenSSL's number of the reason (X509_V_ERR_...). A
   name that does not match has none: the number is still that of "nothing verified yet". */
static const char *certificate_fault(CURL *easy)
{
    long reason = -1;

    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &reason);
    switch (reason) {
    case 0:
    case 1:
        return "the certificate is not for this host name";
    case 2:
    case 18:
    case 19:
    case 20:
    case 21:
        return "the certificate is not signed by an authority that is trusted";
    case 9:
        return "the certificate is not valid yet";
    case 10:
        return "the certificate has expired";
    default:
        return "the certificate could not be verified";
    }
}

const char *curl_handle_failure(void *easy, int code, const char **kind)
{
    *kind = "TLS: ";
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return certificate_fault(easy);
    if (code == CURLE_SSL_CACERT_BADFILE)
        return "the file of authorities (CA) cannot be read, or holds no certificate";
    if (code != CURLE_SSL_CONNECT_ERROR)
        *kind = code == CURLE_COULDNT_RESOLVE_HOST ? "DNS: "
                : code == CURLE_COULDNT_CONNECT    ? "connect: "
                                                   : "";
    return compat_curl_words(curl_easy_strerror((CURLcode)code));
}

const char *curl_handle_reached(void *easy, bool *unnamed)
{
    curl_off_t named = 0, connected = 0;

    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &named);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
    *unnamed = named == 0;
    return connected > 0 ? "no answer to the request"
           : *unnamed    ? "no answer of a name server"
                         : "no connection";
}

bool curl_failure_is_final(int code)
{
    return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_WRITE_ERROR || code == CURLE_URL_MALFORMAT;
}
