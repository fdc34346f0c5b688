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

/* A file with these bytes, that only its owner may read; the same one each time. @return its path
 */
static inline const char *fuzz_file(const void *bytes, size_t len)
{
    static char path[64];
    int fd;

    if (!path[0])
        snprintf(path, sizeof(path), "/dev/shm/purser_fuzz.%ld", (long)getpid());
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    fuzz_must(fd >= 0 && (len == 0 || write(fd, bytes, len) == (ssize_t)len));
    close(fd);
    return path;
}

#endif
