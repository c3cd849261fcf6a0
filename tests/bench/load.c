// The load generator: thousands of WebSocket connections to one server on loopback, in one thread, and a check of every byte.
//
//     load PORT SEATS [-p] [-g GIVERS] [-n NARROW]
//
// SEATS has a line per connection: its path, and its header lines, with tabs between. The first GIVERS of them (1) send the
// changes, the next NARROW have a small receive buffer, so that they are felt when they stop reading. It speaks Austausch's live
// socket, or with -p the plain protocol of the contenders: "b SEQ BYTES" asks for a broadcast of so many bytes that end in
// "seq":SEQ. Orders come by lines on stdin; each is answered by one line of JSON:
//
//     connect AT_ONCE          everybody comes in, so many at a time; whoever is told to come back later does
//     drop, rejoin AT_ONCE     everybody but the givers is cut off, and comes back with a cursor
//     commands FILE            one command a line, without id: "do":"…","with":{…}; #0000000# becomes a number of its own
//     sat W D                  W changes in flight for D seconds, each until the last connection has it
//     rate R D                 R changes a second for D seconds, whatever becomes of them
//     keep K D                 K connections with one command in flight each, every one from its own share of the file
//     pause K, resume          K narrow connections stop reading, and read again
//     settle S, wait S         read until everybody has what anybody has, at most S seconds; read for S seconds
//     quit

#include "seats.h"
#include <sys/resource.h>

#define PATIENCE (3ull * SECOND)  // without any news before a phase is given up
#define OVERTIME (5ull * SECOND)  // for what is on its way when a phase is over
#define ENTRANCE 60.0             // seconds for everybody to come in

static double processor(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static double at_start;

static int64_t head_of_all(void) {
    int64_t head = plain ? number - 1 : -1;
    for (int i = 0; i < n_seats; i++) head = seats[i].seq > head ? seats[i].seq : head;
    return head;
}

static void begin(int follow) {
    uint32_t connections = 0;
    tracking = follow && rooms == 1;
    for (int i = 0; i < n_seats; i++) {
        seats[i].counts = tracking && seats[i].state == HERE && !seats[i].paused;
        connections += (uint32_t)seats[i].counts;
    }
    begin_phase(head_of_all(), number, connections);
    memset(codes, 0, sizeof codes);
    busy = 0;
    acknowledged = 0;
    at_start = processor();
    started = now();
}

static void report(const char *order) {
    double seconds = (double)(now() - started) / SECOND;
    int64_t late, unseen, behind = 0, head = head_of_all();
    missing(&late, &unseen);
    for (int i = 0; i < n_seats; i++) behind += seats[i].state == HERE && seats[i].seq < head;
    printf("{\"order\":\"%s\",\"seconds\":%.4f,\"here\":%d,\"failed\":%d,\"behind\":%lld,", order, seconds, here,
           failed, (long long)behind);
    printf("\"asked\":%lld,\"answered\":%lld,\"refused\":%lld,\"done\":%lld,\"frames\":%lld,\"delivered\":%lld,\"bytes\":%lld,",
           (long long)count.asked, (long long)count.answered, (long long)count.refused, (long long)count.done,
           (long long)count.frames, (long long)count.delivered, (long long)count.bytes);
    printf("\"passing\":%lld,\"snapshots\":%lld,\"heartbeats\":%lld,\"pings\":%lld,\"byes\":%lld,\"closed\":%lld,",
           (long long)count.passing, (long long)count.snapshots, (long long)count.heartbeats, (long long)count.pings,
           (long long)count.byes, (long long)count.closed);
    printf("\"late\":%lld,\"unseen\":%lld,", (long long)late, (long long)unseen);
    printf("\"reordered\":%lld,\"skipped\":%lld,\"different\":%lld,\"malformed\":%lld,\"ahead\":%lld,",
           (long long)count.reordered, (long long)count.skipped,
           (long long)count.different, (long long)count.malformed, (long long)count.ahead);
    printf("\"reply\":[%.3f,%.3f],\"last\":[%.3f,%.3f],", quantile(&replies, .5), quantile(&replies, .99),
           quantile(&last_screens, .5), quantile(&last_screens, .99));
    printf("\"join\":[%.3f,%.3f],\"joined\":[%.3f,%.3f,%.3f],\"codes\":{", quantile(&joins, .5), quantile(&joins, .99),
           quantile(&joined_at, .5), quantile(&joined_at, .99), quantile(&joined_at, 1));
    for (int i = 0; i < 8 && codes[i].n; i++) printf("%s\"%d\":%d", i ? "," : "", codes[i].code, codes[i].n);
    printf("},\"acknowledged\":%.1f,\"processor\":%.4f,\"busy\":%.4f}\n", acknowledged, processor() - at_start,
           (double)busy / SECOND);
    fflush(stdout);
}

static void enter(const char *order, int at_once) {
    begin(0);
    entering = 1;
    uint64_t end = started + (uint64_t)(ENTRANCE * SECOND), looked = 0;
    for (int i = 0; i < n_seats; i++) {
        seats[i].began = 0;
        if (seats[i].state != HERE) change_state(&seats[i], AWAY);
    }
    for (int next = 0; here + failed < n_seats && now() < end; turn(5)) {
        for (; next < n_seats && dialling < at_once; next++)
            if (seats[next].state == AWAY) dial(&seats[next]);
        if (!later || now() < looked + 5000000u) continue;
        looked = now();
        for (int i = 0; i < n_seats && dialling < at_once; i++)
            if (seats[i].state == LATER && seats[i].again <= looked) dial(&seats[i]);
    }
    entering = 0;
    for (int i = 0; i < n_seats; i++)
        if (seats[i].state != HERE) hang_up(&seats[i], FAILED);
    report(order);
}

static void saturate(int in_flight, double seconds, int bytes) {
    begin(1);
    uint64_t end = started + (uint64_t)(seconds * SECOND), news = started;
    for (int64_t seen = 0, open = 0; now() < end || open > 0; turn(0)) {
        open = count.asked - count.done - count.refused;
        for (; now() < end && open < in_flight; open++) give(bytes);
        if (seen != count.frames + count.answered) news = now();
        seen = count.frames + count.answered;
        if (now() > news + PATIENCE) break;
    }
    report("sat");
}

static void pace(double a_second, double seconds, int bytes) {
    begin(1);
    uint64_t news = started, end = started + (uint64_t)(seconds * SECOND) + OVERTIME;
    int64_t all = (int64_t)(a_second * seconds), seen = 0, given = 0;
    for (; (given < all || count.done + count.refused < count.asked) && now() < end; turn(0)) {
        while (given < all && (double)(now() - started) >= (double)given / a_second * SECOND) {
            give(bytes);
            given++;
        }
        if (seen != count.frames + count.answered || given < all) news = now();
        seen = count.frames + count.answered;
        if (now() > news + PATIENCE) break;
    }
    report("rate");
}

static void keep(int connections, double seconds) {
    begin(0);
    if (!n_lines || connections > n_seats || n_lines < (unsigned)connections) {
        fprintf(stderr, "keep: a share of the commands for everybody, please\n");
        exit(1);
    }
    keeping = connections;
    for (int i = 0; i < connections; i++)
        if (seats[i].state == HERE) send_own(&seats[i]);
    for (uint64_t end = started + (uint64_t)(seconds * SECOND); now() < end;) turn(0);
    keeping = 0;
    acknowledged = (double)(count.answered - count.refused) / ((double)(now() - started) / SECOND);
    for (uint64_t end = now() + OVERTIME; count.answered < count.asked && now() < end;) turn(10);
    report("keep");
}

static void settle(const char *order, double seconds, int all) {
    begin(1);
    for (uint64_t end = started + (uint64_t)(seconds * SECOND); now() < end; turn(10)) {
        int64_t head = head_of_all(), i = 0;
        while (i < n_seats && (seats[i].state != HERE || seats[i].seq >= head)) i++;
        if (all && i == n_seats) break;
    }
    report(order);
}

static void pause_some(int some, int paused) {
    for (int i = givers; i < givers + narrow && i < n_seats; i++) {
        struct seat *seat = &seats[i];
        if (seat->state != HERE || seat->paused == paused || (paused && i >= givers + some)) continue;
        seat->paused = paused;
        seat->tailored = 1;
        watch(seat, paused ? EPOLL_CTL_DEL : EPOLL_CTL_ADD, EPOLLIN);
    }
}

static char **read_lines(const char *path, unsigned *n) {
    FILE *file = fopen(path, "r");
    char *line = NULL, **all = NULL;
    size_t space = 0;
    if (!file) {
        perror(path);
        exit(1);
    }
    for (*n = 0; getline(&line, &space, file) > 0; (*n)++) {
        line[strcspn(line, "\n")] = 0;
        all = realloc(all, (*n + 1) * sizeof *all);
        all[*n] = strdup(line);
    }
    free(line);
    fclose(file);
    return all;
}

static void take_seats(const char *path) {
    unsigned n;
    char **all = read_lines(path, &n);
    seats = calloc(n, sizeof *seats);
    n_seats = (int)n;
    for (int i = 0; i < n_seats; i++) {
        seats[i].path = strtok(all[i], "\t");
        seats[i].fd = seats[i].seq = -1;
        seats[i].headers = calloc(1, 2048);
        for (char *header; (header = strtok(NULL, "\t"));)
            if (strlen(seats[i].headers) + strlen(header) < 2040) strcat(strcat(seats[i].headers, header), "\r\n");
        int same = 0;
        while (same < i && strcmp(seats[same].path, seats[i].path)) same++;
        seats[i].room = same < i ? seats[same].room : rooms++;
    }
}

int main(int argc, char **argv) {
    char line[4096], order[32], name[4000];
    for (int option; (option = getopt(argc, argv, "pg:n:")) != -1;) switch (option) {
            case 'p': plain = 1; break;
            case 'g': givers = atoi(optarg); break;
            case 'n': narrow = atoi(optarg); break;
            default: return 2;
        }
    if (argc - optind != 2) return 2;
    port = atoi(argv[optind]);
    take_seats(argv[optind + 1]);
    if (givers < 1 || givers + narrow > n_seats) return 2;
    snprintf(nonce, sizeof nonce, "%llx", (unsigned long long)now());
    events = epoll_create1(0);
    struct pollfd orders = {.fd = 0, .events = POLLIN};
    begin(0);
    setvbuf(stdin, NULL, _IONBF, 0);  // poll must see what is left
    for (;;) {
        while (!poll(&orders, 1, 0)) turn(20);
        if (!fgets(line, sizeof line, stdin)) break;
        double a = 0, b = 0, c = 300;
        sscanf(line, "%31s %lf %lf %lf", order, &a, &b, &c);
        if (!strcmp(order, "quit")) break;
        if (!strcmp(order, "connect") || !strcmp(order, "rejoin")) enter(order, (int)a);
        else if (!strcmp(order, "sat")) saturate((int)a, b, (int)c);
        else if (!strcmp(order, "rate")) pace(a, b, (int)c);
        else if (!strcmp(order, "keep")) keep((int)a, b);
        else if (!strcmp(order, "settle")) settle(order, a, 1);
        else if (!strcmp(order, "wait")) settle(order, a, 0);
        else {
            begin(0);
            if (!strcmp(order, "commands") && sscanf(line, "%*s %3999s", name) == 1) lines = read_lines(name, &n_lines);
            else if (!strcmp(order, "pause") || !strcmp(order, "resume")) pause_some((int)a, order[0] == 'p');
            else if (!strcmp(order, "drop")) for (int i = givers; i < n_seats; i++) hang_up(&seats[i], AWAY);
            else return 2;
            report(order);
        }
    }
    return 0;
}
