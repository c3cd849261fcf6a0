// The connections of the generator: how they come in, what they send, what they make of what they are sent.

#ifndef SEATS_H
#define SEATS_H
#include "ledger.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#define SECOND 1000000000u
#define NARROW_BYTES 16384  // receive buffer of those who will stop reading
#define SOURCES 8000        // connections per source address

enum state { AWAY, DIALLING, UPGRADING, ENTERING, HERE, LATER, FAILED };

static struct seat {
    char *path, *headers, epoch[64];
    int fd, room;
    enum state state;
    unsigned char *part;  // the beginning of a frame that comes in pieces
    size_t have, space;
    int64_t seq;  // the last seen
    uint64_t began, again;
    unsigned turn;  // in its share of the commands
    int paused, tailored, counts;  // tailored: has been sent what nobody else was
} *seats;

static int n_seats, port, plain, givers = 1, narrow, rooms, events;
static int dialling, here, failed, later, entering, tracking, keeping;
static char **lines, nonce[24];
static unsigned n_lines;
static int64_t number = 1;
static uint64_t busy, started;
static double acknowledged;  // commands a second, of `keep`
static struct { int code, n; } codes[8];

// ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────────────────

static void change_state(struct seat *seat, enum state state) {
    int was = seat->state == DIALLING || seat->state == UPGRADING || seat->state == ENTERING;
    int is = state == DIALLING || state == UPGRADING || state == ENTERING;
    dialling += is - was;
    here += (state == HERE) - (seat->state == HERE);
    failed += (state == FAILED) - (seat->state == FAILED);
    later += (state == LATER) - (seat->state == LATER);
    seat->state = state;
}

static void hang_up(struct seat *seat, enum state next) {
    if (seat->counts) note_gone(seat->seq, now());
    seat->counts = 0;
    if (seat->fd >= 0) close(seat->fd);
    free(seat->part);
    seat->fd = -1;
    seat->part = NULL;
    seat->have = seat->space = 0;
    change_state(seat, next);
}

// The other end has hung up, or has said what must end it.
static void lose(struct seat *seat, int code) {
    count.closed++;
    for (int i = 0; i < 8; i++)
        if (!codes[i].n || codes[i].code == code) {
            codes[i].code = code;
            codes[i].n++;
            break;
        }
    hang_up(seat, entering && seat->again ? LATER : FAILED);
}

static void watch(struct seat *seat, int how, uint32_t what) {
    struct epoll_event event = {.events = what, .data.u32 = (uint32_t)(seat - seats)};
    epoll_ctl(events, how, seat->fd, &event);
}

static void dial(struct seat *seat) {
    int i = (int)(seat - seats), on = 1, small = NARROW_BYTES;
    struct linger cut = {.l_onoff = 1};  // no port is kept waiting after the end
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002u + (uint32_t)(i / SOURCES))};
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!seat->began) seat->began = now();
    seat->again = 0;
    seat->paused = seat->tailored = 0;
    change_state(seat, DIALLING);
    seat->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (seat->fd < 0) {
        perror("socket");
        exit(1);
    }
    setsockopt(seat->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(seat->fd, SOL_SOCKET, SO_LINGER, &cut, sizeof cut);
    if (i >= givers && i < givers + narrow) setsockopt(seat->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(seat->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    bind(seat->fd, (void *)&source, sizeof source);
    if (connect(seat->fd, (void *)&server, sizeof server) && errno != EINPROGRESS)
        lose(seat, 0);
    else
        watch(seat, EPOLL_CTL_ADD, EPOLLOUT);
}

static void greet(struct seat *seat) {
    static char text[8192];
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(seat->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    char cursor[128] = "";
    if (seat->epoch[0]) snprintf(cursor, sizeof cursor, "?cursor=%s:%lld", seat->epoch, (long long)seat->seq);
    int n = snprintf(text, sizeof text,
                     "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                     seat->path, cursor, port, seat->headers);
    if (error || !send_all(seat->fd, text, (size_t)n)) {
        lose(seat, 0);
        return;
    }
    change_state(seat, UPGRADING);
    watch(seat, EPOLL_CTL_MOD, EPOLLIN);
}

static void sit_down(struct seat *seat, uint64_t t) {
    keep_sample(&joins, t - seat->began);
    keep_sample(&joined_at, t - started);
    change_state(seat, HERE);
}

// ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────────────

static void send_command(struct seat *seat, const char *line) {
    static char text[65536];
    int n = snprintf(text, sizeof text, "{\"id\":\"%s-%lld\",%s}", nonce, (long long)number, line);
    char *mark = strstr(text, "#0000000#");
    int64_t rest = number;
    for (int i = 7; mark && i > 0; i--, rest /= 10) mark[i] = (char)('0' + rest % 10);
    note_command(now());
    number++;
    if (!send_frame(seat->fd, TEXT, text, (size_t)n, 1)) lose(seat, 0);
}

// Make the next change; how many bytes it shall have is for the contenders only.
static void give(int bytes) {
    struct seat *seat = &seats[number % givers];
    if (seat->state != HERE || !(plain || n_lines)) return;
    if (!plain) {
        send_command(seat, lines[number % n_lines]);
        return;
    }
    char text[48];
    int n = snprintf(text, sizeof text, "b %lld %d", (long long)number, bytes);
    note_command(now());
    note_seq(number, number);
    number++;
    if (!send_frame(seat->fd, TEXT, text, (size_t)n, 1)) lose(seat, 0);
}

static void send_own(struct seat *seat) {
    unsigned share = n_lines / (unsigned)keeping, place = (unsigned)(seat - seats);
    send_command(seat, lines[place * share + seat->turn++ % share]);
}

static void take_reply(struct seat *seat, unsigned char *p, size_t n, uint64_t t) {
    const char *own = memmem(p, n < 64 ? n : 64, nonce, strlen(nonce));
    int64_t which = own ? atoll(own + strlen(nonce) + 1) : -1, place = which - first_number;
    if (place >= 0 && place < count.asked && place < CHANGES) {
        count.answered++;
        keep_sample(&replies, t - commands[place].sent);
        if (memmem(p, n < 128 ? n : 128, "\",\"ok\":", 7))
            note_seq(which, last_number(p, n, ",\"seq\":"));
        else if (!count.refused++)
            fprintf(stderr, "refused: %.*s\n", (int)(n < 300 ? n : 300), p);
    }
    if (keeping && seat - seats < keeping && seat->state == HERE) send_own(seat);
}

// ── What comes in ───────────────────────────────────────────────────────────────────────────────────────────────────────

static void arrive(struct seat *seat, int64_t seq, const unsigned char *p, size_t n, uint64_t t) {
    count.frames++;
    if (seq <= seat->seq) {
        count.reordered++;
        return;
    }
    if (!seat->tailored) compare(seat->room, seat - seats < givers, seat->seq, seq, p, n);
    if (seat->counts) note_arrival(seat->seq, seq, t);
    seat->seq = seq;
}

static void take_first(struct seat *seat, int64_t seq, unsigned char *p, size_t n, uint64_t t) {
    unsigned char *epoch = memmem(p, n, ",\"epoch\":\"", 10);
    if (!memcmp(p, "{\"all\"", 6)) count.snapshots++;
    if (epoch) {
        size_t length = strcspn((char *)epoch + 10, "\"");
        if (length < sizeof seat->epoch) snprintf(seat->epoch, sizeof seat->epoch, "%.*s", (int)length, epoch + 10);
    }
    count.ahead += seq < seat->seq;  // back in time
    seat->seq = seq;
    sit_down(seat, t);
}

static void take_text(struct seat *seat, unsigned char *p, size_t n, uint64_t t) {
    count.bytes += (int64_t)n;
    int64_t seq = last_number(p, n, "\"seq\":");
    if (plain) {
        if (seq < 0)
            count.malformed++;
        else
            arrive(seat, seq, p, n, t);
    } else if (n > 6 && (!memcmp(p, "{\"put\"", 6) || !memcmp(p, "{\"all\"", 6))) {
        if (seq < 0)
            count.passing++;
        else if (seat->state == ENTERING || p[2] == 'a')
            take_first(seat, seq, p, n, t);
        else
            arrive(seat, seq, p, n, t);
    } else if (n > 5 && !memcmp(p, "{\"re\"", 5)) {
        take_reply(seat, p, n, t);
    } else if (n > 5 && !memcmp(p, "{\"at\"", 5)) {
        count.heartbeats++;
        count.ahead += seq > seat->seq;  // it was sent what has not come
    } else if (n > 6 && !memcmp(p, "{\"bye\"", 6)) {
        unsigned char *after = memmem(p, n, "\"after\":", 8);
        count.byes++;
        seat->again = t + (uint64_t)((after ? atof((char *)after + 8) : 1) * SECOND) + 1;
    } else {
        count.malformed++;
    }
}

// Take in what has come for a connection, as far as it is whole; how many bytes that was.
static size_t take(struct seat *seat, unsigned char *p, size_t n) {
    size_t used = 0;
    uint64_t t = now();
    if (seat->state == UPGRADING) {
        unsigned char *end = memmem(p, n, "\r\n\r\n", 4);
        if (!end) return 0;
        if (n < 12 || memcmp(p, "HTTP/1.1 101", 12)) {
            fprintf(stderr, "upgrade: %.*s\n", (int)(n < 120 ? n : 120), p);
            lose(seat, n > 12 ? atoi((char *)p + 9) : 0);
            return n;
        }
        used = (size_t)(end + 4 - p);
        change_state(seat, ENTERING);
        if (plain) sit_down(seat, t);
    }
    struct frame frame;
    for (int got; seat->fd >= 0 && (got = read_frame(p + used, n - used, 0, &frame)); used += frame.whole) {
        if (got < 0) {
            count.malformed++;
            lose(seat, 0);
            break;
        }
        switch (frame.opcode) {
            case TEXT: take_text(seat, frame.body, frame.length, t); break;
            case BINARY: count.malformed++; break;
            case PING: count.pings++; send_frame(seat->fd, PONG, frame.body, frame.length, 1); break;
            case CLOSE: lose(seat, frame.length > 1 ? frame.body[0] << 8 | frame.body[1] : 1005); break;
        }
    }
    return used;
}

static void receive(struct seat *seat) {
    static unsigned char shared[1 << 18];
    if (seat->have && seat->space < seat->have + 65536)
        seat->part = realloc(seat->part, seat->space = 2 * seat->have + 65536);
    unsigned char *p = seat->have ? seat->part : shared;
    size_t space = seat->have ? seat->space : sizeof shared;
    ssize_t got = recv(seat->fd, p + seat->have, space - seat->have - 1, 0);
    if (got <= 0) {
        if (!got || errno != EAGAIN) lose(seat, 1006);
        return;
    }
    size_t n = seat->have + (size_t)got;
    p[n] = 0;  // so that numbers and epochs end
    size_t used = take(seat, p, n), left = n - used;
    if (seat->fd < 0) return;
    if (left && p == shared) seat->part = realloc(seat->part, seat->space = left + 65536);
    if (left) memmove(seat->part, p + used, left);
    seat->have = left;
    if (!left) {
        free(seat->part);
        seat->part = NULL;
        seat->space = 0;
    }
}

// Wait at most so many milliseconds for anything, and take it in.
static void turn(int timeout) {
    static struct epoll_event found[1024];
    int n = epoll_wait(events, found, 1024, timeout);
    uint64_t from = n > 0 ? now() : 0;
    for (int i = 0; i < n; i++) {
        struct seat *seat = &seats[found[i].data.u32];
        if (seat->fd < 0) continue;
        if (seat->state == DIALLING)
            greet(seat);
        else
            receive(seat);
    }
    if (n > 0) busy += now() - from;
}
#endif
