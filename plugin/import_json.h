/* import_json.h - the elements of a long JSON text, one at a time. Private to import.c. */
#ifndef PURSER_IMPORT_JSON_H
#define PURSER_IMPORT_JSON_H

#include "../udf/json.h"

/* Where a reader is in a text; no memory of its own. */
struct import_json {
    const char *text; /* borrowed */
    size_t at, end;   /* what is left of the list */
    bool array;       /* commas between the elements; else JSON lines */
    size_t begin;     /* of the element that was read last */
    size_t number;    /* its number, from 1 */
};

/** Does a text look like JSON (rather than CSV)? */
bool import_json_is(const char *text, size_t len);

/**
  Find the list: an array, an object whose member data, payments or transactions is one, JSON lines,
  or one object alone. @param text  borrowed @retval 0 @retval -1 err
*/
int import_json_open(struct import_json *reader, const char *text, size_t len, struct error *err);

/** @param[out] element  new reference, an object @retval 1 one @retval 0 the end @retval -1 err
    names the element and its line */
int import_json_next(struct import_json *reader, json_t **element, struct error *err);

/** Put "element 3 (line 7): " in front of an error about the element that was read last. */
int import_json_blame(const struct import_json *reader, struct error *err);

#endif
