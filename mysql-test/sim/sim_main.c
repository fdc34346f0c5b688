/* sim_main.c - purser-sim: the command line, and the process from start to end. */
#include "sim_ctl.h"
#include "sim_generate.h"
#include "sim_load.h"
#include "sim_raw.h"
#include "sim_value.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct settings {
    struct sim_config http;
    struct sim_generate generate; /* count 0: none */
    const char *port_file, *data, *date;
    int locations;
    int64_t max_seconds;
};

enum option_code {
    O_PORT = 256,
    O_PORT_FILE,
    O_DATA,
    O_GENERATE,
    O_SEED,
    O_DATE,
    O_GATEWAY,
    O_TOKEN_SQUARE,
    O_TOKEN_PAYCHANGU,
    O_LOCATIONS,
    O_MAX_SECONDS
};

static int usage(void)
{
    fputs("usage: purser-sim serve [--port N] [--port-file FILE] [--data FILE.jsonl]\n"
          "           [--generate N --seed S --date YYYY-MM-DD --gateway square|paychangu]\n"
          "           [--token-square T] [--token-paychangu T] [--locations K]\n"
          "           [--max-seconds N]\n"
          "       purser-sim ctl PORT METHOD PATH [BODY | @FILE | -] [--bearer TOKEN]\n",
          stderr);
    return 2;
}

static int number(const char *text, int64_t min, int64_t max, int64_t *to)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno || end == text || *end || value < min || value > max) {
        fprintf(stderr, "purser-sim: '%s' is not a number from %lld to %lld\n", text,
                (long long)min, (long long)max);
        return -1;
    }
    *to = value;
    return 0;
}

static int take_option(int code, const char *text, struct settings *s)
{
    int64_t value = 0;
    int rc = 0;

    if (code == O_PORT) {
        rc = number(text, 0, 65535, &value);
        s->http.port = (uint16_t)value;
    } else if (code == O_PORT_FILE) {
        s->port_file = text;
    } else if (code == O_DATA) {
        s->data = text;
    } else if (code == O_GENERATE) {
        rc = number(text, 1, SIM_GENERATE_MAX, &s->generate.count);
    } else if (code == O_SEED) {
        rc = number(text, 0, INT64_MAX, &value);
        s->generate.seed = (uint64_t)value;
    } else if (code == O_DATE) {
        s->date = text;
        rc = strlen(text) == 10 ? sim_time_parse(text, &s->generate.date) : -1;
    } else if (code == O_GATEWAY) {
        rc = sim_word(sim_gateway_names, SIM_GATEWAYS, text);
        s->generate.gateway = rc < 0 ? SIM_SQUARE : (enum sim_gateway)rc;
    } else if (code == O_TOKEN_SQUARE) {
        s->http.tokens[SIM_SQUARE] = text;
    } else if (code == O_TOKEN_PAYCHANGU) {
        s->http.tokens[SIM_PAYCHANGU] = text;
    } else if (code == O_LOCATIONS) {
        rc = number(text, 1, SIM_LOCATIONS_MAX, &value);
        s->locations = (int)value;
    } else if (code == O_MAX_SECONDS) {
        rc = number(text, 1, 86400, &s->max_seconds);
    } else {
        rc = -1;
    }
    return rc < 0 ? -1 : 0;
}

static int read_settings(int argc, char **argv, struct settings *s)
{
    static const struct option options[] = {
        {"port", required_argument, NULL, O_PORT},
        {"port-file", required_argument, NULL, O_PORT_FILE},
        {"data", required_argument, NULL, O_DATA},
        {"generate", required_argument, NULL, O_GENERATE},
        {"seed", required_argument, NULL, O_SEED},
        {"date", required_argument, NULL, O_DATE},
        {"gateway", required_argument, NULL, O_GATEWAY},
        {"token-square", required_argument, NULL, O_TOKEN_SQUARE},
        {"token-paychangu", required_argument, NULL, O_TOKEN_PAYCHANGU},
        {"locations", required_argument, NULL, O_LOCATIONS},
        {"max-seconds", required_argument, NULL, O_MAX_SECONDS},
        {NULL, 0, NULL, 0},
    };
    int code;

    while ((code = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (take_option(code, optarg, s))
            return -1;
    if (optind != argc)
        return -1;
    if (s->generate.count && !s->date) {
        fputs("purser-sim: --generate needs --date\n", stderr);
        return -1;
    }
    return 0;
}

/* By rename, so that whoever waits for the file never sees half of it. */
static int write_port_file(const char *path, uint16_t port)
{
    struct sim_text name = {0};
    FILE *file = NULL;
    int rc = -1;

    sim_text_printf(&name, "%s.%ld.tmp", path, (long)getpid());
    if (name.data)
        file = fopen(name.data, "we");
    if (file) {
        rc = fprintf(file, "%u\n", port) < 0 ? -1 : 0;
        if (fclose(file) || rc || rename(name.data, path))
            rc = -1;
    }
    if (rc)
        fprintf(stderr, "purser-sim: %s: %s\n", path, strerror(errno));
    sim_text_free(&name);
    return rc;
}

static int fill(const struct settings *s)
{
    char error[512];
    size_t loaded;

    if (sim_data_init(s->locations))
        return -1;
    if (s->data && sim_load_file(s->data, &loaded, error, sizeof(error))) {
        fprintf(stderr, "purser-sim: %s\n", error);
        return -1;
    }
    if (s->generate.count && sim_generate(&s->generate)) {
        fputs("purser-sim: no memory\n", stderr);
        return -1;
    }
    return 0;
}

/* Until a signal comes or the time is over. Signals are blocked in all threads, and taken here. */
static void wait_for_end(const sigset_t *signals, int64_t seconds)
{
    struct timespec now, left;
    int64_t end;

    clock_gettime(CLOCK_MONOTONIC, &now);
    for (end = now.tv_sec + seconds; now.tv_sec < end; clock_gettime(CLOCK_MONOTONIC, &now)) {
        left = (struct timespec){.tv_sec = end - now.tv_sec};
        if (sigtimedwait(signals, NULL, &left) > 0)
            return;
    }
    fputs("purser-sim: its time is over (--max-seconds)\n", stderr);
}

static int serve(int argc, char **argv)
{
    struct settings s = {.locations = 1, .max_seconds = 3600};
    sigset_t signals;
    uint16_t port;
    int rc = 1;

    if (read_settings(argc, argv, &s))
        return usage();
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    if (fill(&s) || sim_wait_start())
        goto end;
    if (sim_http_start(&s.http, &port)) {
        fprintf(stderr, "purser-sim: cannot listen on 127.0.0.1:%u: %s\n", s.http.port,
                strerror(errno));
        goto end;
    }
    printf("purser-sim: listening on 127.0.0.1:%u\n", port);
    fflush(stdout);
    if (!s.port_file || !write_port_file(s.port_file, port)) {
        wait_for_end(&signals, s.max_seconds);
        rc = 0;
        if (s.port_file)
            unlink(s.port_file);
    }
    sim_wait_stop();
    sim_http_stop();
end:
    sim_fault_clear(-1);
    sim_data_free();
    return rc;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "serve"))
        return serve(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "ctl"))
        return sim_ctl(argc - 2, argv + 2);
    return usage();
}
