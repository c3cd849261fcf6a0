// The load generator for sound: one who speaks and many who listen, in one thread, and a check of every byte that comes.
//
//     sound PORT LISTENERS [-n NARROW]
//
// Speaks to tests.bench.sounding. The first NARROW listeners (0) have a small receive buffer, so that they are felt when they
// stop reading. A packet's Opus begins with the time it was sent. Orders by lines on stdin; each is answered by a line of JSON:
//
//     connect              everybody comes in
//     speak R D B          R packets a second with B bytes of Opus for D seconds, and what comes of them
//     pause, resume        the narrow ones stop reading, and read again
//     quit

#include "frames.h"
#include "samples.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECOND 1000000000u
#define NARROW_BYTES 16384
#define HEAD 16
#define LARGEST 1291      // bytes of a packet
#define KEPT 4096         // packets that are kept to be compared
#define SETTLED 300000000u  // without news before all is taken to have come
#define PATIENCE 10       // seconds for everybody to come in

static struct seat {
    int fd, greeted, here, narrow, paused;
    int64_t next;  // the sequence number it must get next
    size_t have;
    unsigned char part[1 << 16];
} *seats;

static int n_seats, port, events, channel, source, paused;
static int64_t sent;  // packets, ever
static struct { size_t n; unsigned char bytes[LARGEST]; } kept[KEPT];
static struct samples delays, ages;
static uint64_t busy, news;
static struct {
    int64_t packets, messages, bytes;                            // what came
    int64_t skipped, reordered, different, malformed, closed;    // what must not
    int64_t missed;                                              // what those who had stopped were not sent
} count;

static void put_number(unsigned char *p, uint64_t value, int size) {
    for (int i = size; i-- > 0; value >>= 8) p[i] = (unsigned char)value;
}

static uint64_t get_number(const unsigned char *p, int size) {
    uint64_t value = 0;
    for (int i = 0; i < size; i++) value = value << 8 | p[i];
    return value;
}

// ── Listening ───────────────────────────────────────────────────────────────────────────────────────────────────────────

static void take_packet(struct seat *seat, const unsigned char *p, size_t n, uint64_t t, int newest) {
    if (n < HEAD + 8 || p[0] != 0x11 || p[1] != channel || get_number(p + 2, 2) != (uint64_t)source) {
        count.malformed++;
        return;
    }
    int64_t seq = (int64_t)get_number(p + 4, 4);
    if (seq >= sent || seq < seat->next) {
        count.reordered++;
        return;
    }
    *(seat->narrow && paused ? &count.missed : &count.skipped) += seq - seat->next;
    seat->next = seq + 1;
    if (sent - seq <= KEPT && (kept[seq % KEPT].n != n || memcmp(kept[seq % KEPT].bytes, p, n))) count.different++;
    count.packets++;
    if (seat->narrow && paused) return;
    uint64_t age = t - get_number(p + HEAD, 8);
    keep_sample(&ages, age);
    if (newest) keep_sample(&delays, age);
}

static void take_message(struct seat *seat, const unsigned char *p, size_t n, uint64_t t) {
    count.messages++;
    count.bytes += (int64_t)n;
    if (n && p[0] == 0x11) {
        take_packet(seat, p, n, t, 1);
        return;
    }
    size_t at = 2;
    int left = n > 2 && p[0] == 0x12 ? p[1] : 0;
    for (; left > 0 && at + 2 <= n; left--) {
        size_t size = (size_t)get_number(p + at, 2);
        at += 2;
        if (at + size <= n) take_packet(seat, p + at, size, t, left == 1);
        at += size;
    }
    if (at != n || left) count.malformed++;
}

static void take_text(struct seat *seat, const unsigned char *p, size_t n) {
    if (!memmem(p, n, "redeemed", 8)) return;
    seat->here = 1;
    if (seat != &seats[n_seats - 1]) return;
    channel = (int)last_number(p, n, "\"number\":");
    source = (int)last_number(p, n, "\"source\":");
}

static void lose(struct seat *seat) {
    count.closed++;
    close(seat->fd);
    seat->fd = -1;
}

static void receive(struct seat *seat) {
    ssize_t got = recv(seat->fd, seat->part + seat->have, sizeof seat->part - seat->have, 0);
    if (got <= 0) {
        if (!got || errno != EAGAIN) lose(seat);
        return;
    }
    uint64_t t = now();
    size_t used = 0;
    news = t;
    seat->have += (size_t)got;
    if (!seat->greeted) {
        unsigned char *end = memmem(seat->part, seat->have, "\r\n\r\n", 4);
        if (!end) return;
        used = (size_t)(end + 4 - seat->part);
        seat->greeted = 1;
    }
    struct frame frame;
    int found;
    for (; (found = read_frame(seat->part + used, seat->have - used, 0, &frame)) == 1; used += frame.whole) switch (frame.opcode) {
            case BINARY: take_message(seat, frame.body, frame.length, t); break;
            case TEXT: take_text(seat, frame.body, frame.length); break;
            case PING: send_frame(seat->fd, PONG, frame.body, frame.length, 1); break;
            case CLOSE: lose(seat); return;
        }
    if (found < 0) {
        count.malformed++;
        lose(seat);
        return;
    }
    memmove(seat->part, seat->part + used, seat->have - used);
    seat->have -= used;
}

static void turn(int timeout) {
    static struct epoll_event found[1024];
    int n = epoll_wait(events, found, 1024, timeout);
    uint64_t from = n > 0 ? now() : 0;
    for (int i = 0; i < n; i++)
        if (seats[found[i].data.u32].fd >= 0) receive(&seats[found[i].data.u32]);
    if (n > 0) busy += now() - from;
}

// ── Orders ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

static void dial(int i) {
    struct seat *seat = &seats[i];
    int on = 1, small = NARROW_BYTES;
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    char text[512];
    int n = snprintf(text, sizeof text,
                     "GET /?person=p%d&%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n\r\n",
                     i, i == n_seats - 1 ? "speak=es" : "hear=es", port);
    seat->fd = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(seat->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (seat->narrow) setsockopt(seat->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    if (seat->fd < 0 || connect(seat->fd, (void *)&server, sizeof server) || !send_all(seat->fd, text, (size_t)n)) {
        perror("connect");
        exit(1);
    }
    epoll_ctl(events, EPOLL_CTL_ADD, seat->fd, &event);
}

static int all_here(void) {
    int here = 0;
    for (int i = 0; i < n_seats; i++) here += seats[i].here && seats[i].fd >= 0;
    return here;
}

static void enter(void) {
    for (int i = 0; i < n_seats; i++) {
        dial(i);
        turn(0);
    }
    for (uint64_t end = now() + (uint64_t)PATIENCE * SECOND; all_here() < n_seats && now() < end;) turn(10);
}

static void speak(double a_second, double seconds, size_t opus) {
    uint64_t began = now(), end = began + (uint64_t)(seconds * SECOND);
    for (int64_t given = 0; now() < end; turn(0)) {
        if ((double)(now() - began) < (double)given / a_second * SECOND) continue;
        unsigned char *p = kept[sent % KEPT].bytes;
        kept[sent % KEPT].n = HEAD + opus;
        p[0] = 0x11;
        p[1] = (unsigned char)channel;
        put_number(p + 2, (uint64_t)source, 2);
        put_number(p + 4, (uint64_t)sent, 4);
        put_number(p + 8, 960 * (uint64_t)sent, 8);
        for (size_t i = 0; i < opus; i++) p[HEAD + i] = (unsigned char)((uint64_t)sent * 31 + i);
        put_number(p + HEAD, now(), 8);
        sent++;
        given++;
        if (!send_frame(seats[n_seats - 1].fd, BINARY, p, HEAD + opus, 1)) exit(1);
    }
    for (news = now(); now() < news + SETTLED;) turn(10);
    for (int i = 0; i < n_seats - 1; i++)  // what never came
        if (seats[i].fd >= 0 && !seats[i].paused) {
            count.skipped += sent - seats[i].next;
            seats[i].next = sent;
        }
}

static void pause_narrow(int stop) {
    for (int i = 0; i < n_seats; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
        if (!seats[i].narrow || seats[i].fd < 0 || seats[i].paused == stop) continue;
        seats[i].paused = stop;
        epoll_ctl(events, stop ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, seats[i].fd, &event);
    }
    paused = 1;  // from here on they are behind
}

static double processor(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    char line[256], order[32];
    int narrow = 0;
    for (int option; (option = getopt(argc, argv, "n:")) != -1;) {
        if (option != 'n') return 2;
        narrow = atoi(optarg);
    }
    if (argc - optind != 2) return 2;
    port = atoi(argv[optind]);
    n_seats = atoi(argv[optind + 1]) + 1;
    seats = calloc((size_t)n_seats, sizeof *seats);
    for (int i = 0; i < n_seats - 1; i++) seats[i].narrow = i < narrow;
    events = epoll_create1(0);
    struct pollfd orders = {.fd = 0, .events = POLLIN};
    setvbuf(stdin, NULL, _IONBF, 0);  // poll must see what is left
    for (;;) {
        while (!poll(&orders, 1, 0)) turn(20);
        if (!fgets(line, sizeof line, stdin)) break;
        double a = 0, b = 0, c = 62, at_start = processor();
        int64_t before = sent;
        sscanf(line, "%31s %lf %lf %lf", order, &a, &b, &c);
        memset(&count, 0, sizeof count);
        delays.n = ages.n = 0;
        busy = 0;
        uint64_t began = now();
        if (!strcmp(order, "connect")) enter();
        else if (!strcmp(order, "speak") && c >= 8 && c <= LARGEST - HEAD) speak(a, b, (size_t)c);
        else if (!strcmp(order, "pause") || !strcmp(order, "resume")) pause_narrow(order[0] == 'p');
        else break;
        printf("{\"order\":\"%s\",\"seconds\":%.4f,\"here\":%d,\"sent\":%lld,\"packets\":%lld,\"messages\":%lld,\"bytes\":%lld,", order,
               (double)(now() - began) / SECOND, all_here(), (long long)(sent - before), (long long)count.packets,
               (long long)count.messages, (long long)count.bytes);
        printf("\"skipped\":%lld,\"reordered\":%lld,\"different\":%lld,\"malformed\":%lld,\"closed\":%lld,\"missed\":%lld,",
               (long long)count.skipped, (long long)count.reordered, (long long)count.different, (long long)count.malformed,
               (long long)count.closed, (long long)count.missed);
        printf("\"delay\":[%.3f,%.3f],\"age\":[%.3f,%.3f],\"processor\":%.4f,\"busy\":%.4f}\n", quantile(&delays, .5),
               quantile(&delays, .99), quantile(&ages, .5), quantile(&ages, .99), processor() - at_start, (double)busy / SECOND);
        fflush(stdout);
    }
    return 0;
}
