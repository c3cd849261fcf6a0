// WebSocket frames (RFC 6455) as bytes, for the generator and the floor. No masking keys by chance: nobody is attacked here.

#ifndef FRAMES_H
#define FRAMES_H
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

// Everybody greets with the key of RFC 6455, section 1.3, so that the floor needs no SHA-1.
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };

struct frame {
    int opcode;
    unsigned char *body;
    size_t length, whole;  // of the body, and with its head
};

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// The frame at the beginning of `n` bytes, unmasked in place: 1; 0 if more bytes must come; -1 if it is none of ours.
static int read_frame(unsigned char *p, size_t n, int masked, struct frame *frame) {
    static const unsigned char known[16] = {[TEXT] = 1, [BINARY] = 1, [CLOSE] = 1, [PING] = 1, [PONG] = 1};
    if (n < 2) return 0;
    if ((p[0] & 0xf0) != 0x80 || !known[p[0] & 15] || !!(p[1] & 0x80) != masked) return -1;
    size_t head = 2, length = p[1] & 127;
    size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (n < head + more) return 0;
    if (more) length = 0;
    for (size_t i = 0; i < more; i++) length = length << 8 | p[head + i];
    head += more + (masked ? 4 : 0);
    if (length > 1u << 28) return -1;
    if (n < head + length) return 0;
    for (size_t i = 0; masked && i < length; i++) p[head + i] ^= p[head - 4 + (i & 3)];
    *frame = (struct frame){p[0] & 15, p + head, length, head + length};
    return 1;
}

// Write a frame's head before `length` bytes; how long the head is, at most 14.
static size_t write_head(unsigned char *p, int opcode, size_t length, int masked) {
    size_t more = length < 126 ? 0 : length < 65536 ? 2 : 8;
    p[0] = (unsigned char)(0x80 | opcode);
    p[1] = (unsigned char)((masked ? 0x80 : 0) | (more == 0 ? length : more == 2 ? 126 : 127));
    for (size_t i = 0; i < more; i++) p[2 + i] = (unsigned char)(length >> 8 * (more - 1 - i));
    if (masked) memset(p + 2 + more, 0, 4);  // a key of zeros leaves the text as it is
    return 2 + more + (masked ? 4 : 0);
}

// Send all of it, waiting where the socket is full; 0 if that lasts a second, or the other end is gone.
static int send_all(int fd, const void *bytes, size_t n) {
    const char *p = bytes;
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent < 0) {
            struct pollfd full = {.fd = fd, .events = POLLOUT};
            if (errno != EAGAIN || poll(&full, 1, 1000) != 1) return 0;
            continue;
        }
        p += sent;
        n -= (size_t)sent;
    }
    return 1;
}

static int send_frame(int fd, int opcode, const void *body, size_t length, int masked) {
    static unsigned char whole[1 << 17];
    if (length + 14 > sizeof whole) return 0;
    size_t head = write_head(whole, opcode, length, masked);
    memcpy(whole + head, body, length);
    return send_all(fd, whole, head + length);
}

// The number behind the last `key` in a text; -1 if there is none.
static int64_t last_number(const unsigned char *p, size_t n, const char *key) {
    size_t k = strlen(key);
    for (size_t i = n >= k ? n - k + 1 : 0; i-- > 0;) {
        if (p[i] != (unsigned char)key[0] || memcmp(p + i, key, k)) continue;
        int64_t value = 0;
        size_t digits = i + k;
        while (digits < n && p[digits] >= '0' && p[digits] <= '9') value = value * 10 + (p[digits++] - '0');
        return digits > i + k ? value : -1;
    }
    return -1;
}
#endif
