/* sim_text.h - a growing text, written fast: most of what the simulator does is appending JSON. */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_text {
    char *data; /* owned; NUL-terminated once anything was appended */
    size_t len;
    size_t cap;
    bool failed; /* no memory; sticky, later appends do nothing */
};

/** Append len bytes. */
void sim_text_bytes(struct sim_text *t, const char *bytes, size_t len);
/** Append a C string. */
void sim_text_puts(struct sim_text *t, const char *text);
/** Append a literal; its length is known when compiling. */
#define SIM_TEXT_LIT(t, literal) sim_text_bytes((t), "" literal, sizeof(literal) - 1)
/** Append a number in decimal. */
void sim_text_int(struct sim_text *t, int64_t value);
/** Append a quoted JSON string, escaped; NULL writes null. */
void sim_text_json(struct sim_text *t, const char *text);
/** Append as printf does; for what is not on the fast path. */
void sim_text_printf(struct sim_text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Append `digits` letters of the 62-letter alphabet, a pure function of seed. */
void sim_text_token(struct sim_text *t, uint64_t seed, unsigned digits);

/** Take the bytes out. @return new, NUL-terminated; NULL after a failure. The text is empty then */
char *sim_text_take(struct sim_text *t, size_t *len);
/** Release; legal on a zeroed struct, and twice. */
void sim_text_free(struct sim_text *t);

/** Well mixed 64-bit hash of a string (FNV-1a with a finaliser). */
uint64_t sim_hash(const char *text);
/** Step of the splitmix64 generator: spreads any number over 64 bits. */
uint64_t sim_mix(uint64_t value);

#endif
