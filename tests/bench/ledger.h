// What was sent and what arrived: of each change when and where, of each frame whether everybody got the same bytes.
// A change with the seq s has arrived at a connection with the first frame whose seq is s or more: jumps are normal.

#ifndef LEDGER_H
#define LEDGER_H
#include "frames.h"
#include "samples.h"

#define CHANGES (1u << 20)  // of one phase
#define SLOTS 4096          // seqs whose first copies are kept
#define COPIES 4            // of different lengths per seq: audiences, and who was behind

struct command {  // a change by its number in this phase
    uint64_t sent;
    int64_t seq;  // -1: not answered yet
};

struct mark {  // a seq of this phase
    uint64_t arrived;  // when the last of all got it
    uint32_t reached;  // how many have
    uint32_t command;  // 1 + the number of the command that made it; 0: not known
};

static struct {
    int64_t frames, bytes, passing, snapshots, heartbeats, pings;                 // what came
    int64_t reordered, skipped, different, malformed, ahead;                      // what must not, ever
    int64_t refused, closed, byes;
    int64_t asked, answered, delivered, done;
} count;

static struct command *commands;
static struct mark *marks;
static unsigned char *shown;  // of a command: whether its text was in a frame
static int64_t base, front;   // the first seq of this phase, the first that has not reached everybody
static int64_t first_number;  // of this phase
static uint32_t expected;     // connections that each change must reach
static struct samples replies, last_screens, joins, joined_at;

static struct slot {
    int64_t seq;
    int room, group, copies;
    struct { int64_t from; size_t n, space; unsigned char *bytes; } copy[COPIES];
} slots[SLOTS];

static void begin_phase(int64_t head, int64_t number, uint32_t connections) {
    if (!marks) {
        marks = calloc(CHANGES, sizeof *marks);
        commands = calloc(CHANGES, sizeof *commands);
        shown = calloc(CHANGES, 1);
    }
    memset(marks, 0, CHANGES * sizeof *marks);
    memset(shown, 0, CHANGES);
    memset(&count, 0, sizeof count);
    replies.n = last_screens.n = joins.n = joined_at.n = 0;
    base = front = head + 1;
    first_number = number;
    expected = connections;
}

// Whether a seq belongs to this phase and there is room to remember it.
static int in_phase(int64_t seq) { return seq >= base && seq - base < CHANGES; }

static void complete(struct mark *mark) {
    if (!mark->command || !mark->arrived) return;
    uint64_t sent = commands[mark->command - 1].sent;
    keep_sample(&last_screens, mark->arrived > sent ? mark->arrived - sent : 0);
    count.done++;
}

static void move_front(uint64_t t) {
    while (in_phase(front) && expected && marks[front - base].reached >= expected) {
        marks[front - base].arrived = t;
        complete(&marks[front++ - base]);
    }
}

static void note_command(uint64_t t) {
    if (count.asked < CHANGES) commands[count.asked] = (struct command){t, -1};
    count.asked++;
}

// A command of this phase has this seq.
static void note_seq(int64_t number, int64_t seq) {
    int64_t place = number - first_number;
    if (place < 0 || place >= count.asked || place >= CHANGES || commands[place].seq >= 0) return;
    commands[place].seq = seq;
    if (!in_phase(seq) || marks[seq - base].command) return;
    marks[seq - base].command = (uint32_t)place + 1;
    complete(&marks[seq - base]);
}

// A connection has gone from one seq to another: everything between has reached it.
static void note_arrival(int64_t from, int64_t to, uint64_t t) {
    for (int64_t seq = from + 1 > base ? from + 1 : base; seq <= to && in_phase(seq); seq++) {
        marks[seq - base].reached++;
        count.delivered++;
    }
    move_front(t);
}

// A connection that had come so far is gone: nobody waits for it any more.
static void note_gone(int64_t had, uint64_t t) {
    expected--;
    for (int64_t seq = front; seq <= had && in_phase(seq); seq++) marks[seq - base].reached--;
    move_front(t);
}

// Which commands' texts are in a frame: "#1234567#" is the mark of command 1234567.
static void note_texts(const unsigned char *p, size_t n) {
    for (const unsigned char *at = p; (at = memchr(at, '#', n - (size_t)(at - p))); at++) {
        if (n - (size_t)(at - p) < 9) return;
        int64_t number = 0, digits = 0;
        while (digits < 7 && at[1 + digits] >= '0' && at[1 + digits] <= '9') number = number * 10 + at[1 + digits++] - '0';
        int64_t place = number - first_number;
        if (digits == 7 && at[8] == '#' && place >= 0 && place < CHANGES) shown[place] = 1;
    }
}

static struct slot *slot_of(int room, int group, int64_t seq) {
    return &slots[((uint64_t)seq * 2 + (uint64_t)group + (uint64_t)room * 977) % SLOTS];
}

static int is_of(struct slot *slot, int room, int group, int64_t seq) {
    return slot->copies && slot->seq == seq && slot->room == room && slot->group == group;
}

// Hold a frame against the first copy of the same seq, group and length. Who had come equally far must get the same bytes.
// Who gets the same bytes had come equally far; whoever had not, although there was a frame to come so far, was skipped.
static void compare(int room, int group, int64_t from, int64_t seq, const unsigned char *p, size_t n) {
    struct slot *slot = slot_of(room, group, seq);
    if (!is_of(slot, room, group, seq)) {
        slot->seq = seq;
        slot->room = room;
        slot->group = group;
        slot->copies = 0;
    }
    for (int i = 0; i < slot->copies; i++) {
        if (slot->copy[i].n != n) continue;
        int64_t first = slot->copy[i].from, later = from > first ? from : first;
        if (memcmp(slot->copy[i].bytes, p, n))
            count.different += from == first;
        else
            count.skipped += from != first && is_of(slot_of(room, group, later), room, group, later);
        slot->copy[i].from = later;
        return;
    }
    note_texts(p, n);
    if (slot->copies == COPIES) return;
    int i = slot->copies++;
    if (slot->copy[i].space < n) slot->copy[i].bytes = realloc(slot->copy[i].bytes, slot->copy[i].space = n);
    memcpy(slot->copy[i].bytes, p, n);
    slot->copy[i].n = n;
    slot->copy[i].from = from;
}

// Over all changes that were acknowledged, connections they have not reached; and changes said to have reached everybody
// whose text was in no frame.
static void missing(int64_t *late, int64_t *unseen) {
    *late = *unseen = 0;
    for (int64_t place = 0; place < count.asked && place < CHANGES; place++) {
        int64_t seq = commands[place].seq;
        if (!in_phase(seq)) continue;
        uint32_t reached = marks[seq - base].reached;
        *late += reached < expected ? expected - reached : 0;
        *unseen += expected && reached >= expected && !shown[place];
    }
}
#endif
