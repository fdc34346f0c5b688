/*
  small_file.h - files that the listener needs and that change under it: tokens, certificate, key.

  Only the keeper (keep.c) reads them.
*/
#ifndef PURSER_HTTP_SMALL_FILE_H
#define PURSER_HTTP_SMALL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "../../udf/crypto.h"
#include "../../udf/error.h"

#define SMALL_FILE_MAX (256u << 10) /* bytes */

enum small_file_kind {
    SMALL_FILE_PUBLIC, /* a certificate */
    SMALL_FILE_KEY,    /* may be read by its group (ssl-cert), and be a link (certbot) */
    SMALL_FILE_SECRET  /* as the secrets file: the server's user alone, no link */
};

struct small_file {
    char *text; /* owned; with a NUL behind it */
    size_t len;
    struct stat stamp;
    bool settled; /* not so young that a change may leave the stamp as it is */
    unsigned char hash[CRYPTO_SHA256_SIZE]; /* of the text */
};

/** @param file zeroed or freed @retval 0 @retval -1 err (ERROR_CONFIG): names the path */
int small_file_read(const char *path, enum small_file_kind kind, struct small_file *file,
                    struct error *err);
/** Wipes. What is known of the file stays. */
void small_file_free(struct small_file *file);

/** Is it, by its stamp, what was read? */
bool small_file_unchanged(const char *path, const struct small_file *file);

#endif
