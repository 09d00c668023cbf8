/*
 * The line discipline: what is typed becomes lines.
 *
 *      CR, LF      end the line          Ctrl-U      rubs the line out
 *      BS, DEL     rub out one           Ctrl-W      rubs out a word
 *      Ctrl-D      ends the line without a line feed; on an empty line: end of file
 *
 * A finished line goes to the input ring as a whole. While it does not fit there, nothing
 * more is accepted (line_is_blocked), so that the serial port can hold the sender.
 *
 * End of file is the byte LINE_END_OF_FILE, which no line contains otherwise.
 */
#pragma once

#include <quire/byte_ring.h>

#define LINE_BYTES_MAX 4096 /* with the line feed; more is answered by a bell */
#define LINE_END_OF_FILE 0x04

struct line {
    struct byte_ring *ring;
    void (*echo)(void *context, const char *bytes, size_t length);
    void *context;
    size_t length;
    bool finished; /* waits for room in the ring */
    char bytes[LINE_BYTES_MAX];
};

void line_initialize(struct line *line, struct byte_ring *ring,
                     void (*echo)(void *context, const char *bytes, size_t length), void *context);
/* One typed byte. true: the ring got something and its consumer sleeps: notify it. */
bool line_input(struct line *line, char byte);
bool line_is_blocked(const struct line *line);
/* Tries again to deliver a blocked line; result as line_input(). */
bool line_retry(struct line *line);
