/* http_response.c - the parts of http_client.h that need no libcurl. */
#include "http_response.h"

#include <stdlib.h>
#include <string.h>

#include "http_client.h"

void http_describe_status(int status, struct error *error)
{
    if ((status >= 200 && status <= 299) || status == 404)
        return;
    if (status == 401 || status == 403)
        error_set(error, ERROR_AUTH, "HTTP status %d: the credentials were refused", status);
    else if (status >= 300 && status <= 399)
        error_set(error, ERROR_REMOTE, "HTTP status %d: redirects are not followed", status);
    else
        error_set(error, ERROR_REMOTE, "HTTP status %d", status);
}

void http_response_free(struct http_response *response)
{
    free(response->body);
    memset(response, 0, sizeof(*response));
}

char *http_escape(const char *text)
{
    static const char hex[] = "0123456789ABCDEF";
    char *escaped = malloc(3 * strlen(text) + 1);
    char *out = escaped;

    for (; escaped && *text; text++) {
        unsigned char c = (unsigned char)*text;

        /* unreserved characters of RFC 3986 */
        if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c)) {
            *out++ = (char)c;
        } else {
            *out++ = '%';
            *out++ = hex[c >> 4];
            *out++ = hex[c & 15];
        }
    }
    if (escaped)
        *out = '\0';
    return escaped;
}
