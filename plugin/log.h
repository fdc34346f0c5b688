/* log.h - lines in the server's error log, each beginning "Purser: ". */
#ifndef PURSER_LOG_H
#define PURSER_LOG_H

/** Write a line; control bytes are replaced by blanks, over-long text is cut. Any thread. Never
   given a secret. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
