/*
  fuzz_zone.c - time zones of any bytes: files as in /usr/share/zoneinfo, rules as in TZ: clang's
  libFuzzer, with AddressSanitizer and UBSan. In whatever zone is taken, days follow each other
  without a gap, a moment lies in the day that it is said to be of, and months are listed or
  refused.
*/
#include <stdint.h>

#include "../../udf/json.h"
#include "../../udf/months.h"
#include "../../udf/schedule.h"
#include "../../udf/timestamp.h"
#include "../../udf/zone.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_days(const struct zone *zone, int32_t day)
{
    int64_t begin, end, next, after;
    int32_t of;

    zone_day_bounds(zone, day, &begin, &end);
    zone_day_bounds(zone, day + 1, &next, &after);
    fuzz_must(begin <= end && end == next && next <= after);
    if (begin == end)
        return;
    of = zone_day_of(zone, begin);
    fuzz_must(of == day && zone_day_of(zone, end - 1) == day);
    fuzz_must(zone_day_of(zone, end) > day);
}

static void look_at_moment(const struct zone *zone, int64_t moment)
{
    int64_t wall = zone_to_wall(zone, moment), first = zone_to_utc(zone, wall);
    int32_t offset = zone_offset_at(zone, moment);

    fuzz_must(wall == moment + offset * MICROS);
    fuzz_must(first <= moment); /* the first moment at which the clock shows that */
    look_at_days(zone, zone_day_of(zone, moment));
    fuzz_must(schedule_next(zone, 150, moment) > moment);
    fuzz_must(schedule_last_due_day(zone, 150, moment) <= zone_day_of(zone, moment));
}

static void look(struct zone *zone)
{
    static const int64_t moments[] = {-2208988800, 0,          951782400,  1234567890,
                                      1743265800,  1761440400, 4102444800, 32503680000};
    struct buf months;
    struct error err = {0};
    size_t i;
    int rc;

    for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        look_at_moment(zone, moments[i] * MICROS);
        look_at_days(zone, (int32_t)(moments[i] / DAY_SECONDS) - 1);
    }
    buf_init(&months, 1u << 16);
    rc = months_json(zone, 2020 * 12, 24, &months, &err);
    fuzz_must((rc == 0) == (err.code == ERROR_NONE));
    if (rc == 0) {
        json_t *list = json_parse(months.data, months.len, NULL);

        fuzz_must(json_array_size(list) == 24);
        json_decref(list);
    }
    buf_free(&months);
    zone_destroy(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct zone *zone;
    char *text = fuzz_text(data, size);
    unsigned char *bytes = malloc(size + (size == 0));

    fuzz_must(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    zone = zone_from_tzif(bytes, size, &err);
    fuzz_must((zone == NULL) == (err.code != ERROR_NONE));
    if (zone)
        look(zone);
    zone = zone_from_posix(text, NULL);
    if (zone)
        look(zone);
    zone = zone_from_offset_text(text, NULL);
    if (zone)
        look(zone);
    free(bytes);
    free(text);
    return 0;
}
