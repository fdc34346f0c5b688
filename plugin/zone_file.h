/* zone_file.h - finds a named time zone on this machine. */
#ifndef PURSER_ZONE_FILE_H
#define PURSER_ZONE_FILE_H

#include "../udf/error.h"
#include "../udf/zone.h"

/**
  @param name  "SYSTEM" (the TZ variable the server was started with, else /etc/localtime, else
  UTC), an offset ("+02:00"), "UTC", or an IANA name ("Africa/Blantyre"): letters, digits, '_', '-',
               '+' and '/', no "..", found below /usr/share/zoneinfo
  @return new (zone_destroy), or NULL with err that says what to do
*/
struct zone *zone_load(const char *name, struct error *err);

#endif
