/*
 * See progress.h.
 */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define WIDTH 40
#define INTERVAL_MILLISECONDS 100

static bool shown_at_all, on_screen;
static int64_t last_shown;

void progress_allow(bool allowed)
{
    shown_at_all = allowed && isatty(STDERR_FILENO);
}

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

void progress_show(const char *what, uint64_t done, uint64_t total)
{
    if (!shown_at_all || milliseconds() - last_shown < INTERVAL_MILLISECONDS)
        return;
    last_shown = milliseconds();
    on_screen = true;
    if (total == 0) {
        fprintf(stderr, "\r%s: %llu MiB", what, (unsigned long long)(done >> 20));
        return;
    }
    double part = done < total ? (double)done / (double)total : 1;
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++)
        bar[i] = i < (int)(part * WIDTH) ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %3.0f %%", what, bar, part * 100);
}

void progress_end(void)
{
    if (on_screen)
        fputs("\r\x1b[K", stderr);
    on_screen = false;
}
