/* checkpoint.c - see note.h: the body of a checkpoint. */
#include <string.h>

#include "note.h"
#include "note_text.h"

#define SEAL_WORD "purser-seal "
#define HASH_BASE64 (CRYPTO_BASE64_SIZE(CRYPTO_SHA256_SIZE) - 1)

int checkpoint_write(const struct checkpoint *checkpoint, const struct note_signer *signer,
                     struct buf *out, struct error *err)
{
    char root[CRYPTO_BASE64_SIZE(CRYPTO_SHA256_SIZE)], seal[CRYPTO_BASE64_SIZE(CRYPTO_SHA256_SIZE)];
    struct buf body;
    int rc = 0;

    if (note_name_check(checkpoint->origin, strlen(checkpoint->origin), err) != 0)
        return -1;
    if (signer && strcmp(signer->verifier.name, checkpoint->origin) != 0)
        return error_set(err, ERROR_INPUT, "the key of %s cannot sign for %s",
                         signer->verifier.name, checkpoint->origin);
    buf_init(&body, NOTE_MAX);
    crypto_base64(checkpoint->root.bytes, CRYPTO_SHA256_SIZE, root);
    crypto_base64(checkpoint->seal_hash.bytes, CRYPTO_SHA256_SIZE, seal);
    buf_printf(&body, "%s\n%llu\n%s\n", checkpoint->origin, (unsigned long long)checkpoint->size,
               root);
    if (checkpoint->seal_id)
        buf_printf(&body, SEAL_WORD "%llu %s\n", (unsigned long long)checkpoint->seal_id, seal);
    if (!body.failed) {
        buf_append(out, body.data, body.len);
        buf_puts(out, "\n");
        if (signer)
            rc = note_sign(body.data, body.len, signer, out, err);
    }
    if (body.failed || out->failed)
        rc = error_set(err, ERROR_MEMORY, "the checkpoint is too long, or out of memory");
    buf_free(&body);
    return rc;
}

/* The body of a note, line by line. */
struct lines {
    const char *at, *end; /* the end is behind a newline */
    int number;
    struct error *err;
};

/* @return the next line, without its newline; NULL at the end */
static const char *next_line(struct lines *lines, size_t *len)
{
    const char *line = lines->at;

    *len = 0;
    if (line == lines->end)
        return NULL;
    *len = (size_t)((const char *)memchr(line, '\n', (size_t)(lines->end - line)) - line);
    lines->at = line + *len + 1;
    lines->number++;
    return line;
}

static int bad_line(const struct lines *lines, const char *what)
{
    return error_set(lines->err, ERROR_INPUT, "checkpoint, line %d: %s", lines->number, what);
}

static bool read_decimal(const char *text, size_t len, uint64_t *number)
{
    uint64_t n = 0;
    size_t i;

    *number = 0;
    if (len == 0 || (len > 1 && text[0] == '0'))
        return false;
    for (i = 0; i < len; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';

        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *number = n;
    return true;
}

static bool read_hash(const char *text, size_t len, struct merkle_hash *hash)
{
    return len == HASH_BASE64 && crypto_decode(CRYPTO_BASE64, text, len, hash->bytes,
                                               CRYPTO_SHA256_SIZE) == CRYPTO_SHA256_SIZE;
}

/* A line "purser-seal ID HASH". */
static int read_seal(const struct lines *lines, const char *line, size_t len,
                     struct checkpoint *checkpoint)
{
    const char *blank;

    line += strlen(SEAL_WORD);
    len -= strlen(SEAL_WORD);
    blank = memchr(line, ' ', len);
    if (checkpoint->seal_id)
        return bad_line(lines, "a second line purser-seal");
    if (!blank || !read_decimal(line, (size_t)(blank - line), &checkpoint->seal_id) ||
        checkpoint->seal_id == 0)
        return bad_line(lines, "purser-seal has no number of a seal");
    if (!read_hash(blank + 1, len - (size_t)(blank + 1 - line), &checkpoint->seal_hash))
        return bad_line(lines, "the hash of the seal is not 32 bytes in base64");
    return 0;
}

static int read_body(struct lines *lines, struct checkpoint *checkpoint)
{
    const char *line;
    size_t len;

    line = next_line(lines, &len);
    if (!line || len == 0 || len >= NOTE_NAME_SIZE)
        return bad_line(lines, "the origin is empty or longer than 255 bytes");
    memcpy(checkpoint->origin, line, len);
    line = next_line(lines, &len);
    if (!line || !read_decimal(line, len, &checkpoint->size) || checkpoint->size > MERKLE_SIZE_MAX)
        return bad_line(lines, "the size of the tree is no number from 0 to 2^63 - 1 in digits "
                               "without leading zeros");
    line = next_line(lines, &len);
    if (!line || !read_hash(line, len, &checkpoint->root))
        return bad_line(lines, "the root is not 32 bytes in base64");
    while ((line = next_line(lines, &len))) {
        if (len == 0)
            return bad_line(lines, "an empty line in the body");
        if (len >= strlen(SEAL_WORD) && memcmp(line, SEAL_WORD, strlen(SEAL_WORD)) == 0 &&
            read_seal(lines, line, len, checkpoint) != 0)
            return -1;
    }
    return 0;
}

int checkpoint_parse(const char *text, size_t len, struct checkpoint *checkpoint, struct error *err)
{
    struct lines lines = {.err = err};
    size_t body, signatures;

    memset(checkpoint, 0, sizeof(*checkpoint));
    if (note_split(text, len, &body, &signatures, err) != 0)
        return -1;
    lines.at = text;
    lines.end = text + body;
    if (read_body(&lines, checkpoint) == 0)
        return 0;
    memset(checkpoint, 0, sizeof(*checkpoint));
    return -1;
}
