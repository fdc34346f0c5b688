/* watch.h - lines in the error log about checks that become critical (alerts_watch of alerts.h). */
#ifndef PURSER_ALERT_WATCH_H
#define PURSER_ALERT_WATCH_H

#include <stdbool.h>

/** Called by init. */
void watch_reset(void);

/** For those that send: is there something from memory (emergency.h) that is tried by the clock?
   Who lets it begin wakes them (post_wake). */
bool watch_hangs(void);

/** For those that send: write the lines that alerts_watch has left. */
void watch_log(void);

#endif
