/* redis.c - see redis.h. */
#include "redis.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat.h"
#include "stop.h"

#define SLICE_MS 10 /* between two looks whether to give up */
#define CHUNK 2048

struct redis {
    int fd;
    redisReader *reader;
};

/* ---- what the reader finds: it fills an answer, and makes no objects */

static struct redis_answer *answer_of(const redisReadTask *task)
{
    while (task->parent)
        task = task->parent;
    return task->privdata;
}

/* The first words of the errors that Redis and Valkey give; others say nothing that is known to be
   free of secrets. */
static const char *word_of(const char *text, size_t len)
{
    static const char *const words[] = {
        REDIS_FULL, "BUSY",     "CLUSTERDOWN", "CROSSSLOT", "ERR",        "LOADING",  "MASTERDOWN",
        "MISCONF",  "MOVED",    "NOAUTH",      "NOPERM",    "NOREPLICAS", "NOSCRIPT", "OOM",
        "READONLY", "TRYAGAIN", "WRONGPASS",   "WRONGTYPE", "ASK"};
    size_t i, n;

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        n = strlen(words[i]);
        if (len >= n && memcmp(text, words[i], n) == 0 && (len == n || text[n] == ' '))
            return words[i];
    }
    return "";
}

static void *create_string(const redisReadTask *task, char *text, size_t len)
{
    struct redis_answer *answer = answer_of(task);
    const char *word;

    if (task->parent)
        return answer; /* none of our commands asks for a list of texts */
    if (task->type == REDIS_REPLY_ERROR) {
        answer->type = REDIS_ERROR;
        word = word_of(text, len);
        memcpy(answer->text, word, strlen(word) + 1);
        return answer;
    }
    answer->type = REDIS_TEXT;
    len = len < REDIS_TEXT_SIZE ? len : REDIS_TEXT_SIZE - 1;
    memcpy(answer->text, text, len);
    answer->text[len] = '\0';
    return answer;
}

/* NULL ends the reading: no list is as long, none is within another. */
static void *create_array(const redisReadTask *task, compat_redis_count n)
{
    struct redis_answer *answer = answer_of(task);

    if (task->parent || n > REDIS_ELEMENTS_MAX)
        return NULL;
    answer->type = REDIS_INTEGERS;
    return answer;
}

static void *create_integer(const redisReadTask *task, long long value)
{
    struct redis_answer *answer = answer_of(task);

    if (!task->parent) {
        answer->type = REDIS_INTEGER;
        answer->integer = value;
    } else if (answer->n < REDIS_ELEMENTS_MAX) {
        answer->element[answer->n++] = value;
    }
    return answer;
}

static void *create_nil(const redisReadTask *task)
{
    return answer_of(task);
}

static void free_nothing(void *object)
{
    (void)object;
}

static redisReplyObjectFunctions functions = {
    .createString = create_string,
    .createArray = create_array,
    .createInteger = create_integer,
    .createNil = create_nil,
    .freeObject = free_nothing,
};

/* ---- the socket */

/* Wait until the socket can be read or written, or says why not. */
static int wait_for(int fd, short events, const struct redis_patience *patience, struct error *err)
{
    struct pollfd waiting = {.fd = fd, .events = events};
    int64_t left;
    int rc;

    for (;;) {
        left = patience->deadline_ns - clock_ns();
        if (left <= 0)
            return error_set(err, ERROR_REMOTE, "no answer in time");
        if (patience->give_up && patience->give_up(patience->context))
            return error_set(err, ERROR_STOPPED, "given up");
        left = (left + 999999) / 1000000;
        rc = poll(&waiting, 1, left < SLICE_MS ? (int)left : SLICE_MS);
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return error_set(err, ERROR_REMOTE, "%s", strerrordesc_np(errno));
    }
}

static int connect_to(int fd, const struct sockaddr *address, socklen_t len,
                      const struct redis_patience *patience, struct error *err)
{
    int problem = 0, one = 1;
    socklen_t size = sizeof(problem);

    /* A local socket whose queue is full says EAGAIN, and nothing tells when it no longer is. */
    if (connect(fd, address, len) != 0) {
        if (errno != EINPROGRESS && errno != EINTR)
            return error_set(err, ERROR_REMOTE, "no connection: %s", strerrordesc_np(errno));
        if (wait_for(fd, POLLOUT, patience, err) != 0)
            return -1;
        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0)
            problem = errno;
        if (problem != 0)
            return error_set(err, ERROR_REMOTE, "no connection: %s", strerrordesc_np(problem));
    }
    if (address->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return 0;
}

struct redis *redis_open(const struct sockaddr *address, socklen_t len,
                         const struct redis_patience *patience, struct error *err)
{
    struct redis *redis = calloc(1, sizeof(*redis));

    if (redis)
        redis->reader = redisReaderCreateWithFunctions(&functions);
    if (!redis || !redis->reader) {
        error_set(err, ERROR_MEMORY, "out of memory");
        free(redis);
        return NULL;
    }
    redis->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (redis->fd < 0)
        error_set(err, ERROR_REMOTE, "no socket: %s", strerrordesc_np(errno));
    else if (connect_to(redis->fd, address, len, patience, err) == 0)
        return redis;
    redis_close(redis);
    return NULL;
}

void redis_close(struct redis *redis)
{
    if (!redis)
        return;
    if (redis->fd >= 0)
        close(redis->fd);
    redisReaderFree(redis->reader);
    free(redis);
}

bool redis_is_stale(const struct redis *redis)
{
    struct pollfd idle = {.fd = redis->fd, .events = POLLIN | POLLRDHUP};

    return poll(&idle, 1, 0) != 0;
}

static int send_all(int fd, const char *bytes, size_t len, const struct redis_patience *patience,
                    struct error *err)
{
    ssize_t n;

    while (len > 0) {
        n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (wait_for(fd, POLLOUT, patience, err) != 0)
                return -1;
            continue;
        }
        if (n < 0)
            return error_set(err, ERROR_REMOTE, "%s", strerrordesc_np(errno));
        bytes += n;
        len -= (size_t)n;
    }
    return 0;
}

static int receive(struct redis *redis, const struct redis_patience *patience,
                   struct redis_answer *answer, struct error *err)
{
    char chunk[CHUNK];
    size_t total = 0;
    void *done = NULL;
    ssize_t n;

    redis->reader->privdata = answer;
    while (!done) {
        n = recv(redis->fd, chunk, sizeof(chunk), 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (wait_for(redis->fd, POLLIN, patience, err) != 0)
                return -1;
            continue;
        }
        if (n <= 0)
            return error_set(err, ERROR_REMOTE, "the connection was closed");
        total += (size_t)n;
        if (total > REDIS_ANSWER_MAX)
            return error_set(err, ERROR_REMOTE, "the answer is too long");
        if (clock_ns() > patience->deadline_ns) /* also of who never stops sending */
            return error_set(err, ERROR_REMOTE, "no answer in time");
        if (redisReaderFeed(redis->reader, chunk, (size_t)n) != REDIS_OK)
            return error_set(err, ERROR_MEMORY, "out of memory");
        if (redisReaderGetReply(redis->reader, &done) != REDIS_OK)
            return error_set(err, ERROR_REMOTE, "what answers does not speak Redis's protocol");
    }
    if (redis->reader->len > redis->reader->pos)
        return error_set(err, ERROR_REMOTE, "more than one answer came");
    return 0;
}

int redis_call(struct redis *redis, int argc, const char *const *argv, const size_t *len,
               const struct redis_patience *patience, struct redis_answer *answer,
               struct error *err)
{
    char *command = NULL;
    long long n = redisFormatCommandArgv(&command, argc, (const char **)(uintptr_t)argv, len);
    int rc;

    memset(answer, 0, sizeof(*answer));
    if (n < 0)
        return error_set(err, ERROR_MEMORY, "out of memory");
    rc = send_all(redis->fd, command, (size_t)n, patience, err);
    explicit_bzero(command, (size_t)n); /* it may be a password */
    redisFreeCommand(command);
    return rc == 0 ? receive(redis, patience, answer, err) : -1;
}
