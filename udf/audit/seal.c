/* seal.c - see seal.h. */
#include "seal.h"

#include <stdio.h>
#include <string.h>

#include "../audit.h"

#define NUMBER_SIZE 21

static struct crypto_piece piece_of_text(const char *text)
{
    return (struct crypto_piece){text, strlen(text)};
}

static struct crypto_piece piece_of_number(uint64_t number, char text[NUMBER_SIZE])
{
    snprintf(text, NUMBER_SIZE, "%llu", (unsigned long long)number);
    return piece_of_text(text);
}

static struct crypto_piece piece_of_hash(const struct merkle_hash *hash,
                                         char text[CRYPTO_TEXT_SIZE])
{
    crypto_encode(CRYPTO_HEX, hash->bytes, sizeof(hash->bytes), text);
    return piece_of_text(text);
}

int seal_hash(const struct seal *seal, struct merkle_hash *hash, struct error *err)
{
    char numbers[4][NUMBER_SIZE], root[CRYPTO_TEXT_SIZE], previous[CRYPTO_TEXT_SIZE];
    const struct crypto_piece fields[] = {
        piece_of_number(seal->id, numbers[0]),
        piece_of_text(seal->sealed_at),
        piece_of_number(seal->tree_size, numbers[1]),
        piece_of_hash(&seal->root, root),
        {seal->runs ? seal->runs : "", seal->runs_len},
        piece_of_number(seal->closed_to, numbers[2]),
        piece_of_number(seal->pruned_to, numbers[3]),
        {seal->note, seal->note ? seal->note_len : 0},
        seal->has_previous ? piece_of_hash(&seal->previous_hash, previous)
                           : (struct crypto_piece){NULL, 0},
    };

    if (audit_hash(SEAL_FORMAT, fields, sizeof(fields) / sizeof(fields[0]), hash->bytes, err) == 0)
        return 0;
    return error_prefix(err, "seal %llu: ", (unsigned long long)seal->id);
}
