// Times that were taken, and how they are spread.

#ifndef SAMPLES_H
#define SAMPLES_H
#include <stdint.h>
#include <stdlib.h>

struct samples {  // nanoseconds
    uint64_t *ns;
    size_t n, space;
};

static void keep_sample(struct samples *samples, uint64_t ns) {
    if (samples->n == samples->space) {
        samples->space = samples->space ? 2 * samples->space : 1024;
        samples->ns = realloc(samples->ns, samples->space * sizeof *samples->ns);
    }
    samples->ns[samples->n++] = ns;
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The sample below which `part` of all lie, in milliseconds; 0 without any.
static double quantile(struct samples *samples, double part) {
    if (!samples->n) return 0;
    qsort(samples->ns, samples->n, sizeof *samples->ns, by_size);
    size_t i = (size_t)(part * (double)samples->n);
    return (double)samples->ns[i < samples->n ? i : samples->n - 1] / 1e6;
}
#endif
