/* import_row.h - one row of an export to a record, by the mapping of the gateway's settings. */
#ifndef PURSER_IMPORT_ROW_H
#define PURSER_IMPORT_ROW_H

#include "../udf/zone.h"
#include "gateway.h"

enum import_field {
    IMPORT_REF,
    IMPORT_ID,
    IMPORT_PARENT,
    IMPORT_KIND,
    IMPORT_STATUS,
    IMPORT_AMOUNT,
    IMPORT_CURRENCY,
    IMPORT_FEE,
    IMPORT_CREATED,
    IMPORT_COMPLETED,
    IMPORT_FIELDS
};

/* A cell. Neither text nor real: the row does not say it. */
struct import_value {
    bool has_column;    /* the column is there, be the cell empty or not */
    const char *text;   /* borrowed; need not be NUL-terminated */
    size_t len;         /* of text */
    const json_t *real; /* borrowed; a JSON number with a fraction */
};

/* How a gateway's exports are read. */
struct import_map {
    const char *column[IMPORT_FIELDS];    /* name in the text; borrowed from the settings */
    bool is_mapped[IMPORT_FIELDS];        /* named in settings.columns: it must be there */
    char default_currency[CURRENCY_SIZE]; /* "" : each row must name one */
    const json_t *status_map;             /* borrowed, or NULL */
    bool minor_units;
    char delimiter;    /* 0: tell it from the text */
    struct zone *zone; /* owned; of times without an offset */
};

/** Name of a field in settings.columns. */
const char *import_field_name(enum import_field field);

/** @retval 0, release with import_map_deinit  @retval -1 err names the gateway and the setting */
int import_map_init(struct import_map *map, const struct gateway *gateway, struct error *err);
void import_map_deinit(struct import_map *map); /* legal on a zeroed struct */

/** Blanks around a cell do not count.
    @retval 0 @retval -1 err (ERROR_INPUT) names the field and what is wrong, never its content */
int import_row(const struct import_map *map, const struct import_value values[IMPORT_FIELDS],
               struct record *record, struct error *err);

#endif
