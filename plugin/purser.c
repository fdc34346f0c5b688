/*
  purser.c - the plugin as the server sees it: declaration, init and deinit.

  THREADS: init starts the worker's threads (worker.h) and returns at once; it runs no SQL and waits
  for nothing. deinit stops and joins them within 5 seconds. The server calls deinit also after an
  init that failed, and at shutdown, when no SQL is possible any more.

  VERSIONS: the interface version, which is the server's exact version, is filled in when the object
  is loaded (compat.h); init then judges by itself whether it knows this server.
*/
#include <mysql/plugin.h>

#include "account.h"
#include "compat.h"
#include "db.h"
#include "http_client.h"
#include "log.h"
#include "purser_schema.h"
#include "secrets_cache.h"
#include "server.h"
#include "status.h"
#include "statvars.h"
#include "sysvars.h"
#include "worker.h"

extern struct st_maria_plugin COMPAT_VERSION_CARRIER[] __attribute__((weak));

static struct st_mysql_daemon descriptor = {MYSQL_DAEMON_INTERFACE_VERSION};

__attribute__((constructor)) static void take_server_version(void)
{
    if (COMPAT_VERSION_CARRIER && COMPAT_VERSION_CARRIER[0].info)
        descriptor.interface_version = *(int *)COMPAT_VERSION_CARRIER[0].info;
}

static int check_server(struct error *err)
{
    int version = descriptor.interface_version >> 8;

    if (!compat_server_is_accepted(version))
        return error_set(err, ERROR_CONFIG,
                         "this server is MariaDB %d.%d.%d; Purser " PURSER_VERSION
                         " works with " COMPAT_SERVERS,
                         version / 10000, version / 100 % 100, version % 100);
    if (!compat_server_is_tested(version))
        log_note("Purser " PURSER_VERSION " was tested with MariaDB 10.11 and 11.8, not with %d.%d",
                 version / 10000, version / 100 % 100);
    return 0;
}

static int purser_init(void *plugin)
{
    struct error err = {0};

    (void)plugin;
    status_reset();
    if (check_server(&err) != 0 || sysvars_begin(&err) != 0)
        goto fail;
    if (http_global_init() != 0 || db_global_init() != 0) {
        error_set(&err, ERROR_MEMORY, "a library cannot be initialised");
        goto fail;
    }
    if (worker_start(&err) != 0)
        goto fail;
    return 0;
fail:
    error_prefix(&err, "cannot start: ");
    log_error("%s", err.text);
    if (server_started()) /* INSTALL: there is a client to tell */
        server_raise(err.text);
    return 1;
}

static int purser_deinit(void *plugin)
{
    (void)plugin;
    worker_stop();
    sysvars_end();
    secrets_cache_forget();
    return 0;
}

/* The library hides its symbols; these the server looks up. */
#pragma GCC visibility push(default)
maria_declare_plugin(purser){
    MYSQL_DAEMON_PLUGIN,
    &descriptor,
    "purser",
    "The Purser developers",
    "Reconciles payments with gateways and minds the shop next to its data",
    PLUGIN_LICENSE_GPL,
    purser_init,
    purser_deinit,
    0x0001,
    purser_status_variables,
    purser_system_variables,
    PURSER_VERSION,
    MariaDB_PLUGIN_MATURITY_GAMMA,
} maria_declare_plugin_end;
#pragma GCC visibility pop
