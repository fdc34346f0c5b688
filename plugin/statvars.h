/* statvars.h - the status variables Purser_*; docs/variables.md describes them. */
#ifndef PURSER_STATVARS_H
#define PURSER_STATVARS_H

#include <mysql/plugin.h>

/** For the plugin's declaration. */
extern struct st_mysql_show_var purser_status_variables[];

#endif
