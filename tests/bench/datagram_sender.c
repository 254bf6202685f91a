/* Datagrams of 200 bytes on loopback, as many as go or at a pace, to a socket that does not read.
 *
 *     datagram_sender SECONDS [DATAGRAMS_A_SECOND]
 *
 * Says how many it sent. */
#include "tests/bench/bench.h"

#define BATCH 64
#define BYTES 200

static int sink(struct sockaddr_in *ret)
{
    socklen_t len = sizeof(*ret);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    *ret =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || bind(fd, (struct sockaddr *)ret, len) < 0 ||
        getsockname(fd, (struct sockaddr *)ret, &len) < 0)
        err(1, "sink");
    return fd;
}

/* Until it is time for the next batch. */
static void keep_pace(double begin, uint64_t sent, double rate)
{
    double ahead = (double)sent / rate - (bench_now_seconds() - begin);
    struct timespec pause = {.tv_nsec = (long)(ahead * 1e9)};

    if (ahead > 0)
        nanosleep(&pause, NULL);
}

int main(int argc, char **argv)
{
    static char bytes[BYTES];
    struct iovec vector = {.iov_base = bytes, .iov_len = sizeof(bytes)};
    struct mmsghdr messages[BATCH] = {0};
    struct sockaddr_in to;
    double seconds = argc > 1 ? atof(argv[1]) : 1, rate = argc > 2 ? atof(argv[2]) : 0;
    double begin;
    uint64_t sent = 0;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (sink(&to) < 0 || fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
        err(1, "socket");
    for (size_t i = 0; i < BATCH; i++)
        messages[i].msg_hdr = (struct msghdr){.msg_iov = &vector, .msg_iovlen = 1};
    begin = bench_now_seconds();
    while (bench_now_seconds() - begin < seconds) {
        int n = sendmmsg(fd, messages, BATCH, 0);

        if (n < 0)
            err(1, "sendmmsg");
        sent += (uint64_t)n;
        if (rate > 0)
            keep_pace(begin, sent, rate);
    }
    printf("%" PRIu64 "\n", sent);
    return 0;
}
