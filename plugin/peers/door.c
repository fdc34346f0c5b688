/* door.c - see door.h. */
#include "door.h"

#include "../../udf/ratelimit/service.h"
#include "../status.h"

struct peer_inbox peers_inbox = PEER_INBOX_INIT;

bool peers_listen(void)
{
    return peer_inbox_is_open(&peers_inbox);
}

void peers_take(const uint8_t *bytes, size_t len, struct peer_receipt *receipt)
{
    peer_inbox_take(&peers_inbox, bytes, len, rate_clock(), receipt);
    if (receipt->counted)
        status_add(&purser_status.rate_peer_received, 1);
    else if (receipt->status != 200)
        status_add(&purser_status.rate_peer_refused, 1);
    status_add(&purser_status.rate_peer_changes_received, receipt->changes);
}
