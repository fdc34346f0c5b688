/*
  rate_client.c - clients of ./dev bench ratelimit: so many connections ask for so many seconds
  whether a random one of 10,000 users may call.

  rate_client KIND CONNECTIONS SECONDS MARIADB_SOCKET USER REDIS_SOCKET SCRIPT_SHA
  prints the checks a second of all connections together, and the microseconds within which half of
  them and 99 of 100 were answered. KIND: purser, empty   a prepared statement with
  purser_rate_limit or bench_empty purser-row      one prepared statement that checks and reads an
  order redis-lua       EVALSHA of a script with the sorted-set method redis-four      its four
  commands, one after the other redis-row       redis-lua, then a prepared statement that reads the
  order
*/
#include <mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define USERS 10000
#define CONNECTIONS_MAX 64
#define LONGEST 100000 /* microseconds: what takes longer counts as this */

struct setting {
    const char *kind, *mariadb_socket, *user, *redis_socket, *sha;
    double seconds;
};

struct client {
    const struct setting *setting;
    uint64_t random;
    long checks;
    uint32_t *took; /* how many took so many microseconds */
    int redis;
    MYSQL *mysql;
    MYSQL_STMT *statement;
    char identifier[32];
    unsigned long identifier_len;
    long long row_id;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "rate_client: %s\n", what);
    exit(1);
}

static void connect_redis(struct client *c)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", c->setting->redis_socket);
    c->redis = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(c->redis, (struct sockaddr *)&address, sizeof(address)) != 0)
        give_up("cannot connect to redis");
}

static const char *statement_of(const char *kind)
{
    return strcmp(kind, "purser") == 0  ? "SELECT purser_rate_limit(?, '/api', 100, 3600)"
           : strcmp(kind, "empty") == 0 ? "SELECT bench_empty(?, '/api', 100, 3600)"
           : strcmp(kind, "purser-row") == 0
               ? "SELECT purser_rate_limit(?, '/api', 100, 3600), total_amount, payment_status"
                 " FROM itsxtrapush_db.orders WHERE id = ?"
               : "SELECT total_amount, payment_status FROM itsxtrapush_db.orders WHERE id = ?";
}

static void connect_mariadb(struct client *c)
{
    const char *text = statement_of(c->setting->kind);
    bool identifier = strstr(text, "(?") != NULL, row = strstr(text, "id = ?") != NULL;
    MYSQL_BIND bind[2];
    int n = 0;

    memset(bind, 0, sizeof(bind));
    if (identifier) {
        bind[n].buffer_type = MYSQL_TYPE_STRING;
        bind[n].buffer = c->identifier;
        bind[n].buffer_length = sizeof(c->identifier);
        bind[n++].length = &c->identifier_len;
    }
    if (row) {
        bind[n].buffer_type = MYSQL_TYPE_LONGLONG;
        bind[n].buffer = &c->row_id;
    }
    c->mysql = mysql_init(NULL);
    if (!c->mysql || !mysql_real_connect(c->mysql, NULL, c->setting->user, NULL, NULL, 0,
                                         c->setting->mariadb_socket, 0))
        give_up(c->mysql ? mysql_error(c->mysql) : "no memory");
    c->statement = mysql_stmt_init(c->mysql);
    if (!c->statement || mysql_stmt_prepare(c->statement, text, strlen(text)) != 0 ||
        mysql_stmt_bind_param(c->statement, bind) != 0)
        give_up(mysql_error(c->mysql));
}

static void ask_mariadb(struct client *c)
{
    if (mysql_stmt_execute(c->statement) != 0)
        give_up(mysql_stmt_error(c->statement));
    while (mysql_stmt_fetch(c->statement) == 0)
        ;
    mysql_stmt_free_result(c->statement);
}

/* One command and its answer, which is an integer or a short text. */
static void ask_redis(struct client *c, int n, const char *const *words)
{
    char buffer[1024];
    int len = snprintf(buffer, sizeof(buffer), "*%d\r\n", n), i;

    for (i = 0; i < n; i++)
        len += snprintf(buffer + len, sizeof(buffer) - (size_t)len, "$%zu\r\n%s\r\n",
                        strlen(words[i]), words[i]);
    if (write(c->redis, buffer, (size_t)len) != len)
        give_up("cannot write to redis");
    len = (int)read(c->redis, buffer, sizeof(buffer));
    if (len <= 0 || buffer[0] == '-')
        give_up(len > 0 ? strtok(buffer, "\r") : "redis has gone");
}

static void redis_times(char at[32], char before[32], char member[64], struct client *c)
{
    struct timespec t;
    long long us;

    clock_gettime(CLOCK_REALTIME, &t);
    us = (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    snprintf(at, 32, "%lld", us);
    snprintf(before, 32, "%lld", us - 3600LL * 1000000);
    snprintf(member, 64, "%lld-%04x", us, (unsigned)(c->random & 0xffff));
}

static void ask_redis_script(struct client *c)
{
    char at[32], before[32], member[64];
    const char *words[] = {"EVALSHA", c->setting->sha, "1",   c->identifier, at,
                           before,    member,          "100", "3600"};

    redis_times(at, before, member, c);
    ask_redis(c, 9, words);
}

static void ask_redis_four(struct client *c)
{
    char at[32], before[32], member[64];
    const char *trim[] = {"ZREMRANGEBYSCORE", c->identifier, "0", before};
    const char *count[] = {"ZCARD", c->identifier};
    const char *add[] = {"ZADD", c->identifier, at, member};
    const char *expire[] = {"EXPIRE", c->identifier, "3600"};

    redis_times(at, before, member, c);
    ask_redis(c, 4, trim);
    ask_redis(c, 2, count);
    ask_redis(c, 4, add);
    ask_redis(c, 3, expire);
}

static void *run(void *context)
{
    struct client *c = context;
    const char *kind = c->setting->kind;
    bool redis = strncmp(kind, "redis", 5) == 0, four = strcmp(kind, "redis-four") == 0;
    bool mariadb = !redis || strcmp(kind, "redis-row") == 0;
    double begin, end, done;

    if (redis)
        connect_redis(c);
    if (mariadb)
        connect_mariadb(c);
    begin = now();
    end = begin + c->setting->seconds;
    while (begin < end) {
        c->random ^= c->random << 13;
        c->random ^= c->random >> 7;
        c->random ^= c->random << 17;
        c->row_id = 1001 + (long long)(c->random >> 20) % 500;
        c->identifier_len =
            (unsigned long)snprintf(c->identifier, sizeof(c->identifier), "user-%llu",
                                    (unsigned long long)(c->random % USERS));
        if (four)
            ask_redis_four(c);
        else if (redis)
            ask_redis_script(c);
        if (mariadb)
            ask_mariadb(c);
        done = now();
        c->took[(done - begin) * 1e6 < LONGEST ? (int)((done - begin) * 1e6) : LONGEST]++;
        c->checks++;
        begin = done;
    }
    if (mariadb) {
        mysql_stmt_close(c->statement);
        mysql_close(c->mysql);
    }
    return NULL;
}

/* The microseconds within which a share of all were answered. */
static int percentile(const struct client *clients, int n, long checks, double share)
{
    long seen = 0;
    int us, i;

    for (us = 0; us <= LONGEST; us++) {
        for (i = 0; i < n; i++)
            seen += clients[i].took[us];
        if ((double)seen >= share * (double)checks)
            break;
    }
    return us;
}

int main(int argc, char **argv)
{
    struct setting setting;
    struct client clients[CONNECTIONS_MAX];
    pthread_t threads[CONNECTIONS_MAX];
    long checks = 0;
    int i, n;

    if (argc != 8)
        give_up("see the head of rate_client.c");
    setting = (struct setting){argv[1], argv[4], argv[5], argv[6], argv[7], strtod(argv[3], NULL)};
    n = (int)strtol(argv[2], NULL, 10);
    if (n < 1 || n > CONNECTIONS_MAX || mysql_library_init(0, NULL, NULL) != 0)
        give_up("1 to 64 connections");
    memset(clients, 0, sizeof(clients));
    for (i = 0; i < n; i++) {
        clients[i].setting = &setting;
        clients[i].random = 88172645463325252ULL + (uint64_t)i * 7919;
        clients[i].took = calloc(LONGEST + 1, sizeof(*clients[i].took));
        if (!clients[i].took || pthread_create(&threads[i], NULL, run, &clients[i]) != 0)
            give_up("cannot start a thread");
    }
    for (i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        checks += clients[i].checks;
    }
    printf("%.0f %d %d\n", (double)checks / setting.seconds, percentile(clients, n, checks, 0.5),
           percentile(clients, n, checks, 0.99));
    for (i = 0; i < n; i++)
        free(clients[i].took);
    return 0;
}
