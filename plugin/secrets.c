/* secrets.c - see secrets.h. */
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../udf/json.h"

#define FILE_MAX (1 << 20)

struct secrets {
    json_t *document; /* an object */
};

/* Wipe every string before jansson gives its memory back. */
static void wipe(json_t *value)
{
    const char *key;
    json_t *member;
    size_t i;

    if (json_is_string(value))
        explicit_bzero((char *)json_string_value(value), json_string_length(value));
    json_object_foreach(value, key, member) wipe(member);
    json_array_foreach(value, i, member) wipe(member);
}

static int check_file(int fd, const char *path, size_t *size, struct error *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return error_set(err, ERROR_CONFIG, "secrets file %s is not a regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return error_set(err, ERROR_CONFIG,
                         "secrets file %s belongs to somebody else: chown it to the server's user",
                         path);
    if (st.st_mode & 077)
        return error_set(err, ERROR_CONFIG,
                         "secrets file %s can be read or written by others: chmod 600 it", path);
    if (st.st_size > FILE_MAX)
        return error_set(err, ERROR_CONFIG, "secrets file %s is larger than 1 MiB", path);
    *size = (size_t)st.st_size;
    return 0;
}

static char *read_file(int fd, size_t size, struct error *err)
{
    char *text = malloc(size + 1);
    size_t done = 0;
    ssize_t n;

    if (!text)
        error_set(err, ERROR_MEMORY, "out of memory");
    while (text && done < size) {
        n = read(fd, text + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (text && done != size) {
        explicit_bzero(text, done);
        free(text);
        return NULL;
    }
    return text;
}

static int load_document(struct secrets *secrets, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char *text = NULL;
    size_t size = 0;
    struct error why = {0};

    if (fd < 0)
        return error_set(err, ERROR_CONFIG, "secrets file %s: %s", path,
                         errno == ELOOP ? "it is a symbolic link" : strerrordesc_np(errno));
    if (check_file(fd, path, &size, err) == 0) {
        text = read_file(fd, size, err);
        if (!text)
            error_set(err, ERROR_CONFIG, "secrets file %s cannot be read", path);
        else
            secrets->document = json_parse(text, size, &why);
    }
    close(fd);
    if (text) {
        explicit_bzero(text, size);
        free(text);
    }
    if (secrets->document && !json_is_object(secrets->document))
        return error_set(err, ERROR_CONFIG, "secrets file %s is not a JSON object", path);
    if (why.code != ERROR_NONE)
        return error_set(err, why.code == ERROR_MEMORY ? ERROR_MEMORY : ERROR_CONFIG,
                         "secrets file %s: %s", path, why.text);
    return secrets->document ? 0 : -1;
}

struct secrets *secrets_load(const char *path, struct error *err)
{
    struct secrets *secrets = calloc(1, sizeof(*secrets));

    if (!secrets) {
        error_set(err, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    if (path && *path && load_document(secrets, path, err) != 0) {
        secrets_destroy(secrets);
        return NULL;
    }
    return secrets;
}

void secrets_destroy(struct secrets *secrets)
{
    if (!secrets)
        return;
    wipe(secrets->document);
    json_decref(secrets->document);
    free(secrets);
}

const char *secrets_gateway(const struct secrets *secrets, const char *gateway, const char *key)
{
    return json_string_value(json_object_get(secrets_gateway_object(secrets, gateway), key));
}

const char *secrets_text(const struct secrets *secrets, const char *section, const char *key)
{
    return json_string_value(json_object_get(json_object_get(secrets->document, section), key));
}

const json_t *secrets_gateway_object(const struct secrets *secrets, const char *gateway)
{
    return json_object_get(json_object_get(secrets->document, "gateways"), gateway);
}
