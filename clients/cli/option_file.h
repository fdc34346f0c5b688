/*
  option_file.h - my.cnf: the groups [client], [client-server], [client-mariadb], [purser], in the
  order in which MariaDB's own clients read them.
*/
#ifndef PURSER_CLI_OPTION_FILE_H
#define PURSER_CLI_OPTION_FILE_H

#include "general.h"

/**
  Set what the option files say. settings has those options already that say which files to read.
  An option that is unknown in [purser] is an error; in the groups of all clients it is for others.
  @retval 0 or -1 (failure says file and line)
*/
int option_files_read(struct settings *settings, struct failure *failure);

#endif
