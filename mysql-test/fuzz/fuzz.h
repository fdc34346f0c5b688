/* fuzz.h - what the fuzzers have in common. */
#ifndef PURSER_FUZZ_H
#define PURSER_FUZZ_H

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What does not hold is a finding. */
#define fuzz_must(holds)                                                                           \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #holds);                            \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A copy with a NUL behind it and nothing else: AddressSanitizer looks at what is beyond. */
static inline char *fuzz_text(const void *bytes, size_t len)
{
    char *copy = malloc(len + 1);

    fuzz_must(copy != NULL);
    if (len > 0)
        memcpy(copy, bytes, len);
    copy[len] = '\0';
    return copy;
}

/* Where a fuzzer's files belong: ./dev fuzz takes them away, however it ends. */
static inline const char *fuzz_path(char *path, size_t size, const char *name)
{
    const char *files = getenv("PURSER_FUZZ_FILES");

    fuzz_must((size_t)snprintf(path, size, "%s/%s.%ld", files ? files : "/tmp", name,
                               (long)getpid()) < size);
    return path;
}

/* A file with these bytes, that only its owner may read; the same one each time. @return its path
 */
static inline const char *fuzz_file(const void *bytes, size_t len)
{
    static char path[108];
    int fd;

    if (!path[0])
        fuzz_path(path, sizeof(path), "file");
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_must(fd >= 0 && (len == 0 || write(fd, bytes, len) == (ssize_t)len));
    close(fd);
    return path;
}

#endif
