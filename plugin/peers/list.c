/* list.c - see list.h. */
#include "list.h"

#include <string.h>

#include "../http_client.h"

static int add(struct peer_list *list, const char *text, size_t len, struct error *err)
{
    char *url = list->count < PEERS_MAX ? list->url[list->count] : NULL;
    int i;

    if (!url)
        return error_set(err, ERROR_INPUT, "there may be %d peers at most", PEERS_MAX);
    while (len > 0 && text[len - 1] == '/')
        len--;
    if (len == 0)
        return error_set(err, ERROR_INPUT, "there is nothing between two commas, or behind one");
    if (len >= PEER_URL_SIZE)
        return error_set(err, ERROR_INPUT, "a URL is longer than %d bytes", PEER_URL_SIZE - 1);
    memcpy(url, text, len);
    url[len] = '\0';
    if (http_check_open_url(url, err) != 0)
        return error_prefix(err, "URL %d: ", list->count + 1); /* it may hold a password */
    for (i = 0; i < list->count; i++)
        if (strcmp(list->url[i], url) == 0)
            return error_set(err, ERROR_INPUT, "%.200s is there twice", url);
    list->count++;
    return 0;
}

int peer_list_parse(const char *text, struct peer_list *list, struct error *err)
{
    size_t len;

    list->count = 0;
    if (!text[strspn(text, " ")])
        return 0;
    for (;; text++) {
        text += strspn(text, " ");
        for (len = strcspn(text, ","); len > 0 && text[len - 1] == ' ';)
            len--;
        if (add(list, text, len, err) != 0)
            return -1;
        text += strcspn(text, ",");
        if (!*text)
            return 0;
    }
}

int peer_list_check(const char *text, struct error *err)
{
    struct peer_list list;

    return peer_list_parse(text, &list, err);
}
