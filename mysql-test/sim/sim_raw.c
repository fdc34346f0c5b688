/* The only state is stop_event: written once by sim_wait_stop(), polled by every thread that waits.
 */
#include "sim_raw.h"

#include <errno.h>
#include <poll.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define WRITE_TIMEOUT_MS 60000
#define HANG_MS 3600000
#define HUGE_PIECE ((size_t)1 << 20)

static int stop_event = -1;

int sim_wait_start(void)
{
    stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return stop_event < 0 ? -1 : 0;
}

void sim_wait_stop(void)
{
    uint64_t one = 1;
    ssize_t written = write(stop_event, &one, sizeof(one));

    (void)written; /* the counter is already above zero if this fails, which serves as well */
}

/* poll() until an event on the socket or the time is over. @return 1 event, 0 time over, -1 stop */
static int wait_for(int socket, short events, int ms)
{
    struct pollfd fds[2] = {{.fd = socket, .events = events}, {.fd = stop_event, .events = POLLIN}};
    int rc = poll(fds, 2, ms);

    if (rc < 0 && errno != EINTR)
        return -1;
    if (fds[1].revents)
        return -1;
    return rc > 0;
}

int sim_wait(int socket, int ms)
{
    return ms <= 0 ? 0 : wait_for(socket, POLLRDHUP, ms) ? -1 : 0;
}

static int write_all(int socket, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = send(socket, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (wait_for(socket, POLLOUT, WRITE_TIMEOUT_MS) != 1)
                return -1;
        } else if (errno != EINTR) {
            return -1;
        }
    }
    return 0;
}

static int write_head(int socket, const struct sim_answer *a, long long content_length)
{
    struct sim_text head = {0};
    int rc = -1;

    sim_text_printf(&head, "HTTP/1.1 %d %s\r\nConnection: close\r\nContent-Type: %s\r\n", a->status,
                    a->status == 200 ? "OK" : "Error", a->type ? a->type : "application/json");
    if (*a->retry_after)
        sim_text_printf(&head, "Retry-After: %s\r\n", a->retry_after);
    if (*a->location)
        sim_text_printf(&head, "Location: %s\r\n", a->location);
    if (content_length >= 0)
        sim_text_printf(&head, "Content-Length: %lld\r\n\r\n", content_length);
    else
        SIM_TEXT_LIT(&head, "Transfer-Encoding: chunked\r\n\r\n");
    if (!head.failed)
        rc = write_all(socket, head.data, head.len);
    sim_text_free(&head);
    return rc;
}

/* All but the last byte, then the request ends for the statistics, then the last byte. */
static void write_last(struct sim_request *rq, const char *bytes, size_t len)
{
    int socket = sim_request_socket(rq);

    if (len > 1 && write_all(socket, bytes, len - 1))
        return;
    sim_request_leave(rq);
    if (len)
        write_all(socket, bytes + len - 1, 1);
}

static void send_slowly(struct sim_request *rq, const struct sim_answer *a,
                        const struct sim_fault *f)
{
    int socket = sim_request_socket(rq);
    size_t piece = (size_t)f->amount, sent = 0;

    if (write_head(socket, a, (long long)a->body.len))
        return;
    for (; a->body.len - sent > piece; sent += piece)
        if (write_all(socket, a->body.data + sent, piece) || sim_wait(socket, f->ms))
            return;
    write_last(rq, a->body.data + sent, a->body.len - sent);
}

static void send_after_stall(struct sim_request *rq, const struct sim_answer *a,
                             const struct sim_fault *f)
{
    int socket = sim_request_socket(rq);

    if (write_head(socket, a, (long long)a->body.len) || sim_wait(socket, f->ms))
        return;
    write_last(rq, a->body.data, a->body.len);
}

/* One JSON object whose only key has that many MiB, in chunks. */
static void send_huge(struct sim_request *rq, const struct sim_answer *a, const struct sim_fault *f)
{
    static const char tail[] = "5\r\n\":1}\n\r\n0\r\n\r\n";
    int socket = sim_request_socket(rq), i;
    char *piece = malloc(HUGE_PIECE);

    if (!piece)
        return;
    memset(piece, 'x', HUGE_PIECE);
    if (write_head(socket, a, -1) || write_all(socket, "2\r\n{\"\r\n", 7))
        goto end;
    for (i = 0; i < f->amount; i++)
        if (write_all(socket, "100000\r\n", 8) || write_all(socket, piece, HUGE_PIECE) ||
            write_all(socket, "\r\n", 2))
            goto end;
    write_last(rq, tail, sizeof(tail) - 1);
end:
    free(piece);
}

static void drop(struct sim_request *rq, const struct sim_answer *a, const struct sim_fault *f)
{
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    int socket = sim_request_socket(rq);

    if (f->middle && !write_head(socket, a, (long long)a->body.len))
        write_all(socket, a->body.data, a->body.len / 2);
    sim_request_leave(rq);
    /* libmicrohttpd will shut the socket down in order, so the RST has to be out before. */
    if (f->reset && connect(socket, &nowhere, sizeof(nowhere)))
        shutdown(socket, SHUT_RDWR);
}

bool sim_raw_needed(const struct sim_plan *plan)
{
    enum sim_fault_kind answer = plan->answer.kind, delivery = plan->delivery.kind;

    return answer == SIM_FAULT_HANG || answer == SIM_FAULT_DROP_CONNECTION ||
           answer == SIM_FAULT_HUGE_BODY || delivery == SIM_FAULT_SLOW_BODY ||
           delivery == SIM_FAULT_FIRST_BYTE_STALL || delivery == SIM_FAULT_WRONG_CONTENT_LENGTH;
}

void sim_raw_send(struct sim_request *rq, const struct sim_answer *answer)
{
    const struct sim_plan *plan = sim_request_plan(rq);
    int socket = sim_request_socket(rq), on = 1;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (plan->answer.kind == SIM_FAULT_HANG)
        sim_wait(socket, HANG_MS);
    else if (plan->answer.kind == SIM_FAULT_DROP_CONNECTION)
        drop(rq, answer, &plan->answer);
    else if (plan->answer.kind == SIM_FAULT_HUGE_BODY)
        send_huge(rq, answer, &plan->answer);
    else if (plan->delivery.kind == SIM_FAULT_SLOW_BODY)
        send_slowly(rq, answer, &plan->delivery);
    else if (plan->delivery.kind == SIM_FAULT_FIRST_BYTE_STALL)
        send_after_stall(rq, answer, &plan->delivery);
    else if (!write_head(socket, answer, (long long)answer->body.len + plan->delivery.amount))
        write_last(rq, answer->body.data, answer->body.len);
}
