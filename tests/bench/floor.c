// The floor: what a broadcast costs if it is nothing but send(2), once per connection, of one frame made beforehand.
// Speaks the plain protocol of load.c and prints its port.

#include "frames.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FDS 65536
#define LARGEST 65536

static struct client {
    unsigned char *part;
    size_t have;
    int place;  // in the room; -1 before the handshake
} clients[FDS];
static int room[FDS], n_room;

static void leave(int fd) {
    struct client *client = &clients[fd];
    if (client->place >= 0) {
        room[client->place] = room[--n_room];
        clients[room[client->place]].place = client->place;
    }
    free(client->part);
    client->part = NULL;
    close(fd);
}

static void broadcast(long long seq, int bytes) {
    static unsigned char frame[LARGEST + 14];
    char tail[64], body[LARGEST], start[64];
    int before = snprintf(start, sizeof start, "{\"at\":%llu,\"text\":\"#%07lld#", (unsigned long long)now(), seq % 10000000);
    int after = snprintf(tail, sizeof tail, "\",\"seq\":%lld}", seq);
    if (bytes < before + after || bytes > LARGEST) bytes = before + after;
    memcpy(body, start, (size_t)before);
    memset(body + before, '.', (size_t)(bytes - before - after));
    memcpy(body + bytes - after, tail, (size_t)after);
    size_t head = write_head(frame, TEXT, (size_t)bytes, 0);
    memcpy(frame + head, body, (size_t)bytes);
    for (int i = 0; i < n_room; i++) send_all(room[i], frame, head + (size_t)bytes);
}

static void receive(int fd) {
    struct client *client = &clients[fd];
    ssize_t got = recv(fd, client->part + client->have, 4095 - client->have, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        leave(fd);
        return;
    }
    client->have += (size_t)got;
    client->part[client->have] = 0;
    if (client->place < 0) {
        if (!strstr((char *)client->part, "\r\n\r\n")) return;
        static const char yes[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n";
        send_all(fd, yes, sizeof yes - 1);
        client->have = 0;
        client->place = n_room;
        room[n_room++] = fd;
        return;
    }
    struct frame frame;
    size_t used = 0;
    for (; read_frame(client->part + used, client->have - used, 1, &frame) == 1; used += frame.whole) {
        if (frame.opcode == CLOSE) {
            leave(fd);
            return;
        }
        char order[64] = "";
        long long seq;
        int bytes;
        memcpy(order, frame.body, frame.length < 63 ? frame.length : 63);
        if (frame.opcode == TEXT && sscanf(order, "b %lld %d", &seq, &bytes) == 2) broadcast(seq, bytes);
    }
    memmove(client->part, client->part + used, client->have - used);
    client->have -= used;
}

int main(void) {
    int on = 1, listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), events = epoll_create1(0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    struct epoll_event found[512], event = {.events = EPOLLIN, .data.fd = listening};
    if (bind(listening, (void *)&here, sizeof here) || listen(listening, 4096)) {
        perror("floor");
        return 1;
    }
    getsockname(listening, (void *)&here, &size);
    printf("ready at %d\n", ntohs(here.sin_port));
    fflush(stdout);
    epoll_ctl(events, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int n = epoll_wait(events, found, 512, -1);
        for (int i = 0; i < n; i++) {
            int fd = found[i].data.fd;
            if (fd != listening) {
                if (clients[fd].part) receive(fd);
                continue;
            }
            while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                if (fd >= FDS) {
                    close(fd);
                    continue;
                }
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                clients[fd] = (struct client){.part = calloc(1, 4096), .place = -1};
                event.data.fd = fd;
                epoll_ctl(events, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
