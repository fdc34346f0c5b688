/* zone_file.c - see zone_file.h. */
#include "zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONEINFO "/usr/share/zoneinfo/"
#define FILE_MAX (1 << 20)
#define PATH_SIZE 160

static int read_all(int fd, unsigned char *bytes, size_t len)
{
    size_t done = 0;
    ssize_t n;

    while (done < len) {
        n = read(fd, bytes + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

static struct zone *load_file(const char *path, struct error *err)
{
    struct zone *zone = NULL;
    unsigned char *bytes = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        error_set(err, ERROR_CONFIG, "no time zone file %s (is the package tzdata installed?)",
                  path);
        return NULL;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX) {
        error_set(err, ERROR_CONFIG, "%s is not a time zone file", path);
        goto end;
    }
    bytes = malloc((size_t)st.st_size);
    if (!bytes) {
        error_set(err, ERROR_MEMORY, "out of memory");
        goto end;
    }
    if (read_all(fd, bytes, (size_t)st.st_size) != 0) {
        error_set(err, ERROR_CONFIG, "cannot read %s", path);
        goto end;
    }
    zone = zone_from_tzif(bytes, (size_t)st.st_size, err);
    if (!zone)
        error_prefix(err, "%s: ", path);
end:
    free(bytes);
    close(fd);
    return zone;
}

static int is_name(const char *name)
{
    const char *p;

    if (!*name || *name == '/' || strstr(name, "..") || strlen(name) > 100)
        return 0;
    for (p = name; *p; p++)
        if (!((*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
              strchr("_-+/", *p)))
            return 0;
    return 1;
}

static struct zone *load_name(const char *name, struct error *err)
{
    struct error why = {0};
    struct zone *zone = zone_from_offset_text(name, &why);
    char path[PATH_SIZE];

    if (zone || why.code != ERROR_NONE) {
        if (!zone)
            error_set(err, why.code, "%s", why.text);
        return zone;
    }
    if (!is_name(name)) {
        error_set(
            err, ERROR_CONFIG,
            "'%.100s' is not a time zone: use SYSTEM, an offset such as +02:00, or a name such "
            "as Africa/Blantyre",
            name);
        return NULL;
    }
    snprintf(path, sizeof(path), ZONEINFO "%s", name);
    return load_file(path, err);
}

/* What the server was started with: TZ, else the machine's zone, else UTC. */
/* The variable TZ holds the name of a zone or a rule of its own ("CAT-2"). */
static struct zone *load_tz(const char *tz, struct error *err)
{
    struct error why = {0};
    struct zone *zone = load_name(tz, &why);

    if (!zone && why.code != ERROR_MEMORY) {
        error_clear(&why);
        zone = zone_from_posix(tz, &why);
    }
    if (!zone && why.code == ERROR_MEMORY)
        error_set(err, ERROR_MEMORY, "%s", why.text);
    else if (!zone)
        error_set(err, ERROR_CONFIG, "the server's variable TZ is neither a zone nor a rule");
    return zone;
}

static struct zone *load_system(struct error *err)
{
    const char *tz = getenv("TZ");

    if (tz && *tz == ':')
        tz++;
    if (tz && *tz == '/')
        return load_file(tz, err);
    if (tz && *tz)
        return load_tz(tz, err);
    if (!tz && access("/etc/localtime", R_OK) == 0)
        return load_file("/etc/localtime", err);
    return zone_fixed(0, err);
}

struct zone *zone_load(const char *name, struct error *err)
{
    return strcmp(name, "SYSTEM") == 0 ? load_system(err) : load_name(name, err);
}
