/*
  keep.h - who sees to the HTTP listener: starts it, and takes up what changes under it.

  THREADS: http_listener_keep is called by one thread, every few seconds or when settings have
  changed; http_listener_stop by deinit, also while that thread is still in the former.
*/
#ifndef PURSER_HTTP_KEEP_H
#define PURSER_HTTP_KEEP_H

#include <stdint.h>

#include "../settings.h"

/**
  Listen where the settings say so; a port that is taken, and a certificate that cannot be used, are
  a line in the log and tried again. Read the token file, the certificate and its key again when
  they have changed. Looks at three small files at most, once a second at most; no SQL, no network.
  To be called from when on the server accepts connections.
*/
void http_listener_keep(const struct settings *settings);

/** Close it. @param deadline_ms of clock_ms() */
void http_listener_stop(int64_t deadline_ms);

#endif
