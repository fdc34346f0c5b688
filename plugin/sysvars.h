/* sysvars.h - the system variables purser_*; docs/variables.md describes them. */
#ifndef PURSER_SYSVARS_H
#define PURSER_SYSVARS_H

#include "../udf/error.h"

struct st_mysql_sys_var;

/** For the plugin's declaration. */
extern struct st_mysql_sys_var *purser_system_variables[];

/** Take over the values that the server has set (my.cnf, command line, defaults); called by init.
    @retval -1 err: a value from my.cnf is not usable, says which and why */
int sysvars_begin(struct error *err);

/** Called by deinit: the server resets the variables to values of its own. */
void sysvars_end(void);

#endif
