/* sim_load.h - JSON lines into the store. The form of a line is in README.md. */
#ifndef SIM_LOAD_H
#define SIM_LOAD_H

#include <stddef.h>

/**
  Load the lines of a text; empty lines are passed over. All or nothing: nothing is stored where a
  line is wrong. Takes the write lock itself.
  @param loaded  number of records @param error  what is wrong, with its line number
  @return 0, or -1 with error
*/
int sim_load_text(const char *text, size_t len, size_t *loaded, char *error, size_t error_size);

/** The same for a file, but for "all or nothing": the process is expected to end when it fails. */
int sim_load_file(const char *path, size_t *loaded, char *error, size_t error_size);

#endif
